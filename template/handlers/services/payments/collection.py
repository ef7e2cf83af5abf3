"""Collecting an invoice by Stripe: one invoice there, one charge, whatever breaks off on the way.

    customer ──▶ draft ──▶ positions ──▶ finalize ──▶ credit notes ──▶ pay ──▶ synchronize
    remembered   remembered                           remembered               one transaction

Every step looks at what is there, or carries the key of what it is about (`platform.payments`), so
that all of them may be done again from the start. What is remembered is committed before the next
step: no step that collects is taken for a draft that we could not find again.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handlers.domain import tenants
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import Invoice, InvoiceLine
from handlers.domain.payments import stripe_invoices
from handlers.domain.payments.stripe_invoices import CollectedInvoice
from handlers.domain.terms import billing_settings
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.money import Money
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session, tenant_session
from handlers.platform.payments import customers
from handlers.platform.payments import invoices as stripe
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Refused, UnknownObject
from handlers.platform.payments.stripe_objects import (
    Bill,
    BillLine,
    StripeInvoice,
    StripeInvoiceStatus,
)
from handlers.services.payments import crediting, refunds

_KEYS_LIFE: Final = timedelta(hours=20)
"""Stripe remembers idempotency keys for a day at least."""

_UNPAID: Final[frozenset[StripeInvoiceStatus]] = frozenset({"open", "uncollectible"})

NOTHING: Final = "nothing"
"""What collecting answers where there is nothing to collect."""


def collect(
    tenant_id: TenantId, invoice_id: InvoiceId, cause: UUID, since: datetime, clock: Clock
) -> str:
    """Bring one invoice to Stripe, and charge it where the tenant pays automatically.

    Args:
        tenant_id: Whose invoice it is.
        invoice_id: Which.
        cause: The event that asks for it.
        since: When it was first asked for.
        clock: The time.

    Returns:
        The id of Stripe's invoice, or `NOTHING`.

    Raises:
        PaymentProviderError: Stripe was not reached, or refuses; all of it may come again.
    """
    with tenant_session(tenant_id) as session:
        invoice = invoices.read(session, tenant_id, invoice_id)
    if invoice.status not in {"pending", "overdue"} or invoice.total_minor <= 0:
        telemetry.log.info("nothing to collect", status=invoice.status)
        return NOTHING
    with tenant_session(tenant_id) as session:
        customer, terms = customer_of(session, clock(), tenant_id)
    bill = _bill(invoice, customer, terms)
    collected = _draft(bill, clock, look_first=clock() - since > _KEYS_LIFE)
    if collected is None:
        telemetry.log.info("cancelled while it was brought to Stripe")
        return NOTHING
    stripe_invoice = _push_state(collected, _finalize(bill, collected), cause, clock)
    if bill.is_automatic and stripe_invoice.status == "open":
        stripe_invoice = _charge(stripe_invoice, customer, cause)
    with tenant_session(tenant_id) as session:
        stripe_invoices.synchronize(session, clock(), stripe_invoice, collected, cause)
    return stripe_invoice.stripe_id


def refresh(tenant_id: TenantId, invoice_id: InvoiceId, cause: UUID, clock: Clock) -> bool:
    """Synchronize an invoice with Stripe's state of it; returns whether anything was new."""
    with tenant_session(tenant_id) as session:
        collected = stripe_invoices.read(session, tenant_id, invoice_id)
    if collected is None:
        return False
    stripe_invoice = _retrieve(collected)
    with tenant_session(tenant_id) as session:
        is_new = stripe_invoices.synchronize(session, clock(), stripe_invoice, collected, cause)
    return refunds.refresh(tenant_id, invoice_id, cause, clock) or is_new


def credit(tenant_id: TenantId, invoice_id: InvoiceId, cause: UUID, clock: Clock) -> str:
    """Let Stripe collect what was not credited, or give back what was; answers as `collect`."""
    with tenant_session(tenant_id) as session:
        collected = stripe_invoices.read(session, tenant_id, invoice_id)
    if collected is None:
        return NOTHING  # `collect` brings it along, if it comes to that: see `crediting`
    stripe_invoice = _push_state(collected, _retrieve(collected), cause, clock)
    with tenant_session(tenant_id) as session:
        stripe_invoices.synchronize(session, clock(), stripe_invoice, collected, cause)
    return stripe_invoice.stripe_id


def close(tenant_id: TenantId, invoice_id: InvoiceId, cause: UUID, clock: Clock) -> str:
    """Stop Stripe from collecting what was cancelled or paid here; answers as `collect`."""
    with tenant_session(tenant_id) as session:
        collected = stripe_invoices.read(session, tenant_id, invoice_id)
    if collected is None or collected.status in {"paid", "void"}:
        return NOTHING
    stripe_invoice = _retrieve(collected)
    if stripe_invoice.status == "draft":
        stripe.discard(stripe_invoice.stripe_id)
        stripe_invoice = _retrieve(collected)
    stripe_invoice = _push_state(collected, stripe_invoice, cause, clock)
    with tenant_session(tenant_id) as session:
        stripe_invoices.synchronize(session, clock(), stripe_invoice, collected, cause)
    return stripe_invoice.stripe_id


