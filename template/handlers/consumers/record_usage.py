"""Usage that was handed to the queue is recorded as the API would have.

A batch that is delivered again is found by its mark, and its events by their keys besides.
"""

from collections import Counter
from datetime import datetime

from handlers.domain.metering.ingest import record
from handlers.domain.metering.queued_usage import USAGE_REPORTED, events_of
from handlers.domain.metering.writing import UsagePricing
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.consumer import consumer_in_transaction
from handlers.platform.messaging.events import Event


def effect(session: Session, event: Event, now: datetime) -> None:
    """Record the usage of one message."""
    reporter, events = events_of(event)
    outcomes = record(session, now, event.tenant_id, events, UsagePricing.of(settings()), reporter)
    counts = Counter(outcome.status for outcome in outcomes)
    reasons = {outcome.request_id: outcome.reason for outcome in outcomes if outcome.reason}
    telemetry.log.info("usage recorded", extra={"counts": dict(counts), "rejected": reasons})
    for status, number in counts.items():
        telemetry.record("usage_events", number, Status=status)


handler = consumer_in_transaction("record_usage", effect, accepts={USAGE_REPORTED})
