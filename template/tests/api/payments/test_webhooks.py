"""Stripe's webhooks: only what it signed counts, once, in whatever order it arrives."""

import json
import random
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest
from saasgen.sandbox.stripe.account import API_KEY
from saasgen.sandbox.stripe.webhook_endpoints import roll_secret
from saasgen.testing import Database
from stripe import WebhookSignature

from handlers.consumers import collect_payments
from handlers.domain.billing.invoices import Invoice
from handlers.platform.base.ids import TenantId
from handlers.platform.payments import secret
from handlers.services.payments import collection

from ... import collecting
from ...collecting import credit, pay_there, published, sdk, status_of
from ..conftest import Client, Reply

PATH = "/v1/webhooks/stripe"
ROUNDS = range(12)


@pytest.fixture
def sent(stripe: Any, anyone: Client) -> list[Reply]:
    """Let the provider's webhooks come in, and keep the answers."""
    answers: list[Reply] = []

    def endpoint(body: bytes, headers: dict[str, str]) -> int:
        answers.append(anyone.post(PATH, raw=body.decode(), headers=headers))
        return answers[-1].status

    stripe.endpoint = endpoint
    return answers


@pytest.fixture
def collected(stripe: Any, database: Database, tenant: TenantId, clock: Any) -> Invoice:
    """Bring an invoice to Stripe, which nobody has paid yet."""
    invoice = collecting.issue(tenant, clock())
    collection.collect(tenant, invoice.invoice_id, uuid4(), clock(), clock)
    stripe.webhooks.take_waiting()
    return invoice


def work_off(clock: Any, shuffle: random.Random | None = None) -> None:
    """Handle what was reported, as the queue hands it on."""
    events = published("stripe.reported")
    if shuffle is not None:
        shuffle.shuffle(events)
    for event in events:
        collect_payments.handle(event, clock)


def test_what_was_paid_at_stripe_is_paid_here(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any
) -> None:
    pay_there(stripe, collected, "pm_card_visa")
    assert stripe.webhooks.deliver() == []
    assert status_of(collected) == "pending"

    work_off(clock)
    assert status_of(collected) == "paid"
    (told,) = published("invoice.paid")
    assert told.data["invoiceId"] == str(collected.invoice_id)
    assert told.data["actor"] == "stripe"


@pytest.mark.parametrize("seed", ROUNDS)
def test_any_order_and_any_number_of_times_end_the_same(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any, seed: int
) -> None:
    chance = random.Random(seed)
    pay_there(stripe, collected, "pm_card_chargeCustomerFail")
    if chance.random() < 0.5:
        # some arrive while the invoice is still open, some when it is paid
        stripe.webhooks.deliver(shuffle=chance)
        work_off(clock, chance)
    pay_there(stripe, collected, "pm_card_visa")
    assert stripe.webhooks.deliver(shuffle=chance, copies=3) == []
    work_off(clock, chance)
    work_off(clock, chance)

    assert status_of(collected) == "paid"
    assert len(published("invoice.paid")) == 1
    assert len(published("invoice.payment_failed")) <= 1
    assert len(stripe.all("charge")) == 1


def test_an_old_look_does_not_undo_a_newer_one(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any
) -> None:
    """Two consumers look; the first one's answer is late."""
    answer = stripe.answer

    def late(request: Any) -> Any:
        stripe.answer = answer
        old = answer(request)
        pay_there(stripe, collected, "pm_card_visa")
        collection.refresh(collected.tenant_id, collected.invoice_id, uuid4(), clock)
        return old

    stripe.answer = late
    assert collection.refresh(collected.tenant_id, collected.invoice_id, uuid4(), clock) is False
    assert status_of(collected) == "paid"


def test_a_report_counts_once(stripe: Any, sent: list[Reply], collected: Invoice) -> None:
    pay_there(stripe, collected, "pm_card_visa")
    stripe.webhooks.deliver(copies=2)
    about_invoice = [reply.json["isNew"] for reply in sent if reply.json["isNew"]]
    assert len(published("stripe.reported")) == len(about_invoice) == 2  # paid, payment_succeeded
    assert {reply.status for reply in sent} == {200}


def test_a_failed_payment_is_told_with_its_reason(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any
) -> None:
    pay_there(stripe, collected, "pm_card_chargeCustomerFail")
    stripe.webhooks.deliver(copies=2)
    work_off(clock)
    (told,) = published("invoice.payment_failed")
    assert told.data["reason"] == "generic_decline"
    assert status_of(collected) == "pending"


