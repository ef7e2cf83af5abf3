"""What collecting means for our own invoices: paid, or a payment that failed."""

from datetime import datetime

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.billing import invoices
from handlers.platform.base import telemetry
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.payments.stripe_objects import StripeInvoice


def settle(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    stripe_invoice: StripeInvoice,
    origin: Origin,
) -> None:
    """Mark an invoice as paid whose money has come in, unless it is already.

    What was credited whole meanwhile goes back with its credit note (`crediting`). Money for what
    was cancelled otherwise is a person's business: it is counted and logged here, and told to the
    operator by the reconciliation.
    """
    invoice = invoices.read(session, tenant_id, invoice_id)
    open_minor = invoice.total_minor - invoice.credited_minor
    if invoice.status in {"pending", "overdue"}:
        paid_at = stripe_invoice.paid_at or now
        invoices.mark_paid(
            session, now, tenant_id, invoice_id, paid_at, stripe_invoice.stripe_id, origin
        )
        telemetry.record("payment_collected", open_minor, Currency=invoice.currency)
    elif invoice.status != "paid" and open_minor > 0:
        telemetry.count("payment_unexpected")
        telemetry.log.error(
            "money came in for an invoice that is not to be paid",
            invoiceId=str(invoice_id),
            status=invoice.status,
        )


def publish_failure(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    stripe_invoice: StripeInvoice,
    origin: Origin,
) -> None:
    """Tell that an attempt to collect an invoice failed."""
    invoice = invoices.read(session, tenant_id, invoice_id)
    telemetry.count("payment_failed", Reason=stripe_invoice.failure or "unknown")
    data = {
        "invoiceId": str(invoice_id),
        "number": invoice.number,
        "amount": invoice.open_minor,
        "currency": invoice.currency,
        "reason": stripe_invoice.failure or "unknown",
        "attempt": stripe_invoice.attempts,
    }
    publish_change(session, now, "invoice.payment_failed", data, origin)
