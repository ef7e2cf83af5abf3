"""Invoices are collected by Stripe: one invoice there and one charge, whatever breaks off."""

import contextlib
import json
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import boto3
import pytest
import stripe as package

from handlers.consumers import collect_payments
from handlers.domain.billing import invoices
from handlers.domain.payments import stripe_invoices
from handlers.platform.database import sessions
from handlers.platform.messaging.deliveries import DeliveryBusyError
from handlers.platform.payments import secret
from handlers.platform.payments.errors import Refused, Unreachable

from ...accounting import ORIGIN
from ...collecting import about, collect, credit, published, sdk, status_of, told_of, void
from ...messages import failed, sqs
from .conftest import Bill


def test_an_invoice_is_charged_and_paid(stripe: Any, bill: Bill, clock: Any) -> None:
    invoice = bill("pm_card_visa")
    collect(invoice, clock)

    assert status_of(invoice) == "paid"
    (charge,) = stripe.all("charge")
    assert (charge["amount"], charge["currency"]) == (invoice.total_minor, "usd")
    (theirs,) = stripe.all("invoice")
    assert theirs["metadata"] == {
        "tenant_id": str(invoice.tenant_id),
        "invoice_id": str(invoice.invoice_id),
        "stack": "acme-dev",
    }
    assert [item["amount"] for item in reversed(stripe.all("invoiceitem"))] == [
        line.amount_minor for line in invoice.lines
    ]
    assert len(told_of(invoice, "invoice.paid")) == 1


def test_who_does_not_pay_automatically_gets_a_page_to_pay_at(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa", auto_pay=False)
    collect(invoice, clock)

    (theirs,) = stripe.all("invoice")
    assert (theirs["status"], theirs["collection_method"]) == ("open", "send_invoice")
    assert theirs["due_date"] == int(invoice.due_at.timestamp())
    assert theirs["auto_advance"] is False
    assert stripe.all("charge") == []
    assert status_of(invoice) == "pending"


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required"),
        (None, "no_payment_method"),
    ],
)
def test_a_declined_charge_is_told_once_and_the_invoice_stays_open(
    stripe: Any, bill: Bill, clock: Any, card: str | None, reason: str
) -> None:
    invoice = bill(card)
    for _ in range(2):
        collect(invoice, clock)

    assert status_of(invoice) == "pending"
    (told,) = told_of(invoice, "invoice.payment_failed")
    assert (told["reason"], told["attempt"]) == (reason, 1)
    assert stripe.all("charge") == []


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("kind", ["lost", "killed"])
@pytest.mark.parametrize(
    ("card", "status", "charges"), [("pm_card_visa", "paid", 1), (None, "pending", 0)]
)
def test_a_crash_at_any_call_leaves_one_customer_one_invoice_and_one_charge(
    stripe: Any,
    bill: Bill,
    clock: Any,
    place: str,
    kind: str,
    card: str | None,
    status: str,
    charges: int,
) -> None:
    for number in count():
        invoice = bill(card)
        event = about(invoice, "invoice.finalized", clock)
        has_crashed = crash(
            stripe, number, place, kind, partial(collect_payments.handle, event, clock)
        )
        clock.forward(seconds=31)
        collect_payments.handle(event, clock)

        mine = {"tenant_id": str(invoice.tenant_id), "stack": "acme-dev"}
        (customer,) = stripe.all("customer", metadata=mine)
        (theirs,) = stripe.all("invoice", customer=customer["id"])
        assert len(stripe.all("charge", customer=customer["id"])) == charges
        assert (theirs["total"], theirs["status"] == "paid") == (invoice.total_minor, charges == 1)
        assert status_of(invoice) == status
        assert len(told_of(invoice, "invoice.paid")) == charges
        if not has_crashed:
            break
    assert number >= 8, "every call of a collection was broken"


def crash(stripe: Any, number: int, place: str, kind: str, work: Callable[[], None]) -> bool:
    """Break off at a call: its answer is lost, or the process is killed."""
    fault = package.APIConnectionError("lost") if kind == "lost" else SystemExit()
    stripe.calls, stripe.fault = 0, (number, place, fault)
    try:
        work()
    except (SystemExit, Unreachable):
        return True
    finally:
        stripe.fault = None
    return False


def test_two_at_once_collect_once(stripe: Any, bill: Bill, clock: Any) -> None:
    invoice = bill("pm_card_visa")

    def interfere() -> None:
        stripe.answer = answer
        with pytest.raises(DeliveryBusyError):
            collect(invoice, clock)

    answer = stripe.answer
    stripe.answer = lambda request: (interfere(), answer(request))[1]
    collect(invoice, clock)
    assert len(stripe.all("invoice")) == len(stripe.all("charge")) == 1


