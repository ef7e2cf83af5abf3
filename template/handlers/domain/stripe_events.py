"""The inbox of Stripe's webhooks: each report counts once, and leads to one look at Stripe.

A report is stored and handed to the outbox in one transaction; what it is about is looked up there
by a consumer, with the retries of its queue (`domain.collection.refresh`). So a webhook is answered
in a moment, and no order of arrival matters.
"""

from datetime import datetime
from typing import Final

from handlers.domain import stripe_invoices
from handlers.platform import telemetry
from handlers.platform.db import Session
from handlers.platform.events import publish
from handlers.platform.payments.signatures import Report

_ABOUT: Final = "invoice."

_INSERT: Final = """
    INSERT INTO stripe_events (tenant_id, stripe_event_id, event_type, invoice_id, occurred_at,
                               received_at)
    VALUES (%(tenant)s, %(event)s, %(type)s, %(invoice)s, %(occurred_at)s, %(now)s)
    ON CONFLICT (tenant_id, stripe_event_id) DO NOTHING
"""


def receive(session: Session, now: datetime, report: Report) -> bool:
    """Store a report, and tell whether it is new and about an invoice of ours.

    Args:
        session: One that sees every tenant: whose invoice it is, our own table says.
        now: The present moment.
        report: From a webhook whose signature holds.
    """
    if not report.event_type.startswith(_ABOUT):
        return False
    collected = stripe_invoices.find(session, report.object_id)
    if collected is None:
        # another system may bill by the same account; our own are known before they are finalized
        telemetry.log.info("about no invoice of ours", stripeEventId=report.event_id)
        return False
    row = {
        "tenant": collected.tenant_id,
        "event": report.event_id,
        "type": report.event_type,
        "invoice": collected.invoice_id,
        "occurred_at": report.occurred_at,
        "now": now,
    }
    if session.execute(_INSERT, row) == 0:
        return False
    data = {
        "invoiceId": str(collected.invoice_id),
        "stripeEventId": report.event_id,
        "stripeEventType": report.event_type,
        "actor": "stripe",
    }
    publish(session, "stripe.reported", data, now, tenant_id=collected.tenant_id)
    return True
