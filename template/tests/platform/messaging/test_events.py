"""The outbox: with its cause or not at all, in order, at least once, never by two at a time."""

import threading
from uuid import uuid4

import psycopg
import pytest

from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging import events
from handlers.platform.messaging.events import Event, nudge_relay, publish, relay_batch

OUTBOX = "SELECT event_id, published_at, attempts, last_error FROM outbox ORDER BY event_id"


def _publish(tenant, clock, count=1):
    with sessions.tenant_session(tenant) as session:
        return [publish(session, "test.made", {"n": n}, clock()) for n in range(count)]


def _relay(clock, send, limit=10):
    with sessions.service_session() as session:
        return relay_batch(session, send, limit, clock())


def _outbox():
    with sessions.service_session() as session:
        return session.all(OUTBOX)


class Topic:
    """Takes events, except those it is told to refuse."""

    def __init__(self):
        self.taken = []
        self.refuse = set()

    def __call__(self, batch):
        self.taken += [event for event in batch if event.event_id not in self.refuse]
        return {e.event_id: "Throttled" for e in batch if e.event_id in self.refuse}


def test_an_event_goes_with_what_caused_it(tenant, clock):
    def publish_and_fail():
        with sessions.tenant_session(tenant) as session:
            publish(session, "test.made", {}, clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()
    assert _outbox() == []


def test_a_relayed_event_carries_all_it_was_published_with(tenant, clock):
    topic, cause = Topic(), uuid4()
    with sessions.tenant_session(tenant) as session:
        event_id = publish(session, "test.made", {"a": 1}, clock(), correlation_id=cause)
    assert _relay(clock, topic) == 1
    assert topic.taken == [
        Event(
            event_id=event_id,
            event_type="test.made",
            tenant_id=tenant,
            occurred_at=clock(),
            data={"a": 1},
            correlation_id=cause,
        )
    ]


def test_an_event_without_a_cause_begins_a_chain(tenant, clock):
    topic = Topic()
    [event_id] = _publish(tenant, clock)
    _relay(clock, topic)
    assert topic.taken[0].correlation_id == event_id


def test_the_service_publishes_for_a_tenant_it_names(tenant, clock):
    with sessions.service_session() as session:
        publish(session, "test.made", {}, clock(), tenant_id=tenant)
        with pytest.raises(ValueError, match="pass tenant_id"):
            publish(session, "test.made", {}, clock())


def test_a_tenant_cannot_publish_for_another(make_tenant, clock):
    mine, other = make_tenant(), make_tenant()
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        sessions.tenant_session(mine) as session,
    ):
        publish(session, "test.made", {}, clock(), tenant_id=TenantId(other))


def test_events_leave_in_the_order_they_were_written(make_tenant, clock):
    topic, written = Topic(), []
    tenants = [make_tenant(), make_tenant()]
    for number in range(6):
        written += _publish(tenants[number % 2], clock, count=3)
        clock.forward(milliseconds=number % 2)
    while _relay(clock, topic, limit=4):
        pass
    assert [event.event_id for event in topic.taken] == written


def test_a_published_event_is_not_sent_again(tenant, clock):
    topic = Topic()
    _publish(tenant, clock)
    assert [_relay(clock, topic), _relay(clock, topic)] == [1, 0]
    assert len(topic.taken) == 1


def test_a_refused_event_waits_longer_each_time_and_holds_up_no_other(tenant, clock):
    topic = Topic()
    first, second = _publish(tenant, clock, count=2)
    topic.refuse = {first}
    assert _relay(clock, topic, limit=1) == 0
    assert _relay(clock, topic, limit=1) == 1
    assert [event.event_id for event in topic.taken] == [second]
    assert _outbox()[0] | {"published_at": None} == {
        "event_id": first,
        "published_at": None,
        "attempts": 1,
        "last_error": "Throttled",
    }
    clock.forward(seconds=1)
    _relay(clock, topic)
    clock.forward(seconds=1)
    topic.refuse = set()
    assert _relay(clock, topic) == 0
    clock.forward(seconds=1)
    assert _relay(clock, topic) == 1


