"""What the caller's tenant pays with. No card number comes here: browsers give them to Stripe."""

from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints

from handlers.api.http.models import Answer, Body
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.services.payments import payment_methods as domain

_PATH: Final = "/v1/billing/payment-methods"
_ONE: Final = f"{_PATH}/{{paymentMethodId}}"
# Whoever may try cards without end tries stolen ones.
_THROTTLE: Final = Throttle(rate=5, burst=10)


class AddPaymentMethod(Body):
    """What the browser got from Stripe for a card."""

    stripe_payment_method_id: Annotated[str, StringConstraints(pattern=r"^pm_[A-Za-z0-9_]{1,100}$")]
    make_default: StrictBool = Field(
        default=False, description="Whether invoices are paid with it."
    )


class PaymentMethod(Answer):
    """What the tenant may pay with."""

    payment_method_id: UUID
    kind: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    is_default: bool

    @classmethod
    def of(cls, owned: domain.OwnedPaymentMethod) -> Self:
        """Show a payment method, without Stripe's own id of it."""
        method = owned.method
        return cls(
            payment_method_id=owned.payment_method_id,
            kind=method.kind,
            brand=method.brand,
            last4=method.last4,
            exp_month=method.exp_month,
            exp_year=method.exp_year,
            is_default=owned.is_default,
        )


class PaymentMethodList(Answer):
    """All of them, the newest first."""

    items: list[PaymentMethod]


class PaymentMethodSetup(Answer):
    """What a browser hands a card to Stripe with (`confirmSetup` of Stripe's own script)."""

    client_secret: str


@route(
    "GET",
    _PATH,
    permission="billing:read",
    answer=PaymentMethodList,
    throttle=_THROTTLE,
)
def list_payment_methods(call: Call) -> PaymentMethodList:
    """List what the tenant may pay with."""
    methods = domain.find_all(call.session, call.tenant_id)
    return PaymentMethodList(items=[PaymentMethod.of(owned) for owned in methods])


@route(
    "POST",
    f"{_PATH}/setup",
    permission="billing:write",
    answer=PaymentMethodSetup,
    status=201,
    throttle=_THROTTLE,
)
def set_up_payment_method(call: Call) -> PaymentMethodSetup:
    """Begin to add a card: the browser goes on with Stripe, then calls addPaymentMethod."""
    secret = domain.begin_setup(call.session, call.now, call.tenant_id, call.origin)
    return PaymentMethodSetup(client_secret=secret)


@route(
    "POST",
    _PATH,
    permission="billing:write",
    body=AddPaymentMethod,
    answer=PaymentMethod,
    status=201,
    throttle=_THROTTLE,
)
def add_payment_method(call: Call, body: AddPaymentMethod) -> PaymentMethod:
    """Pay with what the browser handed to Stripe."""
    owned = domain.add(
        call.session,
        call.now,
        call.tenant_id,
        body.stripe_payment_method_id,
        call.origin,
        is_default=body.make_default,
    )
    return PaymentMethod.of(owned)


@route(
    "POST",
    f"{_ONE}/default",
    permission="billing:write",
    answer=PaymentMethod,
    throttle=_THROTTLE,
)
def choose_payment_method(call: Call, payment_method_id: UUID) -> PaymentMethod:
    """Pay invoices with this one from now on."""
    return PaymentMethod.of(
        domain.choose(call.session, call.now, call.tenant_id, payment_method_id, call.origin)
    )


@route(
    "DELETE",
    _ONE,
    permission="billing:write",
    answer=PaymentMethod,
    throttle=_THROTTLE,
)
def remove_payment_method(call: Call, payment_method_id: UUID) -> PaymentMethod:
    """Forget a payment method."""
    return PaymentMethod.of(
        domain.remove(call.session, call.now, call.tenant_id, payment_method_id, call.origin)
    )