def test_a_refund_that_the_bank_sends_back_is_heard_of(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any
) -> None:
    pay_there(stripe, collected, "pm_card_refundFail")
    stripe.webhooks.deliver()
    work_off(clock)
    credit(collected, 500, clock(), refund=True)
    for event in published("invoice.credited"):
        collect_payments.handle(event, clock)
    clock.forward(minutes=2)
    sdk().v1.refunds.list()  # whatever is asked next finds that the bank has decided
    assert stripe.webhooks.deliver(copies=2) == []
    assert {reply.status for reply in sent} == {200}
    work_off(clock)
    (told,) = published("refund.failed")
    assert told.data["reason"] == "expired_or_canceled_card"


def signed(body: str, key: str, moment: float) -> dict[str, str]:
    header = WebhookSignature.generate_signature_header(body, key, int(moment))
    return {"Stripe-Signature": header}


def body_about(stripe: Any) -> str:
    (theirs,) = stripe.all("invoice")
    return json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": "invoice.paid",
            "created": int(time.time()),
            "data": {"object": theirs},
        }
    )


@pytest.mark.parametrize(
    "headers",
    [
        lambda body, key: {},
        lambda body, key: {"Stripe-Signature": "nonsense"},
        lambda body, key: {"Stripe-Signature": "t=,v1="},
        lambda body, key: signed(body, "whsec_of_somebody_else", time.time()),
        lambda body, key: signed(body + " ", key, time.time()),
        lambda body, key: signed(body, key, time.time() - 301),
    ],
    ids=["none", "nonsense", "empty", "another secret", "another body", "too old"],
)
def test_what_stripe_did_not_sign_just_now_is_refused(
    stripe: Any, collected: Invoice, anyone: Client, headers: Callable[..., dict[str, str]]
) -> None:
    body = body_about(stripe)
    (key,) = secret.secret().webhook_secrets
    reply = anyone.post(PATH, raw=body, headers=headers(body, key))
    assert reply.status == 400
    assert published("stripe.reported") == []
    assert anyone.post(PATH, raw=body, headers=signed(body, key, time.time())).json["isNew"]


@pytest.mark.parametrize("body", ["{}", "[]", '{"object": "event"}', "no json"])
def test_what_is_signed_and_no_event_is_refused(stripe: Any, anyone: Client, body: str) -> None:
    (key,) = secret.secret().webhook_secrets
    assert anyone.post(PATH, raw=body, headers=signed(body, key, time.time())).status == 400


def test_secrets_overlap_while_they_are_rotated(
    stripe: Any, sent: list[Reply], collected: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret, "_SHORTEST_LIFE_S", 0.0)
    (endpoint,) = stripe.all("webhook_endpoint")
    roll_secret(endpoint, keep_old=True)
    pay_there(stripe, collected, "pm_card_chargeCustomerFail")
    assert stripe.webhooks.deliver() == [], "the old secret still signs"

    roll_secret(endpoint, keep_old=False)
    pay_there(stripe, collected, "pm_card_visa")
    refused = stripe.webhooks.deliver()
    assert refused, "nobody told us of the new one"

    value = json.dumps({"apiKey": API_KEY, "webhookSecrets": endpoint["secrets"]})
    boto3.client("secretsmanager").put_secret_value(SecretId="acme-dev-stripe", SecretString=value)
    assert all(stripe.webhooks.send(delivery) for delivery in refused)


def test_metadata_alone_moves_nothing(
    stripe: Any, sent: list[Reply], collected: Invoice, clock: Any
) -> None:
    """Somebody with access to the account writes our ids on an invoice of their own."""
    (theirs,) = stripe.all("invoice")
    forged = sdk().v1.invoices.create(
        {"customer": theirs["customer"], "metadata": theirs["metadata"]}
    )
    sdk().v1.invoices.finalize_invoice(forged.id)  # of nothing: paid at once
    stripe.webhooks.deliver()
    assert published("stripe.reported") == []
    assert {reply.status for reply in sent} == {200}
    assert status_of(collected) == "pending"


def test_a_stack_without_a_provider_hears_nothing(anyone: Client) -> None:
    assert anyone.post(PATH, {}).status == 404
