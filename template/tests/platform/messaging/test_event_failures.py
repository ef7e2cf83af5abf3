"""Why events failed is kept, and keeping it harms nothing."""

import psycopg
import pytest

from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.database import sessions
from handlers.platform.messaging import event_failures, inbox


@pytest.fixture
def event(tenant, make_event):
    return make_event(tenant)


@pytest.fixture
def consume(event, clock):
    """Hand the event to a consumer and return whether it took it."""

    def consume(effect):
        record = {"messageId": "m1", "body": event.model_dump_json(by_alias=True)}
        answer = inbox.batch("test", [record], effect, clock)
        return answer == {"batchItemFailures": []}

    return consume


def _rows(tenant):
    with sessions.tenant_session(tenant) as session:
        return session.all(
            "SELECT consumer, event_id, event_type, attempts, last_reason, first_failed_at,"
            " last_failed_at FROM event_failures"
        )


def _fail(session, event, now):
    session.execute("UPDATE tenants SET name = 'Half done'")
    raise ValueError("unlucky")


def test_a_failure_is_recorded_although_its_transaction_was_undone(tenant, event, consume, clock):
    began = clock()
    assert not consume(_fail)
    assert _rows(tenant) == [
        {
            "consumer": "test",
            "event_id": event.event_id,
            "event_type": "test.made",
            "attempts": 1,
            "last_reason": "ValueError: unlucky",
            "first_failed_at": began,
            "last_failed_at": began,
        }
    ]
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT name FROM tenants") == {"name": "Initech"}


def test_attempts_are_counted_and_the_last_reason_is_kept(tenant, consume, clock):
    began = clock()
    consume(_fail)
    clock.forward(minutes=3)
    consume(lambda session, event, now: 1 // 0)
    [row] = _rows(tenant)
    assert row["attempts"] == 2
    assert row["last_reason"].startswith("ZeroDivisionError: ")
    assert (row["first_failed_at"], row["last_failed_at"]) == (began, clock())


def test_success_records_nothing_and_runs_no_further_statement(consume, tenant, monkeypatch):
    def refuse(*args):
        raise AssertionError("nothing failed")

    monkeypatch.setattr(event_failures, "record", refuse)
    assert consume(lambda session, event, now: None)
    assert _rows(tenant) == []


def test_a_statement_that_took_too_long_is_a_reason(tenant, consume):
    def dawdle(session, event, now):
        session.execute("SET LOCAL statement_timeout = '1ms'")
        session.execute("SELECT pg_sleep(1)")

    assert not consume(dawdle)
    [row] = _rows(tenant)
    assert row["last_reason"] == "QueryCanceled: canceling statement due to statement timeout"


def test_a_database_that_is_away_is_not_asked_again(database, consume, log_lines):
    asked = []

    def refuse(role):
        asked.append(role)
        raise psycopg.OperationalError("connection refused")

    with sessions.connected_by(refuse):
        assert not consume(_fail)
    assert asked == ["app"]
    [failed] = [found for found in log_lines() if found["message"] == "event failed"]
    assert failed["level"] == "ERROR"


@pytest.mark.parametrize("code", ["08006", "57P01"])
def test_a_server_that_goes_away_counts_as_away(tenant, event, clock, code):
    lost = ServiceUnavailable("later")
    lost.__cause__ = psycopg.errors.lookup(code)("the server is gone")
    event_failures.record("test", event, lost, clock())
    assert _rows(tenant) == []


def test_a_failure_to_record_stays_without_consequence(
    database, make_event, operator, clock, log_lines
):
    unknown = make_event(operator).model_copy(update={"tenant_id": make_event(operator).event_id})
    event_failures.record("test", unknown, ValueError("unlucky"), clock())
    [said] = log_lines()
    assert said["message"] == "could not record why the event failed"
    assert said["level"] == "WARNING"


def test_reasons_are_found_for_the_consumer_that_failed(tenant, event, consume):
    consume(_fail)
    with sessions.service_session() as session:
        found = event_failures.find(session, "test", [event])
        assert found == {event.event_id: event_failures.Failure(1, "ValueError: unlucky")}
        assert event_failures.find(session, "another", [event]) == {}
        assert event_failures.find(session, "test", []) == {}