def customer_of(
    session: Session, now: datetime, tenant_id: TenantId
) -> tuple[str, BillingSettings]:
    """Return as whom Stripe knows a tenant, with the tenant's settings; makes the customer.

    The customer is made while the settings are locked: it happens once per tenant, and two at once
    would otherwise make two.
    """
    currency = settings().currency
    tenant_settings = billing_settings.read(session, tenant_id, currency)
    if tenant_settings.stripe_customer_id is None:
        billing_settings.ensure(session, now, tenant_id, currency)
        tenant_settings = billing_settings.read(session, tenant_id, currency, locked=True)
    if tenant_settings.stripe_customer_id is not None:
        return tenant_settings.stripe_customer_id, tenant_settings
    tenant = tenants.read(session, tenant_id)
    customer = customers.find_or_make(tenant_id, tenant.name, tenant.email)
    billing_settings.set_customer(session, now, tenant_id, customer)
    return customer, tenant_settings


def _draft(bill: Bill, clock: Clock, *, look_first: bool) -> CollectedInvoice | None:
    with tenant_session(bill.tenant_id) as session:
        collected = stripe_invoices.read(session, bill.tenant_id, bill.invoice_id)
    if collected is not None:
        return collected
    made = stripe.draft(bill, look_first=look_first)
    with tenant_session(bill.tenant_id) as session:
        collected = stripe_invoices.remember(
            session, clock(), bill.tenant_id, bill.invoice_id, made
        )
    if collected is None:
        stripe.discard(made)
    return collected


def _finalize(bill: Bill, collected: CollectedInvoice) -> StripeInvoice:
    stripe_invoice = _retrieve(collected)
    if stripe_invoice.status != "draft":
        return stripe_invoice
    stripe.fill(bill, stripe_invoice.stripe_id)
    _require_same(bill, stripe.retrieve(stripe_invoice.stripe_id))
    stripe.finalize(stripe_invoice.stripe_id)
    return stripe.retrieve(stripe_invoice.stripe_id)


def _push_state(
    collected: CollectedInvoice, stripe_invoice: StripeInvoice, cause: UUID, clock: Clock
) -> StripeInvoice:
    """Push our state of an invoice to Stripe: it asks for what is still open here, and no more.

    What has credit notes at Stripe is not voided there, but credited to nothing: whoever cancels an
    invoice that was credited in part writes a credit note of the rest.
    """
    with tenant_session(collected.tenant_id) as session:
        invoice = invoices.read(session, collected.tenant_id, collected.invoice_id)
    if (
        invoice.status == "cancelled"
        and stripe_invoice.status in _UNPAID
        and not stripe_invoice.credited
    ):
        stripe.void(stripe_invoice.stripe_id)
        return stripe.retrieve(stripe_invoice.stripe_id)
    stripe_invoice = crediting.push_credit_notes(collected, stripe_invoice, cause, clock)
    if invoice.status == "paid" and stripe_invoice.status in _UNPAID:
        stripe.settle_by_hand(stripe_invoice.stripe_id)
        return stripe.retrieve(stripe_invoice.stripe_id)
    return stripe_invoice


def _require_same(bill: Bill, stripe_invoice: StripeInvoice) -> None:
    """Let nothing be collected that is not what was invoiced."""
    wanted = (to_stripe(bill.total), bill.total.currency)
    if (stripe_invoice.total, stripe_invoice.currency) != wanted:
        raise Refused(
            f"Stripe's draft {stripe_invoice.stripe_id} comes to {stripe_invoice.total} "
            f"{stripe_invoice.currency} and not to {wanted[0]} {wanted[1]}: it is left alone"
        )


def _retrieve(collected: CollectedInvoice) -> StripeInvoice:
    """Read an invoice; a draft that is gone was discarded, and is as void as one can be."""
    try:
        return stripe.retrieve(collected.stripe_invoice_id)
    except UnknownObject:
        if collected.status != "draft":
            raise
        return StripeInvoice.discarded(collected.stripe_invoice_id)


def _charge(stripe_invoice: StripeInvoice, customer: str, cause: UUID) -> StripeInvoice:
    if not stripe_invoice.is_advancing:
        stripe.advance(stripe_invoice.stripe_id)
    if customers.default_of(customer) is None:
        return stripe_invoice._replace(
            failure="no_payment_method", attempts=max(stripe_invoice.attempts, 1)
        )
    stripe.pay(stripe_invoice.stripe_id, cause)
    return stripe.retrieve(stripe_invoice.stripe_id)


def _bill(invoice: Invoice, customer: str, terms: BillingSettings) -> Bill:
    if invoice.due_at is None:
        raise ValueError(f"invoice {invoice.invoice_id} is not issued")
    positions = [_position(line, invoice.currency) for line in invoice.lines]
    if invoice.tax_minor:
        tax = Money(invoice.tax_minor, invoice.currency)
        positions.append(BillLine(len(positions) + 1, "Tax", tax))
    return Bill(
        tenant_id=invoice.tenant_id,
        invoice_id=invoice.invoice_id,
        number=str(invoice.number),
        customer=customer,
        total=invoice.total,
        due_at=invoice.due_at,
        positions=positions,
        is_automatic=terms.auto_pay,
    )


def _position(line: InvoiceLine, currency: str) -> BillLine:
    unit = Money(line.unit_amount_minor, currency)
    times = "" if line.quantity == 1 else f" ({line.quantity} x {unit})"
    amount = Money(line.amount_minor, currency)
    return BillLine(line.line_number, f"{line.description}{times}", amount)
