"""Lets invoices that are not paid in time be overdue, and reminds of them."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import reminders
from handlers.domain.billing.invoices.reminders import Due
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.database.sessions import service_session, tenant_session
from handlers.platform.messaging.events import nudge_relay

_ACTOR: Final = "remind_of_invoices"
_BATCH: Final = 500
_RESERVE_MS: Final = 5_000


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Remind as far as time allows; answers how many reminders were written."""
    telemetry.begin(context)
    reminded = remind_all(system_clock, context)
    nudge_relay()
    telemetry.log.info("invoices reminded of", reminded=reminded)
    return {"reminded": reminded}


def remind_all(clock: Clock, context: telemetry.LambdaContext, batch: int = _BATCH) -> int:
    """Remind of one invoice after the other; one that fails does not keep the others waiting."""
    reminded = 0
    for tenant_id, invoice_id in _due(clock, batch):
        if context.get_remaining_time_in_millis() < _RESERVE_MS:
            break
        origin = Origin(_ACTOR, uuid4())
        try:
            with tenant_session(tenant_id) as session:
                reminded += reminders.remind(session, clock(), tenant_id, invoice_id, origin)
        except Exception:  # whatever it is, the next run tries again
            telemetry.log.exception("no reminder", tenantId=tenant_id, invoiceId=invoice_id)
    return reminded


def _due(clock: Clock, batch: int) -> Iterator[Due]:
    due: list[Due] = []
    while True:
        with service_session() as session:
            due = reminders.find_due(session, clock(), batch, due[-1] if due else None)
        yield from due
        if len(due) < batch:
            return
