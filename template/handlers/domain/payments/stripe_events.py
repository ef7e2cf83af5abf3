"""The inbox of Stripe's webhooks: each report counts once, and leads to one look at Stripe.

A report is stored and handed to the outbox in one transaction; what it is about is looked up there
by a consumer, with the retries of its queue (`services.payments.collection.refresh`). So a webhook
is answered in a moment, and no order of arrival matters.
"""

from datetime import datetime
from typing import Final

from handlers.domain.payments import stripe_credit_notes, stripe_invoices
from handlers.platform.base import telemetry
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.events import publish
from handlers.platform.payments.stripe_objects import StripeEvent

_INSERT: Final = """
    INSERT INTO stripe_events (tenant_id, stripe_event_id, event_type, invoice_id, occurred_at,
                               received_at)
    VALUES (%(tenant)s, %(event)s, %(type)s, %(invoice)s, %(occurred_at)s, %(now)s)
    ON CONFLICT (tenant_id, stripe_event_id) DO NOTHING
"""
_DELETE_OLD: Final = """
    DELETE FROM stripe_events WHERE (tenant_id, stripe_event_id) IN (
        SELECT tenant_id, stripe_event_id FROM stripe_events
         WHERE received_at <= %(before)s
         ORDER BY received_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def receive(session: Session, now: datetime, report: StripeEvent) -> bool:
    """Store a report, and tell whether it is new and about an invoice of ours, or its refund.

    Args:
        session: One that sees every tenant: whose invoice it is, our own table says.
        now: The present moment.
        report: From a webhook whose signature holds.
    """
    about = _about(session, report)
    if about is None:
        return False
    tenant_id, invoice_id = about
    row = {
        "tenant": tenant_id,
        "event": report.event_id,
        "type": report.event_type,
        "invoice": invoice_id,
        "occurred_at": report.occurred_at,
        "now": now,
    }
    if session.execute(_INSERT, row) == 0:
        return False
    data = {
        "invoiceId": str(invoice_id),
        "stripeEventId": report.event_id,
        "stripeEventType": report.event_type,
        "actor": "stripe",
    }
    publish(session, "stripe.reported", data, now, tenant_id=tenant_id)
    return True


def delete_old(session: Session, before: datetime, limit: int) -> int:
    """Delete reports that were received by then, in a service session; returns how many."""
    return session.execute(_DELETE_OLD, {"before": before, "limit": limit})


def _about(session: Session, report: StripeEvent) -> tuple[TenantId, InvoiceId] | None:
    """Find the invoice that a report is about, by what we know of Stripe's objects."""
    kind = report.event_type.partition(".")[0]
    if kind == "invoice":
        collected = stripe_invoices.find(session, report.object_id)
        invoice = collected and (collected.tenant_id, collected.invoice_id)
    elif kind == "refund":
        # one that fails before it is remembered is found by the reconciliation
        invoice = stripe_credit_notes.find_refunded(session, report.object_id)
    else:
        return None  # what says the same of other objects, or nothing that counts here
    if invoice is None:
        # another system may bill by the same account; our own are known before they are finalized
        telemetry.log.info("about no invoice of ours", stripeEventId=report.event_id)
    return invoice
