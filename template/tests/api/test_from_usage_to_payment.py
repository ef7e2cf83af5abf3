"""From a machine's report of usage to the money for it: one invoice, one charge."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import stripe as package
from saasgen.testing import Database

from handlers.api.http import serving
from handlers.consumers import collect_payments
from handlers.jobs import maintain_partitions
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.payments import customers
from handlers.platform.payments.errors import Unreachable
from handlers.services.payments import collection

from ..collecting import published
from .conftest import Caller, Client

USAGE = {
    "providerId": "example-ai",
    "modelId": "example-large",
    "requestType": "chat",
    "inputTokens": 4_000_000,
    "outputTokens": 3_000_000,
    "latencyMs": 850,
}


@pytest.fixture(autouse=True)
def time(database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls happen at the clock's time."""
    monkeypatch.setattr(serving.serve, "__defaults__", (clock,))
    maintain_partitions.maintain(clock)


@pytest.fixture
def boss(tenant: TenantId, caller: Caller, stripe: Any, anyone: Client, clock: Any) -> Client:
    """Run a tenant that pays with a card; Stripe's webhooks reach the API."""
    stripe.endpoint = lambda body, headers: (
        anyone.post("/v1/webhooks/stripe", raw=body.decode(), headers=headers).status
    )
    with sessions.tenant_session(tenant) as session:
        customer, _ = collection.customer_of(session, clock(), tenant)
    card = customers.attach(customer, "pm_card_visa", uuid4())
    customers.choose(customer, card.stripe_id, uuid4())
    boss = caller(tenant, "super_admin")
    assert boss.request("PUT", "/v1/billing/settings", {"autoPay": True}).status == 200
    return boss


def hand_on(event_type: str, clock: Any) -> None:
    """Deliver every event of a type, the lost calls included."""
    for event in published(event_type):
        with suppress(Unreachable):
            collect_payments.handle(event, clock)


def lose_the_answer_to_the_charge(stripe: Any) -> None:
    answer = stripe.answer

    def lose(request: Any) -> Any:
        given = answer(request)
        if request.path.endswith("/pay"):
            raise package.APIConnectionError("lost")
        return given

    stripe.answer = lose


def test_usage_becomes_one_invoice_and_one_charge(
    tenant: TenantId, boss: Client, operator_admin: Client, machine: Any, stripe: Any, clock: Any
) -> None:
    meter, books = machine(tenant, "metering.write"), machine(tenant, "billing.read")
    for _ in range(2):
        events = [USAGE | {"requestId": request} for request in ("a", "b")]
        assert meter.post("/v1/metering/batch", {"events": events}).status == 200
    assert meter.post("/v1/billing/generate", {}).status == 403

    clock.forward(days=32)
    (draft,) = boss.post("/v1/billing/generate", {}).json["invoices"]
    path = f"/v1/invoices/{draft['invoiceId']}"
    assert (draft["status"], draft["totalMinor"]) == ("draft", 2400)  # 20.00 and 20 %
    operator_admin.post(f"{path}/finalize")
    lose_the_answer_to_the_charge(stripe)
    hand_on("invoice.finalized", clock)
    assert books.get(path).json["status"] == "pending"

    assert stripe.webhooks.deliver(copies=2) == []
    hand_on("stripe.reported", clock)
    assert books.get(path).json["status"] == "paid"
    clock.forward(minutes=1)
    for event_type in ("invoice.finalized", "invoice.paid", "stripe.reported"):
        hand_on(event_type, clock)
    (theirs,), (charge,) = stripe.all("invoice"), stripe.all("charge")
    assert (theirs["status"], theirs["total"], charge["amount"]) == ("paid", 2400, 2400)
    assert len(published("invoice.paid")) == 1

    credit = operator_admin.post(
        f"{path}/credit-notes", {"note": "An outage", "amountMinor": 400}
    ).json
    assert (credit["number"], credit["totalMinor"]) == (2, -400)
    assert operator_admin.post(f"{path}/void", {"note": "A mistake"}).status == 409
    assert books.get(path).json["status"] == "paid"


def test_what_is_voided_first_is_not_charged_however_late_its_events_come(
    tenant: TenantId, boss: Client, operator_admin: Client, machine: Any, stripe: Any, clock: Any
) -> None:
    machine(tenant, "metering.write").post("/v1/metering/record", USAGE | {"requestId": "a"})
    clock.forward(days=32)
    (draft,) = boss.post("/v1/billing/generate", {}).json["invoices"]
    path = f"/v1/invoices/{draft['invoiceId']}"
    operator_admin.post(f"{path}/finalize")
    assert operator_admin.post(f"{path}/void", {"note": "A mistake"}).json["status"] == "cancelled"
    for event_type in ("invoice.voided", "invoice.finalized"):
        hand_on(event_type, clock)
    assert (stripe.all("invoice"), stripe.all("charge")) == ([], [])
