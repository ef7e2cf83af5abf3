"""Credit notes of the stand-in reduce what is open, and say how the rest is given back."""

from typing import Any

import pytest
from stripe import InvalidRequestError, Invoice, StripeClient, StripeError

from saasgen.sandbox.stripe.account import StripeAccount

from .conftest import Clock

TOTAL = 2200


@pytest.fixture
def unpaid(stripe: StripeClient, customer: str) -> Invoice:
    made = stripe.v1.invoices.create({"customer": customer, "currency": "usd"})
    stripe.v1.invoice_items.create(
        {"customer": customer, "invoice": made.id, "amount": TOTAL, "currency": "usd"}
    )
    return stripe.v1.invoices.finalize_invoice(made.id)


def pay(stripe: StripeClient, invoice: Invoice, card: str = "pm_card_visa") -> Invoice:
    customer = str(invoice.customer)
    method = stripe.v1.payment_methods.attach(card, {"customer": customer}).id
    return stripe.v1.invoices.pay(invoice.id, {"payment_method": method})


def credit(stripe: StripeClient, invoice: Invoice, amount: int, **how: Any) -> Any:
    params: Any = {"invoice": invoice.id, "amount": amount, **how}
    return stripe.v1.credit_notes.create(params)


def types_of(account: StripeAccount) -> list[str]:
    return [event["type"] for event in account.store.every("event")][::-1]


def test_an_open_invoice_is_credited_and_only_the_rest_is_charged(
    stripe: StripeClient, account: StripeAccount, unpaid: Invoice
) -> None:
    note = credit(stripe, unpaid, 700, metadata={"for": "us"}, memo="Outage")
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("pre_payment", 700, 0)
    assert types_of(account)[-2:] == ["invoice.updated", "credit_note.created"]
    found = stripe.v1.invoices.retrieve(unpaid.id)
    assert (found.total, found.amount_due, found.amount_remaining) == (TOTAL, 1500, 1500)
    assert found.pre_payment_credit_notes_amount == 700
    paid = pay(stripe, unpaid)
    assert (paid.status, paid.amount_paid) == ("paid", 1500)
    assert [charge.amount for charge in stripe.v1.charges.list().data] == [1500]
    (listed,) = stripe.v1.credit_notes.list({"invoice": unpaid.id}).data
    assert listed.metadata is not None
    assert listed.metadata.to_dict() == {"for": "us"}


def test_what_is_credited_whole_is_paid_without_a_charge(
    stripe: StripeClient, account: StripeAccount, unpaid: Invoice
) -> None:
    credit(stripe, unpaid, TOTAL)
    found = stripe.v1.invoices.retrieve(unpaid.id)
    assert (found.status, found.amount_paid, found.amount_due) == ("paid", 0, 0)
    assert stripe.v1.charges.list().data == []
    assert {"payment_intent.canceled", "invoice.paid"} <= set(types_of(account))


@pytest.mark.parametrize(
    ("how", "refunded"),
    [
        ({"refund_amount": 700}, 700),
        ({"out_of_band_amount": 700}, 0),
        ({"refund_amount": 300, "out_of_band_amount": 400}, 300),
    ],
)
def test_what_was_paid_goes_back_as_the_note_says(
    stripe: StripeClient, account: StripeAccount, unpaid: Invoice, how: Any, refunded: int
) -> None:
    pay(stripe, unpaid)
    note = credit(stripe, unpaid, 700, **how)
    assert (note.type, note.post_payment_amount) == ("post_payment", 700)
    (charge,) = stripe.v1.charges.list().data
    assert (charge.amount_refunded, charge.refunded) == (refunded, False)
    assert sum(refund.amount_refunded for refund in note.refunds) == refunded
    assert ("charge.refunded" in types_of(account)) is bool(refunded)
    found = stripe.v1.invoices.retrieve(unpaid.id)
    assert (found.status, found.amount_paid) == ("paid", TOTAL)
    assert found.post_payment_credit_notes_amount == 700


@pytest.mark.parametrize(
    ("is_paid", "amount", "how"),
    [
        (False, 0, {}),
        (False, TOTAL + 1, {}),
        (False, 700, {"refund_amount": 700}),
        (True, 700, {}),
        (True, 700, {"refund_amount": 699}),
        (True, 700, {"refund_amount": 700, "out_of_band_amount": 1}),
    ],
)
def test_a_note_that_does_not_add_up_is_refused(
    stripe: StripeClient, unpaid: Invoice, is_paid: bool, amount: int, how: Any
) -> None:
    if is_paid:
        pay(stripe, unpaid)
    with pytest.raises(InvalidRequestError):
        credit(stripe, unpaid, amount, **how)
    assert stripe.v1.credit_notes.list({"invoice": unpaid.id}).data == []


def test_no_more_is_credited_than_was_billed(stripe: StripeClient, unpaid: Invoice) -> None:
    credit(stripe, unpaid, 2000)
    with pytest.raises(InvalidRequestError, match="at most"):
        credit(stripe, unpaid, 201)


def test_money_that_came_another_way_is_not_refunded(stripe: StripeClient, unpaid: Invoice) -> None:
    stripe.v1.invoices.pay(unpaid.id, {"paid_out_of_band": True})
    with pytest.raises(InvalidRequestError, match="no charge"):
        credit(stripe, unpaid, 700, refund_amount=700)
    assert credit(stripe, unpaid, 700, out_of_band_amount=700).refunds == []


@pytest.mark.parametrize("step", ["draft", "void"])
def test_only_what_is_final_and_in_force_is_credited(
    stripe: StripeClient, customer: str, unpaid: Invoice, step: str
) -> None:
    invoice = unpaid
    if step == "void":
        stripe.v1.invoices.void_invoice(unpaid.id)
    else:
        invoice = stripe.v1.invoices.create({"customer": customer})
    with pytest.raises(InvalidRequestError, match="open or paid"):
        credit(stripe, invoice, 1)


def test_what_the_stand_in_does_not_know_it_says(stripe: StripeClient, unpaid: Invoice) -> None:
    credit(stripe, unpaid, 1)
    with pytest.raises(StripeError, match="does not know"):
        stripe.v1.invoices.void_invoice(unpaid.id)
    with pytest.raises(StripeError, match="does not know"):
        credit(stripe, unpaid, 1, credit_amount=1)


@pytest.mark.parametrize(
    ("card", "at_once", "later", "events"),
    [
        ("pm_card_visa", "succeeded", "succeeded", []),
        ("pm_card_pendingRefund", "pending", "succeeded", ["refund.updated"]),
        ("pm_card_refundFail", "succeeded", "failed", ["refund.failed", "refund.updated"]),
    ],
)
def test_a_bank_may_take_its_time_for_a_refund_and_change_its_mind(
    stripe: StripeClient,
    account: StripeAccount,
    clock: Clock,
    unpaid: Invoice,
    card: str,
    at_once: str,
    later: str,
    events: list[str],
) -> None:
    pay(stripe, unpaid, card)
    note = credit(stripe, unpaid, 700, refund_amount=700, expand=["refunds.refund"])
    refund = note.refunds[0].refund
    assert refund.status == at_once
    clock.forward(minutes=2)
    for _ in range(2):
        found = stripe.v1.refunds.retrieve(refund.id)
    assert found.status == later
    assert bool(found.failure_reason) is (later == "failed")
    (charge,) = stripe.v1.charges.list().data
    assert charge.amount_refunded == (0 if later == "failed" else 700)
    told = [name for name in types_of(account) if name in ("refund.failed", "refund.updated")]
    assert told == events
