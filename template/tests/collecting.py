"""Invoices that Stripe collects: issued by the domain itself, paid as customers pay."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from saasgen.sandbox.stripe.account import API_KEY
from stripe import CardError, StripeClient

from handlers.consumers import collect_payments
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import Invoice
from handlers.domain.subscriptions import subscriptions
from handlers.domain.subscriptions.subscriptions import SubscriptionOrder
from handlers.domain.terms import billing_settings
from handlers.platform.base.clock import Clock
from handlers.platform.base.ids import EventId, TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event
from handlers.platform.payments import access, customers
from handlers.services.payments import collection, refunds

from .accounting import ORIGIN, SELLER


def published(event_type: str) -> list[Event]:
    """Read the events of a type from the outbox, the oldest first."""
    with sessions.service_session() as session:
        rows = session.all(
            "SELECT event_id, event_type, tenant_id, created_at AS occurred_at, payload AS data,"
            " correlation_id FROM outbox WHERE event_type = %s ORDER BY event_id",
            [event_type],
        )
    return [Event(**row) for row in rows]


def issue(tenant: TenantId, now: datetime) -> Invoice:
    """Subscribe a tenant to the team plan, and issue the invoice that this leads to."""
    with sessions.tenant_session(tenant) as session:
        order = SubscriptionOrder(
            currency="USD", tier_id="TEAM", billing_cycle="monthly", seat_count=3
        )
        subscriptions.create(session, now, tenant, order, ORIGIN)
    (event,) = [e for e in published("subscription.created") if e.tenant_id == tenant]
    with sessions.tenant_session(tenant) as session:
        outcome = invoices.generate_for(session, now, event, SELLER)
    assert outcome is not None
    return outcome[0]


def pay_with(tenant: TenantId, card: str, now: datetime) -> None:
    """Let a tenant pay with a card."""
    with sessions.tenant_session(tenant) as session:
        customer, _ = collection.customer_of(session, now, tenant)
    method = customers.attach(customer, card, uuid4())
    customers.choose(customer, method.stripe_id, uuid4())


def pay_automatically(tenant: TenantId, is_wanted: bool, now: datetime) -> None:
    """Let a tenant's invoices be charged to its card, or wait until it pays at a page."""
    with sessions.tenant_session(tenant) as session:
        billing_settings.ensure(session, now, tenant, "USD")
        session.execute("UPDATE billing_settings SET auto_pay = %s", [is_wanted])


def about(invoice: Invoice, event_type: str, clock: Clock) -> Event:
    """Make an event about an invoice."""
    return Event(
        event_id=EventId(uuid4()),
        event_type=event_type,
        tenant_id=invoice.tenant_id,
        occurred_at=clock(),
        data={"invoiceId": str(invoice.invoice_id)},
        correlation_id=uuid4(),
    )


def collect(invoice: Invoice, clock: Clock) -> None:
    """Let an invoice be collected, as its event asks for."""
    collect_payments.handle(about(invoice, "invoice.finalized", clock), clock)


def told_of(invoice: Invoice, event_type: str) -> list[dict[str, Any]]:
    """Read what was told about an invoice."""
    wanted = str(invoice.invoice_id)
    return [e.data for e in published(event_type) if e.data["invoiceId"] == wanted]


def credit(
    invoice: Invoice, amount_minor: int | None, now: datetime, *, refund: bool = False
) -> Invoice:
    """Give back a part of an invoice, or the rest, as the operator does."""
    tenant, number = invoice.tenant_id, invoice.invoice_id
    with sessions.service_session() as session:
        note = invoices.credit(
            session, now, tenant, number, amount_minor, "An outage", SELLER, ORIGIN
        )
        refunds.decide(session, now, note, is_wanted=refund)
    return note


def void(invoice: Invoice, now: datetime) -> None:
    """Cancel an invoice."""
    with sessions.tenant_session(invoice.tenant_id) as session:
        invoices.void(session, now, invoice.tenant_id, invoice.invoice_id, "A mistake", ORIGIN)


def read(invoice: Invoice) -> Invoice:
    """Read an invoice as it is now."""
    with sessions.tenant_session(invoice.tenant_id) as session:
        return invoices.read(session, invoice.tenant_id, invoice.invoice_id)


def status_of(invoice: Invoice) -> str:
    """Tell how far an invoice is."""
    return read(invoice).status


def sdk() -> StripeClient:
    """Reach the stand-in as anybody with the account's key does."""
    return StripeClient(API_KEY, http_client=access._transport())


def theirs(stripe: Any, invoice: Invoice) -> dict[str, Any]:
    """Find the one invoice of Stripe's that collects one of ours."""
    wanted = str(invoice.invoice_id)
    (found,) = [one for one in stripe.all("invoice") if one["metadata"]["invoice_id"] == wanted]
    return dict(found)


def pay_there(stripe: Any, invoice: Invoice, card: str = "pm_card_visa") -> None:
    """Pay as the customer does at Stripe's page."""
    found = theirs(stripe, invoice)
    method = customers.attach(found["customer"], card, uuid4())
    with suppress(CardError):
        sdk().v1.invoices.pay(found["id"], {"payment_method": method.stripe_id})
