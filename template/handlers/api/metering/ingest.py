"""Reporting usage of models: at once, or handed to a queue in a burst."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field

from handlers.api.http.models import Answer, Body, ExactAmount, Query
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.metering import ingest, queued_usage, usage_event
from handlers.domain.metering.usage_event import UsageEvent, UsageEventStatus
from handlers.domain.metering.writing import UsagePricing
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.messaging import usage_queue

_THROTTLE: Final = Throttle(rate=200, burst=500)


class ReportedUsage(UsageEvent, Body):
    """One request to a model."""


class UsageBatch(Body):
    """Several requests to models; a correction stands after what it corrects."""

    events: Annotated[list[ReportedUsage], Field(min_length=1, max_length=100)]


class BatchQuery(Query):
    """How the batch is to be recorded."""

    asynchronous: bool = Field(
        default=False, description="Whether it is enough that it will be recorded soon."
    )


class UsageOutcome(Answer):
    """What became of an event; costs are exact, in major units of the currency."""

    request_id: str
    status: UsageEventStatus
    reason: str | None = Field(default=None, description="Why it was rejected.")
    event_id: UUID | None = Field(
        default=None, description="The event that counts; of a duplicate, the one that was first."
    )
    provider_cost: ExactAmount | None = None
    billed_cost: ExactAmount | None = Field(
        default=None, description="With the margin of now; a tiered one not for a duplicate."
    )
    currency: str | None = None
    estimated: bool | None = Field(
        default=None, description="Whether it cost the default, for want of a price."
    )

    @classmethod
    def of(cls, outcome: usage_event.UsageEventOutcome) -> Self:
        """Show an outcome."""
        return cls.model_validate(outcome)


class BatchSummary(Answer):
    """How many events became what."""

    total: int
    accepted: int
    duplicate: int
    rejected: int


class BatchOutcome(Answer):
    """What became of the events of a batch, in their order."""

    results: list[UsageOutcome]
    summary: BatchSummary


class QueuedBatch(Answer):
    """A batch that will be recorded soon."""

    batch_id: UUID
    total: int


@route(
    "POST",
    "/v1/metering/record",
    permission="metering:write",
    body=ReportedUsage,
    answer=UsageOutcome,
    throttle=_THROTTLE,
)
def record_usage(call: Call, body: ReportedUsage) -> UsageOutcome:
    """Record one request to a model."""
    return _record(call, [body]).results[0]


@route(
    "POST",
    "/v1/metering/batch",
    permission="metering:write",
    body=UsageBatch,
    query=BatchQuery,
    answer=BatchOutcome,
    deferred=QueuedBatch,
    throttle=_THROTTLE,
)
def record_usage_batch(
    call: Call, body: UsageBatch, query: BatchQuery
) -> BatchOutcome | QueuedBatch:
    """Record up to 100 requests to models."""
    return _record_or_queue(call, body, query)


@route(
    "POST",
    "/v1/events",
    permission="metering:write",
    body=UsageBatch,
    query=BatchQuery,
    answer=BatchOutcome,
    deferred=QueuedBatch,
    throttle=_THROTTLE,
)
def ingest_events(call: Call, body: UsageBatch, query: BatchQuery) -> BatchOutcome | QueuedBatch:
    """Take in metered events; the same as `/v1/metering/batch`."""
    return _record_or_queue(call, body, query)


def _record_or_queue(call: Call, body: UsageBatch, query: BatchQuery) -> BatchOutcome | QueuedBatch:
    return _queue(call, body.events) if query.asynchronous else _record(call, body.events)


def _record(call: Call, events: Sequence[UsageEvent]) -> BatchOutcome:
    outcomes = ingest.record(
        call.session,
        call.now,
        call.tenant_id,
        events,
        UsagePricing.of(settings()),
        call.identity.user_id,
    )
    counts = Counter(outcome.status for outcome in outcomes)
    call.after_commit.append(lambda: _measure(counts))
    return BatchOutcome(
        results=[UsageOutcome.of(outcome) for outcome in outcomes],
        summary=BatchSummary(
            total=len(outcomes),
            accepted=counts["accepted"],
            duplicate=counts["duplicate"],
            rejected=counts["rejected"],
        ),
    )


def _queue(call: Call, events: Sequence[UsageEvent]) -> QueuedBatch:
    """Hand a batch to the queue before the transaction ends.

    Should the transaction fail after that, the caller repeats what the queue has already: its
    events are found by their keys.
    """
    user_id = call.identity.user_id
    message = queued_usage.report(call.now, call.tenant_id, events, user_id, call.correlation_id)
    usage_queue.send(message)
    return QueuedBatch(batch_id=message.event_id, total=len(events))


def _measure(counts: Counter[UsageEventStatus]) -> None:
    for status, number in counts.items():
        telemetry.record("usage_events", number, Status=status)
