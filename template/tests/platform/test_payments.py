"""The way to Stripe: amounts, the secret, and what failures are called."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from saasgen.sandbox.stripe.server import StripeServer
from stripe import RequestsClient, api_version

from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import Money
from handlers.platform.base.settings import MisconfiguredError, settings
from handlers.platform.payments import access, customers, secret
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Refused, UnknownObject, Unreachable
from handlers.platform.payments.invoices import retrieve


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        (Money(4999, "USD"), 4999),
        (Money(-300, "EUR"), -300),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50000),
        (Money(500, "UGX"), 50000),
        (Money(500, "MGA"), 5),
        (Money(5120, "KWD"), 5120),
    ],
    ids=str,
)
def test_amounts_are_counted_as_stripe_counts(amount: Money, sent: int) -> None:
    assert to_stripe(amount) == sent


@pytest.mark.parametrize(
    "amount", [Money(5123, "KWD"), Money(501, "MGA"), Money(1, "CLF")], ids=str
)
def test_what_stripe_cannot_charge_is_not_rounded(amount: Money) -> None:
    with pytest.raises(Refused):
        to_stripe(amount)


def store(value: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="acme-dev-stripe", SecretString=value)


@pytest.mark.parametrize("value", ["no json", "[]", '{"apiKey": "x"}', '"text"'])
def test_a_secret_of_another_shape_is_named(stripe: Any, value: str) -> None:
    store(value)
    with pytest.raises(MisconfiguredError, match="apiKey and webhookSecrets") as error:
        secret.secret()
    assert value not in str(error.value)


def test_the_secret_prints_nothing_of_itself(stripe: Any) -> None:
    assert repr(secret.secret()) == "Secret()"


def test_the_secret_is_read_again_after_five_minutes(
    stripe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = 1000.0
    monkeypatch.setattr(secret, "monotonic", lambda: time)
    first = secret.secret()
    store(json.dumps({"apiKey": "sk_test_new", "webhookSecrets": ["a"]}))
    time += 299
    assert secret.secret() == first
    time += 1
    assert secret.secret() == secret.Secret("sk_test_new", ("a",))


def test_what_was_refused_is_read_again_but_not_all_the_time(
    stripe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = 1000.0
    monkeypatch.setattr(secret, "monotonic", lambda: time)
    first = secret.secret()
    store(json.dumps({"apiKey": "sk_test_new", "webhookSecrets": []}))
    time += 29
    assert secret.secret(unlike=first) == first
    time += 1
    assert secret.secret(unlike=first).api_key == "sk_test_new"


@pytest.fixture
def over_http(stripe: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    """Reach a stand-in over the network, as a function does."""
    server = StripeServer()
    server.start()
    monkeypatch.setenv("STRIPE_API_BASE", server.endpoint)
    monkeypatch.setattr(access, "_transport", lambda: RequestsClient(timeout=5))
    settings.cache_clear()
    yield server
    server.stop()


def test_a_variable_leads_the_sdk_elsewhere(over_http: StripeServer) -> None:
    tenant = TenantId(uuid4())
    made = customers.find_or_make(tenant, "Initech", "pay@initech.example")
    (there,) = over_http.account.store.every("customer")
    assert (there["id"], there["name"]) == (made, "Initech")


def test_an_unknown_invoice_is_told_from_an_outage(over_http: StripeServer) -> None:
    with pytest.raises(UnknownObject):
        retrieve("in_1")
    over_http.stop()
    with pytest.raises(Unreachable):
        retrieve("in_1")


def test_our_patience_is_limited_and_nothing_is_repeated_behind_our_back() -> None:
    transport = access._transport()
    assert transport._timeout == (2.0, 8.0)  # type: ignore[attr-defined]
    access._transport.cache_clear()


def test_the_version_is_the_one_that_the_sdk_was_made_for() -> None:
    assert api_version == access.API_VERSION
