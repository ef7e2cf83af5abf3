"""Usage on its way through the queue: one message a batch, complete and dated when it came."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.domain.metering.usage_event import UsageEvent
from handlers.platform.base import tracing
from handlers.platform.base.ids import EventId, TenantId, new_id
from handlers.platform.messaging.events import Event

USAGE_REPORTED: Final = "usage.reported"
"""Goes from `ingest` to the queue of `record_usage`, past the topic: nobody else need know it."""


def report(
    now: datetime,
    tenant_id: TenantId,
    events: Sequence[UsageEvent],
    reporter: str,
    correlation_id: UUID,
) -> Event:
    """Put a batch into a message.

    Args:
        now: When it came; when an event occurred that does not say so.
        tenant_id: Whose usage it is.
        events: At least one.
        reporter: Who used a model where an event does not say so.
        correlation_id: Of the request that reported them.
    """
    dated = [
        event if event.occurred_at else event.model_copy(update={"occurred_at": now})
        for event in events
    ]
    shown = [event.model_dump(mode="json", by_alias=True, exclude_none=True) for event in dated]
    return Event(
        event_id=EventId(new_id(now)),
        event_type=USAGE_REPORTED,
        tenant_id=tenant_id,
        occurred_at=now,
        data={"reporter": reporter, "events": shown},
        correlation_id=correlation_id,
        trace_header=tracing.current(),
    )


def events_of(event: Event) -> tuple[str, Sequence[UsageEvent]]:
    """Take a batch out of its message: who reported it, and the events.

    Raises:
        ValidationError: They are not usage; :func:`report` did not put them there.
    """
    events = [UsageEvent.model_validate_json(json.dumps(shown)) for shown in event.data["events"]]
    return event.data["reporter"], events
