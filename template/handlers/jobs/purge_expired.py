"""Deletes what has served: expired notifications and keys, events, marks, failures, old runs."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.domain.billing import runs
from handlers.domain.metering import retention
from handlers.domain.notifications.administrators import creation
from handlers.domain.payments import stripe_events
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.database.sessions import Session, service_session
from handlers.platform.messaging import deliveries, event_failures, events, idempotency, inbox

PUBLISHED_EVENTS: Final = timedelta(days=7)
PROCESSED_MARKS: Final = timedelta(days=45)
"""Longer than any message lives: 4 days in a queue, 14 in its dead-letter queue, once redriven."""
EVENT_FAILURES: Final = timedelta(days=30)
"""Longer than a dead letter lives, 14 days: who finds one finds its reason."""
BILLING_RUN_ITEMS: Final = timedelta(days=90)
"""A quarter, to see how a run got on with a tenant; invoices and the audit trail stay."""
BILLING_RUNS: Final = timedelta(days=400)
"""A year and a month: who closes the books of a year finds each run of it."""

_BATCH: Final = 1000
_RESERVE_MS: Final = 10_000

# Each deletes by key and in small batches: no long lock, and what somebody else holds waits for
# tomorrow.
_STEPS: Final[Mapping[str, tuple[timedelta, Callable[[Session, datetime, int], int]]]] = {
    "idempotency_keys": (timedelta(0), idempotency.delete_expired),
    "administrator_notifications": (timedelta(0), creation.delete_expired),
    "outbox": (PUBLISHED_EVENTS, events.delete_published),
    "processed_events": (PROCESSED_MARKS, inbox.delete_marks),
    "event_failures": (EVENT_FAILURES, event_failures.delete_old),
    "usage_event_keys": (retention.KEY_LIFE, retention.delete_keys),
    "stripe_events": (PROCESSED_MARKS, stripe_events.delete_old),
    "deliveries": (PROCESSED_MARKS, deliveries.delete_sent),
    "billing_run_items": (BILLING_RUN_ITEMS, runs.delete_old_items),
    "billing_runs": (BILLING_RUNS, runs.delete_old),
}


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Purge every table as far as time allows; answers how many rows went from each."""
    telemetry.begin(context)
    deleted = purge(system_clock, context)
    telemetry.log.info("expired rows purged", extra={"deleted": deleted})
    return deleted


def purge(clock: Clock, context: telemetry.LambdaContext, batch: int = _BATCH) -> dict[str, int]:
    """Delete in batches, each in a transaction of its own."""
    now = clock()
    deleted = dict.fromkeys(_STEPS, 0)
    for table, (age, delete) in _STEPS.items():
        while context.get_remaining_time_in_millis() > _RESERVE_MS:
            with service_session() as session:
                count = delete(session, now - age, batch)
            deleted[table] += count
            if count < batch:
                break
    return deleted
