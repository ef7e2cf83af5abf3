"""What a tenant pays with: kept by Stripe, looked at and chosen here.

The id of a method is made from the tenant and from Stripe's own id. So it is found among what this
tenant's customer has, or not at all: nobody can name what is another tenant's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.terms import billing_settings
from handlers.platform.base.errors import Conflict, NotFound, ServiceUnavailable, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session
from handlers.platform.payments import customers
from handlers.platform.payments.customers import PaymentMethod
from handlers.platform.payments.errors import Declined, Refused, Unreachable
from handlers.platform.payments.secret import is_connected
from handlers.services.payments.collection import customer_of


class OwnedPaymentMethod(NamedTuple):
    """A payment method of a tenant."""

    payment_method_id: UUID
    method: PaymentMethod
    is_default: bool


def find_all(session: Session, tenant_id: TenantId) -> list[OwnedPaymentMethod]:
    """List what a tenant may pay with; nothing where there is no payment provider."""
    terms = billing_settings.read(session, tenant_id, settings().currency)
    if not is_connected() or terms.stripe_customer_id is None:
        return []
    with _translate_errors():
        return _owned(tenant_id, terms.stripe_customer_id)


def begin_setup(session: Session, now: datetime, tenant_id: TenantId, origin: Origin) -> str:
    """Let the caller's browser hand a card to Stripe, and return the secret it does so with."""
    with _translate_errors():
        customer, _ = customer_of(session, now, tenant_id)
        return customers.begin_setup(customer, origin.correlation_id)


def add(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    stripe_id: str,
    origin: Origin,
    *,
    is_default: bool,
) -> OwnedPaymentMethod:
    """Let a tenant pay with what its browser handed to Stripe.

    Raises:
        Unprocessable: The bank refuses, or there is no such method that is free or the tenant's.
    """
    with _translate_errors():
        customer, _ = customer_of(session, now, tenant_id)
        method = customers.attach(customer, stripe_id, origin.correlation_id)
        if is_default:
            customers.choose(customer, method.stripe_id, origin.correlation_id)
    owned = OwnedPaymentMethod(_id_of(tenant_id, method), method, is_default)
    if is_default:
        billing_settings.set_payment_method(session, now, tenant_id, method.stripe_id)
    _publish(session, now, "payment_method.added", owned, origin)
    return owned


def choose(
    session: Session, now: datetime, tenant_id: TenantId, payment_method_id: UUID, origin: Origin
) -> OwnedPaymentMethod:
    """Pay invoices with one of the tenant's methods from now on.

    Raises:
        NotFound: The tenant has none with this id.
    """
    with _translate_errors():
        customer, owned = _find(session, tenant_id, payment_method_id)
        customers.choose(customer, owned.method.stripe_id, origin.correlation_id)
    billing_settings.set_payment_method(session, now, tenant_id, owned.method.stripe_id)
    _publish(session, now, "payment_method.chosen", owned, origin)
    return owned._replace(is_default=True)


def remove(
    session: Session, now: datetime, tenant_id: TenantId, payment_method_id: UUID, origin: Origin
) -> OwnedPaymentMethod:
    """Forget one of the tenant's methods.

    Raises:
        NotFound: The tenant has none with this id.
    """
    with _translate_errors():
        _, owned = _find(session, tenant_id, payment_method_id)
        customers.detach(owned.method.stripe_id)
    if owned.is_default:
        billing_settings.set_payment_method(session, now, tenant_id, None)
    _publish(session, now, "payment_method.removed", owned, origin)
    return owned._replace(is_default=False)


def _find(
    session: Session, tenant_id: TenantId, payment_method_id: UUID
) -> tuple[str, OwnedPaymentMethod]:
    terms = billing_settings.read(session, tenant_id, settings().currency)
    customer = terms.stripe_customer_id
    for owned in _owned(tenant_id, customer) if customer else ():
        if owned.payment_method_id == payment_method_id:
            return str(customer), owned
    raise NotFound.of("payment method")


def _owned(tenant_id: TenantId, customer: str) -> list[OwnedPaymentMethod]:
    chosen = customers.default_of(customer)
    return [
        OwnedPaymentMethod(_id_of(tenant_id, method), method, method.stripe_id == chosen)
        for method in customers.methods_of(customer)
    ]


def _id_of(tenant_id: TenantId, method: PaymentMethod) -> UUID:
    return uuid5(tenant_id, method.stripe_id)


def _publish(
    session: Session, now: datetime, event_type: str, owned: OwnedPaymentMethod, origin: Origin
) -> None:
    data = {
        "paymentMethodId": str(owned.payment_method_id),
        "kind": owned.method.kind,
        "last4": owned.method.last4,
    }
    publish_change(session, now, event_type, data, origin)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Say to the caller what the payment provider says to us."""
    if not is_connected():
        raise Conflict("This stack has no payment provider: invoices are paid by bank transfer.")
    try:
        yield
    except Declined as error:
        raise Unprocessable(f"The bank refuses: {error.message}") from error
    except Refused as error:
        raise Unprocessable("The payment provider does not accept this payment method.") from error
    except Unreachable as error:
        raise ServiceUnavailable(
            "The payment provider cannot be reached right now. Try again in a minute.",
            retry_after_s=60,
        ) from error
