"""Credits reach Stripe: what was credited is not charged, and what was charged goes back once."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import stripe as package

from handlers.consumers import collect_payments
from handlers.domain.billing.invoices import Invoice
from handlers.domain.notifications.administrators.rules import notice_for
from handlers.domain.payments import stripe_credit_notes
from handlers.domain.payments.stripe_credit_notes import CreditNote
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.payments.errors import Refused, Unreachable
from handlers.services.payments import collection

from ...collecting import (
    about,
    collect,
    credit,
    pay_there,
    published,
    read,
    sdk,
    status_of,
    theirs,
    told_of,
)
from .conftest import Bill


def work_off(clock: Any, shuffle: random.Random | None = None) -> None:
    """Handle what was told about credits, as the queue hands it on."""
    events = [*published("invoice.credited"), *published("invoice.voided")]
    if shuffle is not None:
        shuffle.shuffle(events)
    for event in events:
        collect_payments.handle(event, clock)


def notes_of(invoice: Invoice) -> list[CreditNote]:
    with sessions.tenant_session(invoice.tenant_id) as session:
        return stripe_credit_notes.of(session, invoice.tenant_id, invoice.invoice_id)


def charged(stripe: Any) -> list[int]:
    return [charge["amount"] for charge in stripe.all("charge")]


def refunded(stripe: Any) -> int:
    return sum(charge["amount_refunded"] for charge in stripe.all("charge"))


def once_at(
    stripe: Any, monkeypatch: pytest.MonkeyPatch, path: str, act: Callable[[], object]
) -> None:
    """Do something just before a request to a path comes to Stripe."""
    answer = stripe.answer

    def meanwhile(request: Any) -> Any:
        if request.method == "POST" and request.path.endswith(path):
            stripe.answer = answer
            act()
        return answer(request)

    monkeypatch.setattr(stripe, "answer", meanwhile)


def test_what_is_credited_before_it_is_collected_is_not_charged(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa")
    credit(invoice, 500, clock())
    for _ in range(2):
        collect(invoice, clock)
        work_off(clock)
    assert charged(stripe) == [invoice.total_minor - 500]
    assert (status_of(invoice), refunded(stripe)) == ("paid", 0)
    (note,) = stripe.all("credit_note")
    assert (note["pre_payment_amount"], note["memo"]) == (500, "Credit note 2: An outage")
    assert note["metadata"]["credit_note_id"] == str(notes_of(invoice)[0].credit_note_id)


@pytest.mark.parametrize("path", ["/v1/invoices", "/v1/invoiceitems", "/finalize", "/pay"])
@pytest.mark.parametrize("amount", [500, None])
def test_what_is_credited_on_the_way_to_stripe_is_not_kept(
    stripe: Any,
    bill: Bill,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    amount: int | None,
) -> None:
    """The credit is made, and its events handled, at any moment of the collection."""
    invoice = bill("pm_card_visa")
    event = about(invoice, "invoice.finalized", clock)

    def interfere() -> None:
        credit(invoice, amount, clock())
        work_off(clock)

    once_at(stripe, monkeypatch, path, interfere)
    with suppress(Refused):  # what was voided is not to be paid: the queue tries again, and sees
        collect_payments.handle(event, clock)
    clock.forward(seconds=31)
    collect_payments.handle(event, clock)
    work_off(clock)
    assert charged(stripe) == ([invoice.total_minor - amount] if amount else [])
    assert status_of(invoice) == ("paid" if amount else "cancelled")
    assert refunded(stripe) == 0
    assert {one["status"] for one in stripe.all("invoice")} <= {"paid", "void"}


def test_an_open_invoice_asks_for_less_once_it_is_credited(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    for amount in (500, 250):
        credit(invoice, amount, clock())
        work_off(clock)
    found = theirs(stripe, invoice)
    assert (found["status"], found["amount_remaining"]) == ("open", invoice.total_minor - 750)
    pay_there(stripe, invoice)
    collection.refresh(invoice.tenant_id, invoice.invoice_id, invoice.invoice_id, clock)
    assert charged(stripe) == [invoice.total_minor - 750]
    now = read(invoice)
    assert (now.status, now.credited_minor, now.open_minor) == ("paid", 750, 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("amounts", [[None], [500, None], [500, 250, None]])
def test_what_is_credited_whole_is_not_to_be_paid_any_more(
    stripe: Any, bill: Bill, clock: Any, amounts: list[int | None], seed: int
) -> None:
    """Whichever event comes first, and whether earlier credits are at Stripe already or not."""
    chance = random.Random(seed)
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    for amount in amounts:
        credit(invoice, amount, clock())
        if chance.random() < 0.5:
            work_off(clock, chance)
    for _ in range(2):
        work_off(clock, chance)
    found = theirs(stripe, invoice)
    assert found["status"] == "void" or (found["status"], found["amount_due"]) == ("paid", 0)
    assert (status_of(invoice), charged(stripe)) == ("cancelled", [])
    assert told_of(invoice, "invoice.paid") == []


@pytest.mark.parametrize("amount", [500, None])
def test_who_paid_all_of_it_before_the_credit_came_gets_it_back(
    stripe: Any, bill: Bill, clock: Any, amount: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here it is not paid yet when it is credited: Stripe's report is still on its way."""
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    pay_there(stripe, invoice)
    credit(invoice, amount, clock())
    for _ in range(2):
        collection.refresh(invoice.tenant_id, invoice.invoice_id, invoice.invoice_id, clock)
        work_off(clock)
    assert refunded(stripe) == (amount or invoice.total_minor)
    (note,) = notes_of(invoice)
    assert (note.is_refunded, note.refund_status) == (True, "succeeded")
    (told,) = published("refund.created")
    assert told.data["actor"] == "stripe"
    assert "payment_unexpected" not in capsys.readouterr().out


