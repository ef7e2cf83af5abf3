"""Consumers: each event once, a bad record alone."""

import threading
from uuid import uuid4

import pytest

from handlers.platform.database import sessions
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import publish


@pytest.fixture
def make_record(tenant, make_event):
    def make(number=1, **fields):
        event = make_event(tenant, data={"name": f"Name {number}"}).model_copy(update=fields)
        return {"messageId": f"m{number}", "body": event.model_dump_json(by_alias=True)}

    return make


def _rename(session, event, now):
    session.execute("UPDATE tenants SET name = %s, updated_at = %s", [event.data["name"], now])
    if event.data["name"] == "Name 13":
        raise ValueError("unlucky")


def _name(tenant):
    with sessions.tenant_session(tenant) as session:
        return session.one("SELECT name FROM tenants")["name"]


def _marks(tenant):
    with sessions.tenant_session(tenant) as session:
        return session.one("SELECT count(*) AS n FROM processed_events")["n"]


def test_an_event_takes_effect(tenant, make_record, clock):
    assert inbox.batch("test", [make_record()], _rename, clock) == {"batchItemFailures": []}
    assert _name(tenant) == "Name 1"


def test_the_same_event_takes_effect_once(tenant, make_record, clock):
    seen = []
    record = make_record()
    for _ in range(3):
        inbox.batch("test", [record, record], lambda s, e, now: seen.append(e.event_id), clock)
    assert len(seen) == 1
    inbox.batch("another", [record], lambda s, e, now: seen.append(e.event_id), clock)
    assert len(seen) == 2


def test_one_bad_record_fails_alone(tenant, make_record, clock):
    records = [make_record(1), make_record(13), make_record(3)]
    answer = inbox.batch("test", records, _rename, clock)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m13"}]}
    assert _name(tenant) == "Name 3"
    assert _marks(tenant) == 2


@pytest.mark.parametrize("body", ["", "{", "[]", '{"eventId": "1"}', '{"eventType": null}'])
def test_a_message_that_is_no_event_is_reported_with_its_reason(
    tenant, make_record, clock, body, log_lines
):
    records = [{"messageId": "bad", "body": body}, make_record()]
    answer = inbox.batch("test", records, _rename, clock)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    [line] = [line for line in log_lines() if line["level"] == "ERROR"]
    assert line["message"] == "message is not an event"
    assert line["messageId"] == "bad"
    assert line["reason"]


def test_a_failure_is_logged_with_the_event_it_belongs_to(tenant, make_record, clock, log_lines):
    inbox.batch("test", [make_record(13), make_record(1)], _rename, clock)
    failed, handled = log_lines()
    assert failed["level"] == "ERROR"
    assert failed["reason"] == "unlucky"
    assert failed["tenantId"] == str(tenant)
    assert failed["eventType"] == "test.made"
    assert failed["messageId"] == "m13"
    assert handled["message"] == "event handled"


def test_an_event_of_a_tenant_that_does_not_exist_fails(make_record, clock):
    record = make_record(tenant_id=uuid4())
    assert inbox.batch("test", [record], lambda s, e, now: None, clock) == {
        "batchItemFailures": [{"itemIdentifier": "m1"}]
    }


def test_a_crash_after_the_effect_leaves_neither_effect_nor_mark(tenant, make_record, clock):
    record = make_record()

    def rename_and_die(session, event, now):
        _rename(session, event, now)
        raise SystemExit

    with pytest.raises(SystemExit):
        inbox.batch("test", [record], rename_and_die, clock)
    assert _name(tenant) == "Initech"
    assert _marks(tenant) == 0
    inbox.batch("test", [record], _rename, clock)
    assert _name(tenant) == "Name 1"


def test_two_consumers_of_the_same_event_at_once_have_one_effect(tenant, make_record, clock):
    record, effects = make_record(), []
    inside, resume = threading.Event(), threading.Event()

    def slowly(session, event, now):
        effects.append("slow")
        inside.set()
        resume.wait(10)

    def quickly(session, event, now):
        effects.append("quick")

    slow = threading.Thread(target=inbox.batch, args=("test", [record], slowly, clock))
    slow.start()
    assert inside.wait(10)
    quick = threading.Thread(target=inbox.batch, args=("test", [record], quickly, clock))
    quick.start()
    quick.join(0.2)
    assert quick.is_alive()
    resume.set()
    slow.join(10)
    quick.join(10)
    assert effects == ["slow"]


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture
def traced(make_record, monkeypatch):
    """Return a record of a traced event, in an invocation under another trace."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.replace("5759e988", "00000000"))
    attribute = {"dataType": "String", "stringValue": TRACE}
    return make_record() | {"messageAttributes": {"traceHeader": attribute}}


def test_a_consumers_lines_name_the_trace_the_event_came_from(
    traced, make_record, clock, log_lines
):
    inbox.batch("test", [traced, make_record(2)], lambda s, e, now: None, clock)
    of_traced, of_other = log_lines()
    assert of_traced["originTraceId"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert of_traced["xray_trace_id"] == "1-00000000-bd862e3fe1be46a994272793"
    assert "originTraceId" not in of_other


def test_what_a_consumer_publishes_carries_on_the_trace(traced, make_record, clock):
    def follow_up(session, event, now):
        publish(session, "test.followed", {}, now, correlation_id=event.correlation_id)

    inbox.batch("test", [traced, make_record(2)], follow_up, clock)
    with sessions.service_session() as session:
        rows = session.all("SELECT trace_header FROM outbox ORDER BY event_id")
    of_traced, of_other = (row["trace_header"] for row in rows)
    assert of_traced == TRACE
    assert of_other.startswith("Root=1-00000000-")


def test_a_broken_trace_does_not_stop_the_event(traced, tenant, clock):
    traced["messageAttributes"]["traceHeader"]["stringValue"] = "Root=nonsense"
    assert inbox.batch("test", [traced], _rename, clock) == {"batchItemFailures": []}
    assert _name(tenant) == "Name 1"
