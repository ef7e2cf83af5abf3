"""The queue of usage that is to be recorded later.

Whoever may send to it says whose usage it is: only our own function may, in the name of a caller
that it has verified.
"""

from functools import cache
from typing import Any

from handlers.platform.base.settings import settings
from handlers.platform.messaging.events import TRACE_ATTRIBUTE, Event


def send(event: Event) -> None:
    """Hand an event to the queue; once this returns, it is safe there."""
    attributes = {}
    if event.trace_header is not None:
        value = {"DataType": "String", "StringValue": event.trace_header}
        attributes[TRACE_ATTRIBUTE] = value
    _sqs().send_message(
        QueueUrl=settings().required("usage_queue_url"),
        MessageBody=event.model_dump_json(by_alias=True),
        MessageAttributes=attributes,
    )


@cache
def _sqs() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 3})
    return boto3.client("sqs", config=patience)
