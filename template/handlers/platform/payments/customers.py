"""A tenant as Stripe's customer, and the cards it pays with.

Card numbers go from the browser to Stripe; what comes here are ids, brands and last digits.
"""

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from handlers.platform.base.ids import TenantId
from handlers.platform.payments.access import call, once, stack

if TYPE_CHECKING:
    from stripe import Customer, ListObject
    from stripe import PaymentMethod as StripeMethod
    from stripe.params import SetupIntentCreateParams

_LISTED = 100


class PaymentMethod(NamedTuple):
    """What a customer may pay with; of a card, what may be shown."""

    stripe_id: str
    kind: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


def find_or_make(tenant_id: TenantId, name: str, email: str) -> str:
    """Return the id of the tenant's customer, and make it if there is none.

    A search does not yet find what was made a moment ago, and a key is forgotten after a day: each
    covers the time of the other. What is made says nothing that changes, so that the same key
    always comes with the same request.
    """
    query = f"metadata['tenant_id']:'{tenant_id}' AND metadata['stack']:'{stack()}'"
    customers = call(lambda stripe: stripe.v1.customers.search({"query": query, "limit": 1}))
    if customers.data:
        return customers.data[0].id
    metadata = {"tenant_id": str(tenant_id), "stack": stack()}
    made = call(
        lambda stripe: stripe.v1.customers.create(
            {"metadata": metadata}, once("customer", tenant_id)
        )
    )
    call(
        lambda stripe: stripe.v1.customers.update(
            made.id, {"name": name, "email": email}, once("details", made.id, _digest(name, email))
        )
    )
    return made.id


def methods_of(customer: str) -> list[PaymentMethod]:
    """List what a customer may pay with, the newest first."""
    methods: ListObject[StripeMethod] = call(
        lambda stripe: stripe.v1.payment_methods.list({"customer": customer, "limit": _LISTED})
    )
    return [_payment_method(method) for method in methods.data]


def default_of(customer: str) -> str | None:
    """Return the id of what a customer pays with."""
    stripe_customer: Customer = call(lambda stripe: stripe.v1.customers.retrieve(customer))
    # a customer that was deleted there has none of this
    terms = getattr(stripe_customer, "invoice_settings", None)
    chosen = terms.default_payment_method if terms else None
    return str(chosen) if chosen else None


def begin_setup(customer: str, request: object) -> str:
    """Let a browser add a card, and return the secret that it does so with.

    Args:
        customer: who will pay with it.
        request: what tells this setup from another.
    """
    setup: SetupIntentCreateParams = {
        "customer": customer,
        "usage": "off_session",
        "allowed_payment_method_types": ["card"],
    }
    made = call(
        lambda stripe: stripe.v1.setup_intents.create(setup, once("setup", customer, request))
    )
    return str(made.client_secret)


def attach(customer: str, method: str, request: object) -> PaymentMethod:
    """Let a customer pay with a method that a browser made.

    Args:
        customer: who.
        method: Stripe's id of it.
        request: what tells this attempt from another: what a bank refused once it may allow later.

    Raises:
        Declined: The bank refuses.
        Refused: It is somebody else's, or there is none.
    """
    made = call(
        lambda stripe: stripe.v1.payment_methods.attach(
            method, {"customer": customer}, once("attach", customer, method, request)
        )
    )
    return _payment_method(made)


def choose(customer: str, method: str, request: object) -> None:
    """Let a customer's invoices be paid with one of its methods."""
    call(
        lambda stripe: stripe.v1.customers.update(
            customer,
            {"invoice_settings": {"default_payment_method": method}},
            # the same choice may be made again after another one: each request is its own
            once("choose", customer, method, request),
        )
    )


def detach(method: str) -> None:
    """Let nobody pay with a method any more."""
    call(lambda stripe: stripe.v1.payment_methods.detach(method, options=once("detach", method)))


def _digest(*texts: str) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()


def _payment_method(method: "StripeMethod") -> PaymentMethod:
    card = getattr(method, "card", None)
    return PaymentMethod(
        stripe_id=method.id,
        kind=method.type,
        brand=card.brand if card else None,
        last4=card.last4 if card else None,
        exp_month=card.exp_month if card else None,
        exp_year=card.exp_year if card else None,
    )
