"""``subscription.created`` leads to an invoice."""

from datetime import datetime
from time import perf_counter

from handlers.domain.billing import invoices
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.consumer import consumer_in_transaction
from handlers.platform.messaging.events import Event


def effect(session: Session, event: Event, now: datetime) -> None:
    """Write the invoice of one event."""
    started = perf_counter()
    outcome = invoices.generate_for(session, now, event, Sender.of(settings()))
    if outcome is None:
        telemetry.log.info("nothing to invoice", subscriptionId=event.data["subscriptionId"])
        return
    invoice, is_new = outcome
    if is_new:
        _measure(invoice, event, (perf_counter() - started) * 1000)


def _measure(invoice: invoices.Invoice, event: Event, milliseconds: float) -> None:
    plan = str(event.data["planId"])
    telemetry.duration("invoice_generation_time", milliseconds, PlanId=plan)
    telemetry.record("invoice_amount", invoice.total_minor, PlanId=plan, Currency=invoice.currency)
    telemetry.log.info(
        "Invoice generated",
        invoiceId=str(invoice.invoice_id),
        number=invoice.number,
        subscriptionId=str(invoice.subscription_id),
        amount=invoice.total_minor,
    )


handler = consumer_in_transaction("generate_invoice", effect, accepts={"subscription.created"})
