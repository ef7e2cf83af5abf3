"""Why events failed, kept for the operator who finds them in a dead-letter queue.

A consumer records a failure in a transaction of its own, after the failed one was rolled back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.platform.base import telemetry
from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.failure_reasons import reason_of
from handlers.platform.database.sessions import Session, tenant_session
from handlers.platform.messaging.events import Event

_RECORD: Final = """
    INSERT INTO event_failures AS f (tenant_id, consumer, event_id, event_type, last_reason,
                                     first_failed_at, last_failed_at)
    VALUES (%(tenant_id)s, %(consumer)s, %(event_id)s, %(event_type)s, %(reason)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, consumer, event_id) DO UPDATE
       SET attempts = f.attempts + 1, last_reason = excluded.last_reason,
           last_failed_at = excluded.last_failed_at
"""
_FIND: Final = """
    SELECT event_id, attempts, last_reason
      FROM event_failures
     WHERE consumer = %(consumer)s
       AND (tenant_id, event_id) IN (SELECT * FROM unnest(%(tenants)s::uuid[], %(events)s::uuid[]))
"""
_DELETE_OLD: Final = """
    DELETE FROM event_failures WHERE (tenant_id, consumer, event_id) IN (
        SELECT tenant_id, consumer, event_id FROM event_failures
         WHERE last_failed_at <= %(before)s
         ORDER BY last_failed_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
_AWAY: Final = ("08", "57P")
"""Classes of PostgreSQL's error codes: the connection is broken, the server is going or coming."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a consumer failed on an event, and why the last time."""

    attempts: int
    reason: str


def record(consumer: str, event: Event, error: Exception, now: datetime) -> None:
    """Keep why an event failed, if that can be done. Never raises: the failure is logged as it is.

    Where the database was away nothing is tried: waiting for it once more, record after record,
    would take the time in which the rest of the batch can still succeed.
    """
    cause = _cause(error)
    if cause is None:
        return
    row = {"tenant_id": event.tenant_id, "consumer": consumer, "event_id": event.event_id}
    row |= {"event_type": event.event_type, "reason": reason_of(cause), "now": now}
    try:
        with tenant_session(event.tenant_id) as session:
            session.execute(_RECORD, row)
    except Exception:  # whatever it is: one failure must not turn into another
        telemetry.log.warning("could not record why the event failed", exc_info=True)


def find(session: Session, consumer: str, events: Iterable[Event]) -> dict[UUID, Failure]:
    """Return what is known of the failures of some events, by event; for a service session."""
    asked = list(events)
    keys = {"tenants": [e.tenant_id for e in asked], "events": [e.event_id for e in asked]}
    rows = session.all(_FIND, {"consumer": consumer, **keys})
    return {row["event_id"]: Failure(row["attempts"], row["last_reason"]) for row in rows}


def delete_old(session: Session, before: datetime, limit: int) -> int:
    """Delete failures of which the last was by then, in a service session; returns how many."""
    return session.execute(_DELETE_OLD, {"before": before, "limit": limit})


def _cause(error: Exception) -> BaseException | None:
    """Return what is to blame; None if the database could not be reached."""
    if not isinstance(error, ServiceUnavailable):
        return error
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None)  # PostgreSQL's own: a deadlock's, a timeout's
    return cause if code and not code.startswith(_AWAY) else None
