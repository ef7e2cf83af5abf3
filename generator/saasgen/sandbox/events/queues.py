"""moto's queues, reached inside the process: no HTTP between the event loop and a queue."""

import json
from typing import Any

from saasgen.sandbox.models import QueueStatus


def find(queue_arn: str) -> Any | None:
    """The queue with this ARN; None if it is gone."""
    from moto.sqs.models import sqs_backends

    _, _, _, region, account, name = queue_arn.split(":")
    return sqs_backends[account][region].queues.get(name)


def receive(queue: Any, count: int) -> list[Any]:
    """Receive up to ten messages; the queue's visibility timeout begins for them."""
    received: list[Any] = _backend(queue).receive_message(
        queue.name, min(count, 10), 0, queue.visibility_timeout, ["All"]
    )
    return received


def delete(queue: Any, message: Any) -> None:
    """Delete a message that was received."""
    _backend(queue).delete_message(queue.name, message.receipt_handle)


def release(queue: Any, message: Any, after_s: float) -> None:
    """Make a message visible again after some seconds."""
    from moto.core.utils import unix_time_millis

    with queue._messages_lock:
        for kept in queue._messages:
            if kept.had_receipt_handle(message.receipt_handle):
                kept.visible_at = unix_time_millis() + after_s * 1000


def next_change_s(queue: Any, longest_s: float) -> float:
    """Seconds until a hidden or delayed message becomes visible; `longest_s` if none will."""
    from moto.core.utils import unix_time_millis

    now = unix_time_millis()
    with queue._messages_lock:
        times = [max(m.visible_at, m.delayed_until) for m in queue._messages]
    waits = [(at - now) / 1000 + 0.002 for at in times if at >= now]
    return float(max(0.002, min([longest_s, *waits])))


def send(queue_arn: str, body: str) -> None:
    """Put a message into a queue."""
    queue = find(queue_arn)
    if queue is not None:
        _backend(queue).send_message(queue.name, body)


def describe(queue_arn: str, consumer: str | None) -> QueueStatus | None:
    """How many messages a queue holds."""
    queue = find(queue_arn)
    if queue is None:
        return None
    with queue._messages_lock:
        messages = list(queue._messages)
    delayed = sum(1 for m in messages if m.delayed)
    in_flight = sum(1 for m in messages if not m.visible)
    return QueueStatus(
        name=queue.name,
        visible=len(messages) - delayed - in_flight,
        in_flight=in_flight,
        delayed=delayed,
        consumer=consumer,
    )


def record(queue: Any, message: Any) -> dict[str, Any]:
    """A message as Lambda hands it to a function."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    trace = message.system_attributes.get("AWSTraceHeader", {}).get("StringValue")
    if trace:
        attributes["AWSTraceHeader"] = trace
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {
            name: _attribute(value) for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }


def matches(pattern: str, described: dict[str, Any]) -> bool:
    """Whether a record passes one pattern of a filter; a JSON body is matched as JSON."""
    from moto.events.models import EventPattern

    wanted = json.loads(pattern)
    if isinstance(wanted.get("body"), dict):
        try:
            described = described | {"body": json.loads(described["body"])}
        except ValueError:
            return False
        if not isinstance(described["body"], dict):
            return False
    event: Any = described
    return bool(EventPattern(pattern, wanted).matches_event(event))


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "binaryValue": value.get("BinaryValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.get("DataType"),
    }


def _backend(queue: Any) -> Any:
    from moto.sqs.models import sqs_backends

    return sqs_backends[queue.account_id][queue.region]
