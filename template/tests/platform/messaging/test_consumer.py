"""A consumer handles what it accepts, and refuses everything else."""

import pytest

from handlers.platform.database import sessions
from handlers.platform.messaging.consumer import (
    ALL,
    consumer,
    consumer_in_transaction,
    consumer_with_deadline,
)

from ...messages import failed, make_event, sqs


def outside(seen, accepts):
    return consumer("test", seen.append, accepts=accepts)


def with_deadline(seen, accepts):
    def handle(event, context):
        assert context.get_remaining_time_in_millis() > 0
        seen.append(event)

    return consumer_with_deadline("test", handle, accepts=accepts)


def in_transaction(seen, accepts):
    def effect(session, event, now):
        seen.append(event)

    return consumer_in_transaction("test", effect, accepts=accepts)


@pytest.fixture(params=[outside, with_deadline, in_transaction])
def declare(request):
    return request.param


def test_another_event_is_refused_and_the_rest_of_the_batch_is_handled(
    declare, tenant, clock, context
):
    seen = []
    stray = make_event(tenant, "moon.landed", {}, clock())
    wanted = make_event(tenant, "tenant.created", {}, clock())

    answer = declare(seen, {"tenant.created"})(sqs(stray, wanted), context)

    assert failed(answer) == ["message-0"]
    assert seen == [wanted]
    with sessions.tenant_session(tenant) as session:
        (failure,) = session.all("SELECT consumer, event_id, last_reason FROM event_failures")
    assert (failure["consumer"], failure["event_id"]) == ("test", stray.event_id)
    assert failure["last_reason"] == (
        "UnexpectedEventError: test does not accept moon.landed: the filter of its queue is wrong"
    )


def test_a_consumer_without_a_filter_handles_every_event(declare, tenant, clock, context):
    seen = []
    event = make_event(tenant, "moon.landed", {}, clock())

    assert failed(declare(seen, ALL)(sqs(event), context)) == []
    assert seen == [event]


def test_only_a_consumer_in_a_transaction_marks_its_events(tenant, clock, context):
    seen = []
    batch = sqs(make_event(tenant, "tenant.created", {}, clock()))
    for declare in (outside, in_transaction):
        for _ in range(2):
            declare(seen, ALL)(batch, context)
    assert len(seen) == 3
