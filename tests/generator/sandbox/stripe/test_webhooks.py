"""Webhooks of the stand-in: signed, filtered, delivered again until they are taken."""

import json
import random
import threading
import time
from collections.abc import Iterator

import pytest
from stripe import SignatureVerificationError, StripeClient, Webhook

from saasgen.sandbox.stripe.account import API_KEY, StripeAccount
from saasgen.sandbox.stripe.server import StripeServer
from saasgen.sandbox.stripe.webhook_endpoints import roll_secret
from saasgen.sandbox.stripe.webhooks import Courier, Webhooks
from saasgen.sandbox.web_server import Request, Response, WebServer

URL = "https://api.example/hooks"


class Inbox:
    """An endpoint that keeps what it got, and refuses the first few."""

    def __init__(self, refuses: int = 0) -> None:
        self.refuses = refuses
        self.got: list[tuple[bytes, str]] = []
        self.lock = threading.Lock()

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        with self.lock:
            self.got.append((body, headers["Stripe-Signature"]))
            return 500 if len(self.got) <= self.refuses else 200

    def __call__(self, request: Request) -> Response:
        header = request.header("Stripe-Signature") or ""
        return Response(self.post("", request.body, {"Stripe-Signature": header}))

    def wait_for(self, number: int) -> None:
        deadline = time.monotonic() + 20
        while len(self.got) < number and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.got) == number

    @property
    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in self.got]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def webhooks(account: StripeAccount, inbox: Inbox) -> Webhooks:
    return Webhooks(account.store, inbox.post)


def test_the_real_sdk_takes_an_event_for_signed(
    stripe: StripeClient, webhooks: Webhooks, inbox: Inbox
) -> None:
    secret = stripe.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["*"]}).secret
    stripe.v1.customers.create({"name": "Initech"})
    assert webhooks.deliver() == []
    ((body, header),) = inbox.got
    event = Webhook.construct_event(body, header, secret)
    assert (event.type, event.data.object["name"]) == ("customer.created", "Initech")
    with pytest.raises(SignatureVerificationError):
        Webhook.construct_event(body, header, "whsec_other")


def test_a_secret_is_shown_once_and_rolls_with_an_overlap(
    stripe: StripeClient, account: StripeAccount, webhooks: Webhooks, inbox: Inbox
) -> None:
    made = stripe.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["*"]})
    (listed,) = stripe.v1.webhook_endpoints.list().data
    assert not hasattr(listed, "secret")
    new = roll_secret(account.store.get("webhook_endpoint", made.id), keep_old=True)
    stripe.v1.customers.create()
    webhooks.deliver()
    ((body, header),) = inbox.got
    for secret in (made.secret, new):
        assert Webhook.construct_event(body, header, secret).type == "customer.created"


def test_an_endpoint_hears_only_what_it_asked_for(
    stripe: StripeClient, webhooks: Webhooks, inbox: Inbox
) -> None:
    stripe.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["customer.updated"]})
    made = stripe.v1.customers.create()
    stripe.v1.customers.update(made.id, {"name": "x"})
    webhooks.deliver()
    assert [json.loads(body)["type"] for body, _ in inbox.got] == ["customer.updated"]


def test_events_come_twice_and_in_another_order_if_wanted(
    stripe: StripeClient, webhooks: Webhooks, inbox: Inbox
) -> None:
    stripe.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["*"]})
    for _ in range(5):
        stripe.v1.customers.create()
    happened = [event.id for event in reversed(stripe.v1.events.list().data)]
    webhooks.deliver(shuffle=random.Random(1), copies=2)
    assert sorted(inbox.ids) == sorted(happened * 2)
    assert inbox.ids != happened * 2


@pytest.fixture
def endpoint(inbox: Inbox) -> Iterator[str]:
    server = WebServer(inbox)
    server.start()
    yield f"http://127.0.0.1:{server.port}/hooks"
    server.stop()


@pytest.mark.parametrize(
    ("refuses", "duplicates", "expected"), [(0, 0.0, 1), (1, 0.0, 2), (0, 1.0, 2)]
)
def test_over_http_the_courier_delivers_and_repeats(
    inbox: Inbox, endpoint: str, refuses: int, duplicates: float, expected: int
) -> None:
    inbox.refuses = refuses
    server = StripeServer(courier=lambda hooks: Courier(hooks, 0.05, duplicates))
    secret = server.listen(endpoint)["webhookSecrets"][0]
    assert server.listen(endpoint)["webhookSecrets"] == [secret]
    server.start()
    try:
        stripe = StripeClient(API_KEY, base_addresses={"api": server.endpoint})
        made = stripe.v1.customers.create({"name": "Initech", "metadata": {"a": "ä&="}})
        assert made.metadata is not None
        assert made.metadata["a"] == "ä&="
        inbox.wait_for(expected)
    finally:
        server.stop()
    body, header = inbox.got[-1]
    assert Webhook.construct_event(body, header, secret).data.object["id"] == made.id


def test_the_courier_says_what_it_has_still_to_deliver(inbox: Inbox, endpoint: str) -> None:
    inbox.refuses = 1
    server = StripeServer()
    server.listen(endpoint)
    server.start()
    try:
        StripeClient(API_KEY, base_addresses={"api": server.endpoint}).v1.customers.create()
        assert len(server.deliveries) == 1
        inbox.wait_for(2)
        deadline = time.monotonic() + 5
        while server.deliveries and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(server.deliveries) == 0
    finally:
        server.stop()