def test_a_holder_that_slept_too_long_charges_nothing_twice(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    """The first sleeps until its lease is over; a second does it all; then the first goes on."""
    invoice = bill("pm_card_visa")
    answer = stripe.answer

    def overtake(request: Any) -> Any:
        if stripe.calls < 5:
            return answer(request)
        stripe.answer = answer
        clock.forward(seconds=31)
        collect(invoice, clock)
        return answer(request)

    stripe.calls, stripe.answer = 0, overtake
    with contextlib.suppress(Refused):
        collect(invoice, clock)
    assert len(stripe.all("invoice")) == len(stripe.all("charge")) == 1
    assert status_of(invoice) == "paid"


def test_what_was_made_long_ago_is_found_and_not_made_again(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    """A dead letter is taken up days later, when Stripe has forgotten the keys."""
    invoice = bill("pm_card_visa")
    event = about(invoice, "invoice.finalized", clock)
    assert crash(stripe, 0, "after", "lost", lambda: collect_payments.handle(event, clock))
    clock.forward(days=3)
    collect_payments.handle(event, clock)
    assert len(stripe.all("invoice")) == 1
    assert status_of(invoice) == "paid"


def test_nothing_is_collected_that_is_not_what_was_invoiced(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa")
    event = about(invoice, "invoice.finalized", clock)
    assert crash(stripe, 1, "before", "lost", lambda: collect_payments.handle(event, clock))
    (theirs,) = stripe.all("invoice")
    sdk().v1.invoice_items.create(
        {
            "customer": theirs["customer"],
            "invoice": theirs["id"],
            "amount": 1,
            "currency": "usd",
            "metadata": {"position": "99"},
        }
    )
    with pytest.raises(Refused, match="comes to"):
        collect_payments.handle(event, clock)
    assert (theirs["status"], stripe.all("charge")) == ("draft", [])


def test_an_invoice_that_is_cancelled_is_voided(stripe: Any, bill: Bill, clock: Any) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    void(invoice, clock())
    for _ in range(2):
        collect_payments.handle(about(invoice, "invoice.voided", clock), clock)
    assert [theirs["status"] for theirs in stripe.all("invoice")] == ["void"]


def test_an_invoice_that_is_given_back_whole_is_not_collected(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    credit(invoice, None, clock())
    (voided,) = published("invoice.voided")
    collect_payments.handle(voided, clock)
    assert [theirs["status"] for theirs in stripe.all("invoice")] == ["void"]
    assert status_of(invoice) == "cancelled"


def test_what_is_cancelled_before_it_reaches_stripe_never_does(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa")
    void(invoice, clock())
    collect(invoice, clock)
    assert stripe.all("invoice") == []


@pytest.mark.parametrize("number", range(2))
def test_what_is_cancelled_on_the_way_to_stripe_is_not_charged(
    stripe: Any, bill: Bill, clock: Any, number: int
) -> None:
    """The draft may be there; it is never finalized."""
    invoice = bill("pm_card_visa")
    event = about(invoice, "invoice.finalized", clock)
    assert crash(stripe, number, "after", "lost", lambda: collect_payments.handle(event, clock))
    void(invoice, clock())
    collect_payments.handle(about(invoice, "invoice.voided", clock), clock)
    collect_payments.handle(event, clock)
    assert stripe.all("charge") == []
    assert {theirs["status"] for theirs in stripe.all("invoice")} <= {"draft"}


def test_what_is_cancelled_while_its_draft_is_made_is_discarded(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa")
    answer = stripe.answer

    def cancel_meanwhile(request: Any) -> Any:
        if (request.method, request.path) == ("POST", "/v1/invoices"):
            void(invoice, clock())
        return answer(request)

    stripe.answer = cancel_meanwhile
    collect(invoice, clock)
    assert (stripe.all("charge"), stripe.all("invoice")) == ([], [])


def test_an_invoice_paid_by_hand_is_not_collected_as_well(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    with sessions.tenant_session(invoice.tenant_id) as session:
        invoices.mark_paid(
            session,
            clock(),
            invoice.tenant_id,
            invoice.invoice_id,
            clock(),
            "MT940 4711",
            ORIGIN,
        )
    collect_payments.handle(about(invoice, "invoice.paid", clock), clock)
    (theirs,) = stripe.all("invoice")
    assert (theirs["status"], stripe.all("charge")) == ("paid", [])
    assert len(told_of(invoice, "invoice.paid")) == 1


def test_what_two_tenants_claim_is_neithers(stripe: Any, bill: Bill, clock: Any) -> None:
    first, second = bill(auto_pay=False), bill(auto_pay=False)
    collect(first, clock)
    (theirs,) = stripe.all("invoice")
    with sessions.service_session() as session:
        found = stripe_invoices.find(session, theirs["id"])
    assert found is not None
    assert found.tenant_id == first.tenant_id
    with sessions.tenant_session(second.tenant_id) as session:
        stripe_invoices.remember(
            session, clock(), second.tenant_id, second.invoice_id, theirs["id"]
        )
    with sessions.service_session() as session:
        assert stripe_invoices.find(session, theirs["id"]) is None


def test_a_key_that_was_rotated_is_read_anew(
    stripe: Any, bill: Bill, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = bill("pm_card_visa")
    stripe.account.api_keys = {"sk_test_rotated"}
    monkeypatch.setattr(secret, "_SHORTEST_LIFE_S", 0.0)
    with pytest.raises(Refused, match="does not accept the key"):
        collect(invoice, clock)
    value = json.dumps({"apiKey": "sk_test_rotated", "webhookSecrets": []})
    boto3.client("secretsmanager").put_secret_value(SecretId="acme-dev-stripe", SecretString=value)
    collect(invoice, clock)
    assert status_of(invoice) == "paid"


def test_without_a_provider_nothing_is_sent_and_nothing_fails(bill: Bill, clock: Any) -> None:
    invoice = bill()
    collect(invoice, clock)
    assert status_of(invoice) == "pending"


def test_another_event_is_a_wrong_filter(stripe: Any, bill: Bill, clock: Any, context: Any) -> None:
    event = about(bill(), "invoice.generated", clock)
    assert failed(collect_payments.handler(sqs(event), context)) == ["message-0"]


def test_an_outage_is_told_to_the_queue_and_made_up_for(
    stripe: Any, bill: Bill, clock: Any, context: Any
) -> None:
    invoice = bill("pm_card_visa")
    event = about(invoice, "invoice.finalized", clock)
    stripe.calls, stripe.fault = 0, (0, "before", package.APIConnectionError("down"))
    assert failed(collect_payments.handler(sqs(event), context)) == ["message-0"]
    stripe.fault = None
    assert failed(collect_payments.handler(sqs(event), context)) == []
    assert status_of(invoice) == "paid"