def test_a_crash_between_sending_and_marking_sends_again(tenant, clock):
    sent = Topic()
    _publish(tenant, clock)

    def send_and_die(batch):
        sent(batch)
        raise SystemExit

    with pytest.raises(SystemExit):
        _relay(clock, send_and_die)
    assert _relay(clock, sent) == 1
    assert sent.taken[0] == sent.taken[1]


def test_two_relays_never_hold_the_same_event(tenant, clock):
    _publish(tenant, clock, count=20)
    first, second, inside = Topic(), Topic(), threading.Event()
    resume = threading.Event()

    def send_slowly(batch):
        inside.set()
        resume.wait(10)
        return first(batch)

    thread = threading.Thread(target=_relay, args=(clock, send_slowly))
    thread.start()
    assert inside.wait(10)
    assert _relay(clock, second) == 10
    resume.set()
    thread.join(10)
    assert len(first.taken) == 10
    assert {e.event_id for e in first.taken}.isdisjoint(e.event_id for e in second.taken)


class Functions:
    def __init__(self, fails=False):
        self.invocations = []
        self.fails = fails

    def invoke(self, **request):
        self.invocations.append(request)
        if self.fails:
            raise OSError("no route")


@pytest.fixture
def functions(monkeypatch):
    monkeypatch.setenv("RELAY_FUNCTION", "acme-dev-outbox-relay:live")
    settings.cache_clear()
    functions = Functions()
    monkeypatch.setattr(events, "_lambda_client", lambda: functions)
    monkeypatch.setattr(events._Pending, "written", False)
    return functions


def test_the_relay_is_nudged_once_after_events_were_written(functions, tenant, clock):
    nudge_relay()
    assert functions.invocations == []
    _publish(tenant, clock, count=2)
    nudge_relay()
    nudge_relay()
    assert functions.invocations == [
        {"FunctionName": "acme-dev-outbox-relay:live", "InvocationType": "Event"}
    ]


def test_a_nudge_that_fails_is_not_an_error(functions, tenant, clock):
    functions.fails = True
    _publish(tenant, clock)
    nudge_relay()
    assert len(functions.invocations) == 1


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_an_event_keeps_the_trace_of_its_request(tenant, clock, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    topic = Topic()
    _publish(tenant, clock)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.replace("5759e988", "00000000"))
    _relay(clock, topic)
    assert [event.trace_header for event in topic.taken] == [TRACE]


def test_a_header_that_is_none_costs_nobody_the_event(tenant, clock, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=nonsense")
    topic = Topic()
    _publish(tenant, clock)
    _relay(clock, topic)
    assert [event.trace_header for event in topic.taken] == [None]


@pytest.mark.parametrize(
    "header", ["", "Root=nonsense", f"{TRACE}\r\nX-Other: 1", f"{TRACE};Self={'x' * 2000}"]
)
def test_the_database_takes_no_header_that_could_not_be_sent(tenant, clock, header):
    _publish(tenant, clock)
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="outbox_trace_header_formed"),
        sessions.service_session() as session,
    ):
        session.execute("UPDATE outbox SET trace_header = %s", [header])


def test_the_trace_travels_beside_the_event_and_not_in_it(tenant, clock, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    topic = Topic()
    _publish(tenant, clock)
    _relay(clock, topic)
    assert "trace" not in topic.taken[0].model_dump_json(by_alias=True).lower()


def test_lines_about_an_event_name_the_trace_it_came_from(tenant, clock, monkeypatch, log_lines):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    [first, second] = _publish(tenant, clock, count=2)
    topic = Topic()
    topic.refuse = {second}
    _relay(clock, topic)
    published, refused = log_lines()
    assert published["message"] == "event published"
    assert published["eventId"] == str(first)
    assert refused["message"] == "event not taken"
    assert refused["eventId"] == str(second)
    for line in (published, refused):
        assert line["originTraceId"] == "1-5759e988-bd862e3fe1be46a994272793"
