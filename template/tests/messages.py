"""Events as SQS delivers them to a consumer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from handlers.platform.base.ids import EventId, TenantId, new_id
from handlers.platform.messaging.events import Event


def sqs(*events: Event | str) -> dict[str, Any]:
    """Wrap events, or raw bodies, into a batch."""
    records = [
        {
            "messageId": f"message-{number}",
            "receiptHandle": f"handle-{number}",
            "body": event if isinstance(event, str) else event.model_dump_json(by_alias=True),
            "messageAttributes": {},
        }
        for number, event in enumerate(events)
    ]
    return {"Records": records}


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def make_event(tenant_id: TenantId, event_type: str, data: dict[str, Any], now: datetime) -> Event:
    return Event(
        event_id=EventId(new_id(now)),
        event_type=event_type,
        tenant_id=tenant_id,
        occurred_at=now,
        data=data,
        correlation_id=UUID(int=0xC0FFEE),
    )
