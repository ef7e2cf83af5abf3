"""Keeps Stripe and our invoices together: collects, credits, and looks at what Stripe reports.

Without a payment provider there is nothing to do: invoices are paid by hand.
"""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import InvoiceId
from handlers.platform.messaging.consumer import consumer
from handlers.platform.messaging.deliveries import deliver
from handlers.platform.messaging.events import Event
from handlers.platform.payments.secret import is_connected
from handlers.services.payments import collection

CONSUMER: Final = "collect_payments"


def handle(event: Event, clock: Clock = system_clock) -> None:
    """Do what one event asks for.

    Raises:
        PaymentProviderError: Stripe was not reached, or refuses.
    """
    if not is_connected():
        telemetry.log.info("there is no payment provider")
        return
    _ACTIONS[event.event_type](event, clock)


def _collect(event: Event, clock: Clock) -> None:
    invoice = _invoice(event)
    _once(
        event,
        "collect",
        clock,
        lambda: collection.collect(
            event.tenant_id, invoice, event.event_id, event.occurred_at, clock
        ),
    )


def _credit(event: Event, clock: Clock) -> None:
    # the event is of the credit note; each is an occasion of its own
    invoice = InvoiceId(UUID(event.data["creditedInvoiceId"]))
    _once(
        event,
        "credit",
        clock,
        lambda: collection.credit(event.tenant_id, invoice, event.event_id, clock),
    )


def _close(event: Event, clock: Clock) -> None:
    invoice = _invoice(event)
    _once(
        event,
        "close",
        clock,
        lambda: collection.close(event.tenant_id, invoice, event.event_id, clock),
    )


def _refresh(event: Event, clock: Clock) -> None:
    # changes nothing at Stripe, and may be done any number of times
    collection.refresh(event.tenant_id, _invoice(event), event.event_id, clock)


def _once(event: Event, action: str, clock: Clock, effect: Callable[[], str]) -> None:
    """Do something at Stripe under a lease: by one at a time, and not again once it is done."""
    invoice = _invoice(event)
    deliver(
        event.tenant_id,
        f"{CONSUMER}/{action}:{invoice}",
        "stripe",
        str(invoice),
        lambda _key: effect(),
        clock,
        is_repeatable=True,
    )


def _invoice(event: Event) -> InvoiceId:
    return InvoiceId(UUID(event.data["invoiceId"]))


_ACTIONS: Final[Mapping[str, Callable[[Event, Clock], None]]] = {
    "invoice.credited": _credit,
    "invoice.finalized": _collect,
    "invoice.paid": _close,
    "invoice.voided": _close,
    "stripe.reported": _refresh,
}

handler = consumer(CONSUMER, handle, accepts=_ACTIONS.keys())