def test_a_payment_between_our_look_and_our_credit_is_no_obstacle(
    stripe: Any, bill: Bill, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    credit(invoice, 500, clock())
    once_at(stripe, monkeypatch, "/v1/credit_notes", lambda: pay_there(stripe, invoice))
    with pytest.raises(Refused):
        work_off(clock)
    assert published("refund.failed") == [], "nothing was to be refunded yet"
    work_off(clock)
    assert (refunded(stripe), len(stripe.all("credit_note"))) == (500, 1)


def test_two_that_bring_the_same_credits_bring_each_once(
    stripe: Any, bill: Bill, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stops before its second credit; another does all, and the customer pays."""
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    for amount in (500, 250):
        credit(invoice, amount, clock())
    answer, seen = stripe.answer, []

    def overtake(request: Any) -> Any:
        seen.append(f"{request.method} {request.path}")
        if seen.count("POST /v1/credit_notes") == 1 and seen[-1].startswith("GET /v1/invoices/"):
            stripe.answer = answer
            collection.credit(invoice.tenant_id, invoice.invoice_id, invoice.invoice_id, clock)
            pay_there(stripe, invoice)
        return answer(request)

    monkeypatch.setattr(stripe, "answer", overtake)
    collection.credit(invoice.tenant_id, invoice.invoice_id, invoice.invoice_id, clock)
    assert len(stripe.all("credit_note")) == 2
    assert (charged(stripe), refunded(stripe)) == ([invoice.total_minor - 750], 0)


@pytest.mark.parametrize(("refund", "given_back"), [(True, 500), (False, 0)])
def test_what_was_paid_goes_back_only_if_that_is_wanted(
    stripe: Any, bill: Bill, clock: Any, refund: bool, given_back: int
) -> None:
    invoice = bill("pm_card_visa")
    collect(invoice, clock)
    credit(invoice, 500, clock(), refund=refund)
    for _ in range(2):
        work_off(clock)
    assert refunded(stripe) == given_back
    (note,) = stripe.all("credit_note")
    assert note["post_payment_amount"] == 500
    assert note["out_of_band_amount"] == (None if refund else 500)
    (mine,) = notes_of(invoice)
    assert (mine.is_refunded, mine.stripe_credit_note_id) == (refund, note["id"])


def test_what_came_past_stripe_does_not_go_back_by_stripe_and_the_operator_knows(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill(auto_pay=False)
    collect(invoice, clock)
    credit(invoice, 500, clock())
    sdk().v1.invoices.pay(theirs(stripe, invoice)["id"], {"paid_out_of_band": True})
    for _ in range(2):
        work_off(clock)
    (note,) = stripe.all("credit_note")
    assert (note["out_of_band_amount"], note["refunds"]) == (500, [])
    (told,) = published("refund.failed")
    assert (told.data["reason"], told.data["isFinal"]) == (
        "Stripe did not collect this invoice itself",
        True,
    )


@pytest.mark.parametrize("days", [0, 3])
def test_a_credit_whose_answer_was_lost_is_there_once(
    stripe: Any, bill: Bill, clock: Any, days: int
) -> None:
    """Also when Stripe has forgotten the key."""
    invoice = bill("pm_card_visa")
    collect(invoice, clock)
    credit(invoice, 500, clock(), refund=True)
    answer = stripe.answer

    def lose(request: Any) -> Any:
        answered = answer(request)
        if (request.method, request.path) == ("POST", "/v1/credit_notes"):
            raise package.APIConnectionError("lost")
        return answered

    stripe.answer = lose
    with pytest.raises(Unreachable):
        work_off(clock)
    stripe.answer = answer
    clock.forward(days=days, seconds=31)
    work_off(clock)
    assert (refunded(stripe), len(stripe.all("credit_note"))) == (500, 1)
    assert len(published("refund.created")) == 1


def fail_later(stripe: Any, invoice: Invoice, clock: Any) -> None:
    """The bank sends the refund back."""
    clock.forward(minutes=2)
    collect_payments.handle(about(invoice, "stripe.reported", clock), clock)


def refuse(stripe: Any, invoice: Invoice, clock: Any) -> None:
    """Stripe does not refund: somebody has done it there by hand."""
    stripe.all("charge")[0]["amount_refunded"] = invoice.total_minor


def test_a_refund_that_fails_is_told_to_the_operator_once(
    stripe: Any,
    bill: Bill,
    clock: Any,
    operator: TenantId,
    make_administrator: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    invoice = bill("pm_card_refundFail")
    collect(invoice, clock)
    credit(invoice, 500, clock(), refund=True)
    work_off(clock)
    assert published("refund.failed") == []
    for _ in range(2):
        fail_later(stripe, invoice, clock)
    (told,) = published("refund.failed")
    assert (told.tenant_id, told.data["reason"]) == (operator, "expired_or_canceled_card")
    assert notes_of(invoice)[0].refund_status == "failed"
    notice = notice_for(
        "refund.failed", told.data, clock(), make_administrator(operator, "auditor")
    )
    assert notice is not None
    assert "5.00 USD did not reach the customer" in notice.words.message
    assert "(expired or canceled card). Give it back another way." in notice.words.message
    assert capsys.readouterr().out.count('"refund_failed":[1.0]') == 1


def test_a_refund_that_stripe_refuses_is_told_once_and_tried_again(
    stripe: Any, bill: Bill, clock: Any
) -> None:
    invoice = bill("pm_card_visa")
    collect(invoice, clock)
    credit(invoice, 500, clock(), refund=True)
    refuse(stripe, invoice, clock)
    for _ in range(3):
        with pytest.raises(Refused):
            work_off(clock)
        clock.forward(seconds=31)
    (told,) = published("refund.failed")
    assert "greater than unrefunded amount" in told.data["reason"]
    assert told.data["isFinal"] is False
    stripe.all("charge")[0]["amount_refunded"] = 0
    clock.forward(days=2)
    work_off(clock)
    assert refunded(stripe) == 500


def test_a_refund_that_takes_its_time_is_followed(stripe: Any, bill: Bill, clock: Any) -> None:
    invoice = bill("pm_card_pendingRefund")
    collect(invoice, clock)
    credit(invoice, 500, clock(), refund=True)
    work_off(clock)
    assert notes_of(invoice)[0].refund_status == "pending"
    fail_later(stripe, invoice, clock)
    assert notes_of(invoice)[0].refund_status == "succeeded"
    assert published("refund.failed") == []


def test_without_a_provider_a_credit_stays_here(bill: Bill, clock: Any) -> None:
    invoice = bill()
    credit(invoice, 500, clock())
    work_off(clock)
    assert notes_of(invoice)[0].stripe_credit_note_id is None
