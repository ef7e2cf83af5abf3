"""``subscription.created`` leads to an invoice."""

from datetime import datetime
from time import perf_counter
from typing import Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.domain.billing import invoices
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import Event

CONSUMER: Final = "generate_invoice"
EVENT_TYPES: Final = frozenset({"subscription.created"})
"""What the topic sends here: as in `terraform/event_types.json`."""

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


class UnexpectedEventError(Exception):
    """The queue holds an event that this consumer has no use for; its filter is wrong."""


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Write the invoices of a batch of events."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.batch(CONSUMER, event.to_dict()["Records"], effect)


def effect(session: Session, event: Event, now: datetime) -> None:
    """Write the invoice of one event.

    Raises:
        UnexpectedEventError: It is no event that leads to an invoice.
    """
    if event.event_type not in EVENT_TYPES:
        raise UnexpectedEventError(f"{event.event_type} does not lead to an invoice")
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
