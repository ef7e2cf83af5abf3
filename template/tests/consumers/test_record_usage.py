"""Usage from the queue: recorded as at once, whatever the queue repeats."""

from uuid import UUID

import pytest

from handlers.consumers import record_usage
from handlers.domain.metering import partitions, queued_usage
from handlers.domain.metering.usage_event import UsageEvent
from handlers.platform.database import sessions
from handlers.platform.messaging import inbox

from ..messages import failed, make_event, sqs


def usage(request_id, **fields):
    values = {"providerId": "example-ai", "modelId": "example-large", "requestType": "chat"}
    counts = {"inputTokens": 10, "outputTokens": 3, "latencyMs": 5}
    return UsageEvent.model_validate({"requestId": request_id, **values, **counts, **fields})


@pytest.fixture
def clock(clock, monkeypatch, database):
    monkeypatch.setattr(inbox.batch, "__defaults__", (clock,))
    with sessions.service_session() as session:
        partitions.make(session, clock())
    return clock


def _report(clock, tenant, *events):
    return queued_usage.report(clock(), tenant, events, "user-1", UUID(int=0xC0FFEE))


def _recorded(tenant):
    with sessions.tenant_session(tenant) as session:
        rows = session.all(
            "SELECT request_id, user_id, occurred_at FROM usage_events ORDER BY request_id"
        )
        count = session.one("SELECT sum(request_count)::int AS n FROM usage_rollups")["n"]
    return [(row["request_id"], row["user_id"], row["occurred_at"]) for row in rows], count


def test_a_batch_is_recorded_as_of_when_it_was_reported(tenant, clock, context):
    reported = clock()
    message = _report(clock, tenant, usage("a"), usage("b", userId="user-2"))
    clock.forward(hours=3)
    assert failed(record_usage.handler(sqs(message), context)) == []
    assert _recorded(tenant) == ([("a", "user-1", reported), ("b", "user-2", reported)], 2)


def test_what_the_queue_repeats_counts_once(tenant, clock, context):
    message = _report(clock, tenant, usage("a"), usage("b"))
    overlapping = _report(clock, tenant, usage("b"), usage("c"))
    for _ in range(2):
        assert failed(record_usage.handler(sqs(message, message, overlapping), context)) == []
    assert _recorded(tenant)[1] == 3


def test_each_message_is_its_tenants(make_tenant, clock, context):
    ours, theirs = make_tenant(), make_tenant("Globex")
    batch = sqs(_report(clock, ours, usage("a")), _report(clock, theirs, usage("a"), usage("b")))
    assert failed(record_usage.handler(batch, context)) == []
    assert (_recorded(ours)[1], _recorded(theirs)[1]) == (1, 2)


def test_what_is_rejected_is_logged_with_its_reason(tenant, clock, context, log_lines):
    message = _report(clock, tenant, usage("a"), usage("b", corrects="nothing"))
    assert failed(record_usage.handler(sqs(message), context)) == []
    (line,) = [line for line in log_lines() if line["message"] == "usage recorded"]
    assert line["counts"] == {"accepted": 1, "rejected": 1}
    assert line["rejected"] == {"b": "corrects names no event that is known"}


def test_a_crash_before_the_commit_is_made_good_by_the_next_delivery(
    tenant, clock, context, monkeypatch
):
    message = _report(clock, tenant, usage("a"))
    with monkeypatch.context() as broken:
        broken.setattr(record_usage.telemetry, "record", lambda *_, **__: 1 / 0)
        assert failed(record_usage.handler(sqs(message), context)) == ["message-0"]
    assert _recorded(tenant) == ([], None)
    assert failed(record_usage.handler(sqs(message), context)) == []
    assert _recorded(tenant)[1] == 1


def test_anything_else_fails_alone(tenant, clock, context):
    stray = make_event(tenant, "invoice.paid", {}, clock())
    broken = make_event(tenant, "usage.reported", {"reporter": "u", "events": [{}]}, clock())
    batch = sqs(stray, broken, _report(clock, tenant, usage("a")))
    assert failed(record_usage.handler(batch, context)) == ["message-0", "message-1"]
    assert _recorded(tenant)[1] == 1
