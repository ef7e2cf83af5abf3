"""Deliveries: one sender at a time, a crash loses nothing and repeats nothing."""

import threading

import pytest

from handlers.platform.database import sessions
from handlers.platform.messaging import deliveries
from handlers.platform.messaging.deliveries import (
    DeliveryBusyError,
    DeliveryUncertainError,
    NotSentError,
    deliver,
)


class Provider:
    """Takes every message."""

    def __init__(self):
        self.sent = []

    def __call__(self, key):
        self.sent.append(key)
        return f"id-{len(self.sent)}"


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def deliver_mail(tenant, clock):
    return lambda send: deliver(tenant, "welcome/1", "mail", "a@b.example", send, clock)


def _row(tenant):
    with sessions.tenant_session(tenant) as session:
        return session.one("SELECT state, fence, provider_id, last_error FROM deliveries")


def test_a_delivery_is_sent_once_and_its_id_kept(tenant, deliver_mail, provider):
    assert [deliver_mail(provider), deliver_mail(provider)] == ["id-1", "id-1"]
    assert provider.sent == ["welcome/1"]
    assert _row(tenant)["state"] == "sent"


def test_a_refusal_is_tried_again(tenant, deliver_mail, provider):
    def refuse(key):
        raise NotSentError("MessageRejected")

    with pytest.raises(NotSentError):
        deliver_mail(refuse)
    assert _row(tenant)["last_error"] == "MessageRejected"
    assert deliver_mail(provider) == "id-1"
    assert _row(tenant) == {"state": "sent", "fence": 2, "provider_id": "id-1", "last_error": None}


def test_a_crash_after_the_claim_is_taken_over_when_the_lease_is_over(
    tenant, deliver_mail, provider, clock, monkeypatch
):
    def die(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(deliveries._Claim, "step", die)
        with pytest.raises(SystemExit):
            deliver_mail(provider)
    with pytest.raises(DeliveryBusyError):
        deliver_mail(provider)
    clock.forward(seconds=30)
    assert deliver_mail(provider) == "id-1"
    assert provider.sent == ["welcome/1"]
    assert _row(tenant)["fence"] == 2


def test_a_crash_while_sending_is_not_repeated_but_reported(tenant, deliver_mail, provider, clock):
    def send_and_die(key):
        provider(key)
        raise SystemExit

    with pytest.raises(SystemExit):
        deliver_mail(send_and_die)
    clock.forward(seconds=30)
    for _ in range(2):
        with pytest.raises(DeliveryUncertainError, match="may have been sent"):
            deliver_mail(provider)
    assert provider.sent == ["welcome/1"]
    assert _row(tenant)["state"] == "uncertain"


def test_an_answer_that_never_came_is_uncertain_too(tenant, deliver_mail, provider):
    def time_out(key):
        raise TimeoutError("read timed out")

    for send in (time_out, provider):
        with pytest.raises(DeliveryUncertainError):
            deliver_mail(send)
    assert provider.sent == []
    assert _row(tenant)["last_error"] == "read timed out"


def test_a_person_may_let_an_uncertain_delivery_go_again(tenant, deliver_mail, provider):
    def time_out(key):
        raise TimeoutError

    with pytest.raises(DeliveryUncertainError):
        deliver_mail(time_out)
    with sessions.tenant_session(tenant) as session:
        session.execute("UPDATE deliveries SET state = 'claimed', lease_expires_at = created_at")
    assert deliver_mail(provider) == "id-1"


@pytest.mark.parametrize("fault", [SystemExit, TimeoutError, NotSentError])
def test_what_may_be_repeated_is_never_uncertain(tenant, provider, clock, fault):
    """The provider knows the key: what it got already it does not do again."""

    def send_and_fail(key):
        provider(key)
        raise fault

    def send(sender):
        return deliver(tenant, "charge/1", "stripe", "in_1", sender, clock, is_repeatable=True)

    with pytest.raises(fault):
        send(send_and_fail)
    clock.forward(seconds=30)
    assert send(provider) == "id-2"
    assert provider.sent == ["charge/1", "charge/1"]
    assert _row(tenant)["state"] == "sent"


def test_a_holder_whose_lease_is_over_neither_sends_nor_marks(tenant, clock, provider):
    late = deliveries._claim(tenant, "welcome/1", "mail", "a@b.example", clock())
    clock.forward(seconds=30)
    assert not late.step(deliveries._BEGIN, clock())
    early = deliveries._claim(tenant, "welcome/1", "mail", "a@b.example", clock())
    assert early.fence == late.fence + 1
    assert early.step(deliveries._BEGIN, clock())
    assert not late.step(deliveries._SENT, clock(), provider_id="late")
    assert not late.step(deliveries._REFUSED, clock(), reason="late")
    assert early.step(deliveries._SENT, clock(), provider_id="early")
    assert _row(tenant)["provider_id"] == "early"


def test_of_two_at_once_one_sends(deliver_mail, provider):
    inside, resume = threading.Event(), threading.Event()

    def slowly(key):
        inside.set()
        resume.wait(10)
        return provider(key)

    thread = threading.Thread(target=deliver_mail, args=(slowly,))
    thread.start()
    assert inside.wait(10)
    with pytest.raises(DeliveryBusyError):
        deliver_mail(provider)
    resume.set()
    thread.join(10)
    assert provider.sent == ["welcome/1"]


def test_nothing_is_sent_within_a_transaction(tenant, deliver_mail):
    def look(key):
        with sessions.tenant_session(tenant) as session:
            return str(session.one("SELECT state FROM deliveries")["state"])

    assert deliver_mail(look) == "sending"
