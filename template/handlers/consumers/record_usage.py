"""Usage that was handed to the queue is recorded as the API would have.

A batch that is delivered again is found by its mark, and its events by their keys besides.
"""

from collections import Counter
from datetime import datetime
from typing import Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.domain.metering.ingest import record
from handlers.domain.metering.queued_usage import USAGE_REPORTED, events_of
from handlers.domain.metering.writing import Pricing
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import Event

CONSUMER: Final = "record_usage"

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


class UnexpectedEventError(Exception):
    """The queue holds something else than usage; whoever sent it should not be able to."""


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Record the usage of a batch of messages."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.batch(CONSUMER, event.to_dict()["Records"], effect)


def effect(session: Session, event: Event, now: datetime) -> None:
    """Record the usage of one message.

    Raises:
        UnexpectedEventError: It holds no usage.
    """
    if event.event_type != USAGE_REPORTED:
        raise UnexpectedEventError(f"{event.event_type} is no usage")
    reporter, events = events_of(event)
    outcomes = record(session, now, event.tenant_id, events, Pricing.of(settings()), reporter)
    counts = Counter(outcome.status for outcome in outcomes)
    reasons = {outcome.request_id: outcome.reason for outcome in outcomes if outcome.reason}
    telemetry.log.info("usage recorded", extra={"counts": dict(counts), "rejected": reasons})
    for status, number in counts.items():
        telemetry.record("usage_events", number, Status=status)
