"""Events from a queue: each takes effect once, and one bad record does not fail the others.

A queue delivers at least once. The mark "processed" and the effect are one transaction, so a
crash undoes both and a repetition finds the mark.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from handlers.platform.base import telemetry, tracing
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.failure_reasons import reason_of
from handlers.platform.database.sessions import Session, tenant_session
from handlers.platform.messaging import event_failures
from handlers.platform.messaging.events import TRACE_ATTRIBUTE, Event, nudge_relay

Effect = Callable[[Session, Event, datetime], None]
BatchAnswer = dict[str, list[dict[str, str]]]
_Failed = Callable[[Event, Exception], None]

_MARK: Final = """
    INSERT INTO processed_events (tenant_id, consumer, event_id, processed_at)
    VALUES (%(tenant_id)s, %(consumer)s, %(event_id)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
_DELETE_MARKS: Final = """
    DELETE FROM processed_events WHERE (tenant_id, consumer, event_id) IN (
        SELECT tenant_id, consumer, event_id FROM processed_events
         WHERE processed_at <= %(before)s
         ORDER BY processed_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def process_once(session: Session, consumer: str, event_id: UUID, now: datetime) -> bool:
    """Mark an event as processed by a consumer; False if it was already.

    A second transaction with the same event waits here for the first one's end.
    """
    row = {"tenant_id": session.tenant_id, "consumer": consumer, "event_id": event_id, "now": now}
    return session.execute(_MARK, row) == 1


def delete_marks(session: Session, before: datetime, limit: int) -> int:
    """Delete marks that were made by then, in a service session; returns how many."""
    return session.execute(_DELETE_MARKS, {"before": before, "limit": limit})


def batch(
    consumer: str,
    records: Iterable[Mapping[str, Any]],
    effect: Effect,
    clock: Clock = system_clock,
) -> BatchAnswer:
    """Apply an effect to each event of a batch, each in a transaction of its own.

    Args:
        consumer: The name under which the events are marked.
        records: The `Records` of the invocation's event; bodies are raw event JSON.
        effect: What the event causes, in the tenant's context.
        clock: The time.

    Returns:
        What SQS is to be told: the records to deliver again.
    """

    def apply(event: Event) -> None:
        now = clock()
        with tenant_session(event.tenant_id) as session:
            if process_once(session, consumer, event.event_id, now):
                effect(session, event, now)
            else:
                telemetry.log.info("event already processed")

    return each(consumer, records, apply, clock)


def each(
    consumer: str,
    records: Iterable[Mapping[str, Any]],
    handle: Callable[[Event], None],
    clock: Clock = system_clock,
) -> BatchAnswer:
    """Hand every event of a batch to `handle`, and report the records that failed.

    For effects that cannot be part of a transaction; see `deliveries`. Why an event failed is
    kept (`event_failures`) for whoever finds it in the dead-letter queue.
    """

    def failed(event: Event, error: Exception) -> None:
        telemetry.log.exception("event failed", reason=str(error))
        event_failures.record(consumer, event, error, clock())

    failures = [record["messageId"] for record in records if not _handled(record, handle, failed)]
    nudge_relay()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}


def _handled(record: Mapping[str, Any], handle: Callable[[Event], None], failed: _Failed) -> bool:
    telemetry.bind(messageId=record["messageId"])
    try:
        event = _event(record)
        with (
            telemetry.log.append_context_keys(**event.log_fields),
            tracing.following(event.trace_header),
        ):
            return _handled_event(event, handle, failed)
    except ValidationError as error:
        # it will never be readable: retries run out and it ends in the dead-letter queue
        telemetry.log.error("message is not an event", reason=reason_of(error))
        return False


def _event(record: Mapping[str, Any]) -> Event:
    """Read an event and the trace it was written under.

    The AWSTraceHeader of a record is that of the call that published it, which is shared by the
    events whose traces are not recorded; our own attribute is each event's.
    """
    attribute = record.get("messageAttributes", {}).get(TRACE_ATTRIBUTE, {})
    trace_header = tracing.well_formed(attribute.get("stringValue"))
    event = Event.model_validate_json(record["body"])
    return event.model_copy(update={"trace_header": trace_header})


def _handled_event(event: Event, handle: Callable[[Event], None], failed: _Failed) -> bool:
    try:
        handle(event)
    except Exception as error:  # reported to the queue, which delivers it again
        failed(event, error)
        return False
    telemetry.log.info("event handled")
    return True
