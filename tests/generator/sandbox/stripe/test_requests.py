"""What the stand-in accepts as a request: the key, the parameters, the idempotency key."""

import threading
import time
from typing import Any

import pytest
from stripe import (
    APIError,
    AuthenticationError,
    IdempotencyError,
    InvalidRequestError,
    StripeClient,
)

from saasgen.sandbox.stripe.account import StripeAccount
from saasgen.sandbox.stripe.transport import InProcessTransport

from .conftest import Clock


@pytest.mark.parametrize(
    ("params", "sentence", "code"),
    [
        ({"nickname": "x"}, "unknown parameter: nickname", "parameter_unknown"),
        ({"metadata": "x"}, "Invalid object", None),
        (
            {"address": {"street": "x"}},
            r"unknown parameter: address\[street\]",
            "parameter_unknown",
        ),
        ({"balance": "much"}, "Invalid integer: much", "parameter_invalid_integer"),
        ({"tax_exempt": "perhaps"}, "must be one of exempt, none, reverse", None),
        ({"preferred_locales": "en"}, "Invalid array", None),
    ],
)
def test_parameters_are_held_to_the_types_of_the_sdk(
    stripe: StripeClient, params: Any, sentence: str, code: str | None
) -> None:
    with pytest.raises(InvalidRequestError, match=sentence) as refused:
        stripe.v1.customers.create(params)
    assert (refused.value.http_status, refused.value.code) == (400, code)


def test_what_must_be_there_must_be_there(stripe: StripeClient) -> None:
    with pytest.raises(InvalidRequestError, match="Missing required param: url"):
        stripe.v1.webhook_endpoints.create({"enabled_events": ["*"]})  # type: ignore[typeddict-item]


def test_what_stripe_knows_and_the_stand_in_does_not_is_no_silent_success(
    stripe: StripeClient, customer: str
) -> None:
    with pytest.raises(APIError, match="does not know what footer does") as refused:
        stripe.v1.invoices.create({"customer": customer, "footer": "x"})
    assert refused.value.http_status == 501


def test_a_key_that_does_not_hold_opens_nothing(account: StripeAccount) -> None:
    stranger = StripeClient("sk_test_other", http_client=InProcessTransport(account))
    with pytest.raises(AuthenticationError):
        stranger.v1.customers.list()


def test_an_unknown_id_is_missing(stripe: StripeClient) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        stripe.v1.invoices.retrieve("in_1")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_the_same_key_gives_the_same_answer(
    stripe: StripeClient, account: StripeAccount, clock: Clock
) -> None:
    made = [
        stripe.v1.customers.create({"name": "x"}, {"idempotency_key": "k"}).id for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len([*account.store.every("customer")]) == 1
    clock.forward(days=1)
    assert stripe.v1.customers.create({"name": "x"}, {"idempotency_key": "k"}).id != made[0]


def test_the_same_key_gives_the_same_refusal(stripe: StripeClient, customer: str) -> None:
    """An answer stays an answer, though what it refuses would be possible by now."""

    def finalize(invoice: str) -> Any:
        return stripe.v1.invoices.finalize_invoice(invoice, options={"idempotency_key": "k"})

    invoice = stripe.v1.invoices.create({"customer": customer}).id
    assert finalize(invoice).status == finalize(invoice).status == "paid"
    with pytest.raises(IdempotencyError):
        finalize("in_other")


def test_a_key_belongs_to_its_parameters(stripe: StripeClient) -> None:
    stripe.v1.customers.create({"name": "x"}, {"idempotency_key": "k"})
    with pytest.raises(IdempotencyError, match="same parameters") as refused:
        stripe.v1.customers.create({"name": "y"}, {"idempotency_key": "k"})
    assert refused.value.http_status == 400


def test_what_never_ran_leaves_its_key_free(stripe: StripeClient) -> None:
    with pytest.raises(InvalidRequestError):
        stripe.v1.customers.create({"nickname": "x"}, {"idempotency_key": "k"})  # type: ignore[typeddict-unknown-key]
    assert stripe.v1.customers.create({"name": "x"}, {"idempotency_key": "k"}).name == "x"


def test_a_key_that_is_in_use_conflicts(stripe: StripeClient, account: StripeAccount) -> None:
    def create() -> None:
        stripe.v1.customers.create({"name": "x"}, {"idempotency_key": "k"})

    first = threading.Thread(target=create)
    with account.store.lock:  # the first has claimed the key, and waits to run
        first.start()
        deadline = time.monotonic() + 10
        while "k" not in account._keys._entries and time.monotonic() < deadline:
            time.sleep(0.001)
        with pytest.raises(APIError, match="in-progress") as refused:
            create()
    first.join()
    assert refused.value.http_status == 409
    assert len([*account.store.every("customer")]) == 1


def test_a_search_finds_only_what_was_there_a_while_ago(stripe: StripeClient, clock: Clock) -> None:
    made = stripe.v1.customers.create({"metadata": {"tenant_id": "1", "stack": "a"}})
    stripe.v1.customers.create({"metadata": {"tenant_id": "1", "stack": "b"}})

    def found() -> list[str]:
        query = "metadata['tenant_id']:'1' AND metadata['stack']:'a'"
        return [one.id for one in stripe.v1.customers.search({"query": query}).data]

    assert found() == []
    clock.forward(minutes=1)
    assert found() == [made.id]


def test_metadata_is_merged_and_taken_away(stripe: StripeClient) -> None:
    made = stripe.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    changed = stripe.v1.customers.update(made.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}


def test_a_default_must_be_the_customers_own(stripe: StripeClient, customer: str) -> None:
    other = stripe.v1.customers.create().id
    method = stripe.v1.payment_methods.attach("pm_card_visa", {"customer": other}).id
    with pytest.raises(InvalidRequestError, match="must be attached"):
        stripe.v1.customers.update(
            customer, {"invoice_settings": {"default_payment_method": method}}
        )


def test_what_was_detached_is_used_up(stripe: StripeClient, customer: str) -> None:
    method = stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    stripe.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    stripe.v1.payment_methods.detach(method)
    assert stripe.v1.payment_methods.list({"customer": customer}).data == []
    left = stripe.v1.customers.retrieve(customer)
    assert left.invoice_settings is not None
    assert left.invoice_settings.default_payment_method is None
    with pytest.raises(InvalidRequestError, match="previously"):
        stripe.v1.payment_methods.attach(method, {"customer": customer})
