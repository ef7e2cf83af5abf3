"""Moves events from the outbox to the topic: after each commit that nudges it, and every minute."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from handlers.platform import telemetry
from handlers.platform.clock import system_clock
from handlers.platform.db import service_session
from handlers.platform.events import Event, relay_batch
from handlers.platform.ids import EventId
from handlers.platform.settings import settings

_BATCH: Final = 10
"""What SNS takes in one call."""
_RESERVE_MS: Final = 10_000
"""Time to leave for the batch under way."""


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Publish what waits, as long as there is time; answers how many events that were."""
    telemetry.begin(context)
    published = 0
    while context.get_remaining_time_in_millis() > _RESERVE_MS:
        with service_session() as session:
            sent = relay_batch(session, send, _BATCH, system_clock())
        published += sent
        if sent == 0:
            break
    telemetry.log.info("outbox relayed", published=published)
    return {"published": published}


def send(events: Sequence[Event]) -> Mapping[EventId, str]:
    """Publish events to the topic; returns the reason for each that it did not take."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _send_batch(events)
    except (BotoCoreError, ClientError) as error:
        if len(events) == 1:
            return {events[0].event_id: str(error)}
    # the call failed as a whole, perhaps for one event that is too large: find out which
    failures: dict[EventId, str] = {}
    for event in events:
        failures |= send([event])
    return failures


def _send_batch(events: Sequence[Event]) -> Mapping[EventId, str]:
    answer = _topic().publish_batch(
        TopicArn=settings().required("events_topic_arn"),
        PublishBatchRequestEntries=[_entry(str(n), event) for n, event in enumerate(events)],
    )
    return {
        events[int(failed["Id"])].event_id: f"{failed['Code']}: {failed.get('Message', '')}"
        for failed in answer.get("Failed", [])
    }


def _entry(number: str, event: Event) -> dict[str, Any]:
    attributes = {"eventType": event.event_type, "tenantId": str(event.tenant_id)}
    return {
        "Id": number,
        "Message": event.model_dump_json(by_alias=True),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }


@cache
def _topic() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})
    return boto3.client("sns", config=patience)
