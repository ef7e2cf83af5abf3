"""Domain events: written to the outbox with what caused them, relayed to SNS after the commit.

The relay delivers at least once; consumers process once (`inbox`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.platform.base import tracing
from handlers.platform.base.ids import EventId, TenantId, new_id
from handlers.platform.base.settings import settings
from handlers.platform.base.telemetry import log
from handlers.platform.database.sessions import Session

TRACE_ATTRIBUTE: Final = "traceHeader"
"""The attribute of a message that says which trace its event was written under."""

Send = Callable[[Sequence["Event"]], Mapping[EventId, str]]
"""Sends events and returns the reason for each that was not taken."""

_INSERT: Final = """
    INSERT INTO outbox (tenant_id, event_id, event_type, payload, correlation_id, trace_header,
                        created_at, available_at)
    VALUES (%(tenant_id)s, %(event_id)s, %(event_type)s, %(payload)s, %(correlation_id)s,
            %(trace_header)s, %(now)s, %(now)s)
"""
_CLAIM: Final = """
    SELECT tenant_id, event_id, event_type, payload, correlation_id, trace_header, created_at
      FROM outbox
     WHERE published_at IS NULL AND available_at <= %(now)s
     ORDER BY event_id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
"""
_MARK: Final = """
    UPDATE outbox SET published_at = %(now)s, attempts = attempts + 1, last_error = NULL
     WHERE (tenant_id, event_id) IN (SELECT * FROM unnest(%(tenants)s::uuid[], %(events)s::uuid[]))
"""
# a row that fails again and again waits longer each time, so that it cannot starve those behind it
_DEFER: Final = """
    UPDATE outbox
       SET attempts = attempts + 1, last_error = %(reason)s,
           available_at = %(now)s + least(power(2, least(attempts, 20)), 900) * interval '1 second'
     WHERE tenant_id = %(tenant_id)s AND event_id = %(event_id)s
"""
_DELETE_PUBLISHED: Final = """
    DELETE FROM outbox WHERE (tenant_id, event_id) IN (
        SELECT tenant_id, event_id FROM outbox WHERE published_at <= %(before)s
         ORDER BY published_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Event(BaseModel):
    """What happened, as it travels through SNS and SQS in camelCase JSON.

    Attributes:
        trace_header: the trace it was written under. It travels beside the JSON, as an attribute of
            the message: a consumer of another version need not know it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,  # most of those who import this module never read an event
    )

    event_id: EventId
    event_type: str
    tenant_id: TenantId
    occurred_at: AwareDatetime
    data: dict[str, Any]
    correlation_id: UUID
    trace_header: str | None = Field(default=None, exclude=True)

    @property
    def log_fields(self) -> dict[str, str]:
        """What names the event, and the trace it came from, in a log line."""
        fields = {
            "tenantId": str(self.tenant_id),
            "eventId": str(self.event_id),
            "eventType": self.event_type,
            "correlationId": str(self.correlation_id),
        }
        if self.trace_header is not None:
            fields["originTraceId"] = tracing.trace_id(self.trace_header)
        return fields


class _Pending:
    """Whether this process wrote an event since it last nudged the relay."""

    written = False


def publish(
    session: Session,
    event_type: str,
    data: Mapping[str, Any],
    now: datetime,
    *,
    correlation_id: UUID | None = None,
    tenant_id: TenantId | None = None,
) -> EventId:
    """Write an event to the outbox, in the transaction of what it tells about.

    With it goes the trace of the request, or of the event, that is being worked on.

    Args:
        session: The open transaction.
        event_type: Such as `subscription.created`.
        data: What consumers need, ready for JSON, in camelCase.
        now: The moment it happened.
        correlation_id: That of the event that led here; a new chain begins without one.
        tenant_id: Whose event it is; needed in a service session, which has no tenant.
    """
    owner = tenant_id or session.tenant_id
    if owner is None:
        raise ValueError("a service session publishes for a tenant: pass tenant_id")
    event_id = EventId(new_id(now))
    row = {"tenant_id": owner, "event_id": event_id, "event_type": event_type, "now": now}
    row |= {"payload": Jsonb(dict(data)), "correlation_id": correlation_id or event_id}
    row |= {"trace_header": tracing.current()}
    session.execute(_INSERT, row)
    _Pending.written = True
    return event_id


def nudge_relay() -> None:
    """Start the relay now, if this process has written events; its schedule is the safety net.

    Never raises: the transaction is committed, and the answer must not depend on this.
    """
    function = settings().relay_function
    if not _Pending.written or not function:
        return
    _Pending.written = False
    try:
        _lambda_client().invoke(FunctionName=function, InvocationType="Event")
    except Exception:  # whatever it is, the relay's schedule makes up for it
        log.warning("could not nudge the relay", exc_info=True)


def relay_batch(session: Session, send: Send, limit: int, now: datetime) -> int:
    """Send the oldest unpublished events and mark those that were taken.

    The rows stay locked while they are sent, so that two relays never send the same row at the
    same time. A crash between sending and marking sends them again.

    Args:
        session: A service session.
        send: Hands events to the topic.
        limit: Events at most; a topic takes ten a call.
        now: The present moment.

    Returns:
        How many events were published.
    """
    rows = session.all(_CLAIM, {"now": now, "limit": limit})
    if not rows:
        return 0
    events = [_event(row) for row in rows]
    failures = send(events)
    taken = [event for event in events if event.event_id not in failures]
    marks = {"tenants": [e.tenant_id for e in taken], "events": [e.event_id for e in taken]}
    session.execute(_MARK, marks | {"now": now})
    for event in taken:
        log.info("event published", extra=event.log_fields)
    for event in events:
        if event.event_id in failures:
            _defer(session, event, failures[event.event_id], now)
    return len(taken)


def delete_published(session: Session, before: datetime, limit: int) -> int:
    """Delete events that were published by then, in a service session; returns how many."""
    return session.execute(_DELETE_PUBLISHED, {"before": before, "limit": limit})


def _defer(session: Session, event: Event, reason: str, now: datetime) -> None:
    log.error("event not taken", reason=reason, extra=event.log_fields)
    key = {"tenant_id": event.tenant_id, "event_id": event.event_id}
    session.execute(_DEFER, key | {"reason": reason, "now": now})


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        event_id=row["event_id"],
        event_type=row["event_type"],
        tenant_id=row["tenant_id"],
        occurred_at=row["created_at"],
        data=row["payload"],
        correlation_id=row["correlation_id"],
        trace_header=row["trace_header"],
    )


@cache
def _lambda_client() -> Any:
    import boto3
    from botocore.config import Config

    hurry = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("lambda", config=hurry)
