"""Idempotency keys: one effect per key, the stored answer afterwards."""

import threading

import pytest

from handlers.platform.base.errors import BadRequest, InProgress, Unprocessable
from handlers.platform.database import sessions
from handlers.platform.messaging.idempotency import Request, StoredAnswer, hash_body, once

ROUTE = "POST /v1/things"


@pytest.fixture
def send(tenant, clock):
    """Send a request that renames the tenant after its body."""

    def send(key="k1", body="one", tenant=tenant, route=ROUTE, after=lambda: None):
        def run():
            session.execute("UPDATE tenants SET name = %s", [body])
            session.execute(
                "UPDATE tenants SET settings = jsonb_set(settings, '{runs}',"
                " to_jsonb(coalesce((settings->>'runs')::int, 0) + 1))"
            )
            after()
            return StoredAnswer(201, {"name": body}, {"Location": "/v1/things/1"})

        with sessions.tenant_session(tenant) as session:
            request = Request(tenant, route, key, hash_body(body.encode()))
            return once(session, request, run, clock())

    return send


def _runs(tenant):
    with sessions.tenant_session(tenant) as session:
        return session.one("SELECT settings FROM tenants")["settings"].get("runs", 0)


def test_the_same_request_again_gets_the_stored_answer(tenant, send):
    assert send() == send() == StoredAnswer(201, {"name": "one"}, {"Location": "/v1/things/1"})
    assert _runs(tenant) == 1


def test_the_same_key_with_another_body_is_refused(tenant, send):
    send()
    with pytest.raises(Unprocessable, match="another body"):
        send(body="two")
    assert _runs(tenant) == 1


def test_keys_are_scoped_to_tenant_and_route(make_tenant, tenant, send):
    other = make_tenant()
    send()
    send(body="two", route="POST /v1/others")
    send(body="three", tenant=other)
    assert (_runs(tenant), _runs(other)) == (2, 1)


def test_a_key_expires_after_a_day(tenant, send, clock):
    send()
    clock.forward(hours=24)
    assert send(body="two").body == {"name": "two"}
    assert send(body="two").body == {"name": "two"}
    assert _runs(tenant) == 2


def test_a_crash_undoes_the_effect_and_frees_the_key(tenant, send):
    def die():
        raise SystemExit

    with pytest.raises(SystemExit):
        send(after=die)
    assert _runs(tenant) == 0
    assert send(body="two").body == {"name": "two"}


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_a_sensible_length(send, key):
    with pytest.raises(BadRequest, match="1 to 255"):
        send(key=key)


def test_a_request_that_is_still_running_answers_409(tenant, send):
    inside, resume = threading.Event(), threading.Event()

    def wait():
        inside.set()
        resume.wait(10)

    thread = threading.Thread(target=send, kwargs={"after": wait})
    thread.start()
    assert inside.wait(10)
    with pytest.raises(InProgress) as caught:
        send()
    resume.set()
    thread.join(10)
    assert caught.value.status == 409
    assert caught.value.retryable
    assert send().status == 201
    assert _runs(tenant) == 1


def test_other_keys_do_not_wait_for_a_running_request(make_tenant, send):
    inside, resume = threading.Event(), threading.Event()
    other = make_tenant()

    def wait():
        inside.set()
        resume.wait(10)

    thread = threading.Thread(target=send, kwargs={"after": wait})
    thread.start()
    assert inside.wait(10)
    assert send(tenant=other).status == 201
    resume.set()
    thread.join(10)
