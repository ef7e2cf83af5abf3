"""Moves events from the outbox to the topic: after each commit that nudges it, and every minute.

SNS and SQS pass a trace on: the one in the header of the call that publishes. One call has one
header, so that an event whose trace is recorded shares its call with none of another trace.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

from handlers.platform.base import telemetry, tracing
from handlers.platform.base.clock import system_clock
from handlers.platform.base.ids import EventId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import service_session
from handlers.platform.messaging.events import TRACE_ATTRIBUTE, Event, relay_batch

_BATCH: Final = 10
"""What SNS takes in one call."""
_RESERVE_MS: Final = 10_000
"""Time to leave for the batch under way."""

_trace_header: ContextVar[str | None] = ContextVar("trace_header", default=None)
"""The trace that the call under way belongs to."""


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
    failures: dict[EventId, str] = {}
    for together in _by_trace(events):
        failures |= _send_together(together)
    return failures


def _by_trace(events: Sequence[Event]) -> Iterable[Sequence[Event]]:
    """Group the events that may share a call: those of one trace, and all that nobody records."""
    groups: dict[str | None, list[Event]] = {}
    for event in events:
        header = event.trace_header
        recorded = header is not None and tracing.is_sampled(header)
        groups.setdefault(header if recorded else None, []).append(event)
    return groups.values()


def _send_together(events: Sequence[Event]) -> Mapping[EventId, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _send_batch(events)
    except (BotoCoreError, ClientError) as error:
        if len(events) == 1:
            return {events[0].event_id: str(error)}
    # the call failed as a whole, perhaps for one event that is too large: find out which
    failures: dict[EventId, str] = {}
    for event in events:
        failures |= _send_together([event])
    return failures


def _send_batch(events: Sequence[Event]) -> Mapping[EventId, str]:
    # Any header will do for events of traces that are not recorded, but the relay's own: Lambda
    # would take all it ever publishes for one chain of functions without an end.
    token = _trace_header.set(next(filter(None, (e.trace_header for e in events)), None))
    try:
        answer = _topic().publish_batch(
            TopicArn=settings().required("events_topic_arn"),
            PublishBatchRequestEntries=[_entry(str(n), event) for n, event in enumerate(events)],
        )
    finally:
        _trace_header.reset(token)
    return {
        events[int(failed["Id"])].event_id: f"{failed['Code']}: {failed.get('Message', '')}"
        for failed in answer.get("Failed", [])
    }


def _entry(number: str, event: Event) -> dict[str, Any]:
    attributes = {"eventType": event.event_type, "tenantId": str(event.tenant_id)}
    if event.trace_header is not None:
        attributes[TRACE_ATTRIBUTE] = event.trace_header
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
    client = boto3.client("sns", config=patience)
    client.meta.events.register("before-call.sns.PublishBatch", _add_trace_header)
    return client


def _add_trace_header(params: dict[str, Any], **_: Any) -> None:
    header = _trace_header.get()
    if header is not None:
        params["headers"][tracing.HEADER] = header
