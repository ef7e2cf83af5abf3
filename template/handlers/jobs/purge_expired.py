"""Deletes what has served: expired notifications and keys, events, marks, failures, old runs."""

from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from handlers.domain.metering.retention import KEY_LIFE
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.database.sessions import service_session

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

# By key and in small batches: no long lock, and what somebody else holds waits for tomorrow.
_STEPS: Final[dict[str, tuple[timedelta, LiteralString]]] = {
    "idempotency_keys": (
        timedelta(0),
        """
        DELETE FROM idempotency_keys WHERE (tenant_id, route, key) IN (
            SELECT tenant_id, route, key FROM idempotency_keys WHERE expires_at <= %(before)s
             ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "administrator_notifications": (
        timedelta(0),
        """
        DELETE FROM administrator_notifications WHERE (tenant_id, notification_id) IN (
            SELECT tenant_id, notification_id FROM administrator_notifications
             WHERE expires_at <= %(before)s
             ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "outbox": (
        PUBLISHED_EVENTS,
        """
        DELETE FROM outbox WHERE (tenant_id, event_id) IN (
            SELECT tenant_id, event_id FROM outbox WHERE published_at <= %(before)s
             ORDER BY published_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "processed_events": (
        PROCESSED_MARKS,
        """
        DELETE FROM processed_events WHERE (tenant_id, consumer, event_id) IN (
            SELECT tenant_id, consumer, event_id FROM processed_events
             WHERE processed_at <= %(before)s
             ORDER BY processed_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "event_failures": (
        EVENT_FAILURES,
        """
        DELETE FROM event_failures WHERE (tenant_id, consumer, event_id) IN (
            SELECT tenant_id, consumer, event_id FROM event_failures
             WHERE last_failed_at <= %(before)s
             ORDER BY last_failed_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "usage_event_keys": (
        KEY_LIFE,
        """
        DELETE FROM usage_event_keys WHERE (tenant_id, request_id) IN (
            SELECT tenant_id, request_id FROM usage_event_keys
             WHERE occurred_at < %(before)s
             ORDER BY occurred_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "stripe_events": (
        PROCESSED_MARKS,
        """
        DELETE FROM stripe_events WHERE (tenant_id, stripe_event_id) IN (
            SELECT tenant_id, stripe_event_id FROM stripe_events
             WHERE received_at <= %(before)s
             ORDER BY received_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    "deliveries": (
        PROCESSED_MARKS,
        """
        DELETE FROM deliveries WHERE (tenant_id, delivery_key) IN (
            SELECT tenant_id, delivery_key FROM deliveries
             WHERE state = 'sent' AND updated_at <= %(before)s
             ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
    # an item's tenant is whom it bills, and a run's the operator
    "billing_run_items": (
        BILLING_RUN_ITEMS,
        """
        DELETE FROM billing_run_items WHERE (tenant_id, run_id) IN (
            SELECT item.tenant_id, run_id
              FROM billing_runs AS run JOIN billing_run_items AS item USING (run_id)
             WHERE run.state = 'done' AND run.updated_at <= %(before)s
             LIMIT %(limit)s FOR UPDATE OF item SKIP LOCKED)
        """,
    ),
    "billing_runs": (
        BILLING_RUNS,
        """
        DELETE FROM billing_runs WHERE (tenant_id, run_id) IN (
            SELECT tenant_id, run_id FROM billing_runs AS run
             WHERE state = 'done' AND updated_at <= %(before)s
               AND NOT EXISTS (
                   SELECT FROM billing_run_items AS item WHERE item.run_id = run.run_id)
             ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        """,
    ),
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
    for table, (age, statement) in _STEPS.items():
        while context.get_remaining_time_in_millis() > _RESERVE_MS:
            count = _delete(statement, now - age, batch)
            deleted[table] += count
            if count < batch:
                break
    return deleted


def _delete(statement: LiteralString, before: datetime, limit: int) -> int:
    with service_session() as session:
        return session.execute(statement, {"before": before, "limit": limit})
