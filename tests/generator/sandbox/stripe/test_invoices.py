"""Invoices of the stand-in go the way of Stripe's own, and refuse what those refuse."""

from collections.abc import Callable

import pytest
from stripe import CardError, InvalidRequestError, Invoice, StripeClient

from saasgen.sandbox.stripe.account import StripeAccount


@pytest.fixture
def draft(stripe: StripeClient, customer: str) -> Invoice:
    invoice = stripe.v1.invoices.create({"customer": customer, "currency": "usd"})
    for amount in (2500, -300):
        stripe.v1.invoice_items.create(
            {"customer": customer, "invoice": invoice.id, "amount": amount, "currency": "usd"}
        )
    return stripe.v1.invoices.retrieve(invoice.id)


@pytest.fixture
def unpaid(stripe: StripeClient, draft: Invoice) -> Invoice:
    return stripe.v1.invoices.finalize_invoice(draft.id)


def card(stripe: StripeClient, customer: str, name: str) -> str:
    return stripe.v1.payment_methods.attach(name, {"customer": customer}).id


def types_of(account: StripeAccount) -> list[str]:
    return [event["type"] for event in account.store.every("event")][::-1]


def test_an_invoice_adds_up_its_items_and_has_a_number_once_it_is_final(
    draft: Invoice, unpaid: Invoice
) -> None:
    assert (draft.status, draft.total, draft.number) == ("draft", 2200, None)
    assert [line.amount for line in draft.lines.data] == [2500, -300]
    assert (unpaid.status, unpaid.amount_due) == ("open", 2200)
    assert unpaid.number
    assert unpaid.hosted_invoice_url


def test_a_good_card_pays(
    stripe: StripeClient, account: StripeAccount, customer: str, unpaid: Invoice
) -> None:
    method = card(stripe, customer, "pm_card_visa")
    paid = stripe.v1.invoices.pay(unpaid.id, {"payment_method": method})
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2200, 0)
    assert paid.status_transitions.paid_at is not None
    (charge,) = stripe.v1.charges.list({"customer": customer}).data
    assert charge.amount == 2200
    assert types_of(account)[-4:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    with pytest.raises(InvalidRequestError, match="already paid"):
        stripe.v1.invoices.pay(unpaid.id)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_a_bad_card_is_declined_and_the_invoice_says_why(
    stripe: StripeClient,
    account: StripeAccount,
    customer: str,
    unpaid: Invoice,
    name: str,
    code: str,
) -> None:
    method = card(stripe, customer, name)
    with pytest.raises(CardError) as declined:
        stripe.v1.invoices.pay(unpaid.id, {"payment_method": method})
    assert declined.value.error is not None
    assert declined.value.error.decline_code == code
    found = stripe.v1.invoices.retrieve(
        unpaid.id, {"expand": ["payments.data.payment.payment_intent"]}
    )
    assert (found.status, found.attempt_count) == ("open", 1)
    assert found.payments is not None
    intent = found.payments.data[0].payment.payment_intent
    assert intent.last_payment_error.decline_code == code  # type: ignore[union-attr]
    assert types_of(account)[-1] == "invoice.payment_failed"


def test_a_card_that_is_declined_at_once_cannot_be_attached(
    stripe: StripeClient, customer: str
) -> None:
    with pytest.raises(CardError, match="declined"):
        card(stripe, customer, "pm_card_chargeDeclined")


def test_another_customers_card_does_not_pay(stripe: StripeClient, unpaid: Invoice) -> None:
    other = stripe.v1.customers.create().id
    method = card(stripe, other, "pm_card_visa")
    with pytest.raises(InvalidRequestError, match="must be attached to the customer"):
        stripe.v1.invoices.pay(unpaid.id, {"payment_method": method})
    with pytest.raises(InvalidRequestError, match="no default_payment_method"):
        stripe.v1.invoices.pay(unpaid.id)


def test_an_invoice_of_nothing_is_paid_at_once(stripe: StripeClient, customer: str) -> None:
    empty = stripe.v1.invoices.create({"customer": customer})
    assert stripe.v1.invoices.finalize_invoice(empty.id).status == "paid"


def test_money_from_elsewhere_pays_without_a_charge(
    stripe: StripeClient, customer: str, unpaid: Invoice
) -> None:
    assert stripe.v1.invoices.pay(unpaid.id, {"paid_out_of_band": True}).status == "paid"
    assert stripe.v1.charges.list({"customer": customer}).data == []


STEPS: dict[str, Callable[[StripeClient, str], object]] = {
    "finalize": lambda stripe, invoice: stripe.v1.invoices.finalize_invoice(invoice),
    "pay": lambda stripe, invoice: stripe.v1.invoices.pay(invoice, {"paid_out_of_band": True}),
    "void": lambda stripe, invoice: stripe.v1.invoices.void_invoice(invoice),
    "write off": lambda stripe, invoice: stripe.v1.invoices.mark_uncollectible(invoice),
    "delete": lambda stripe, invoice: stripe.v1.invoices.delete(invoice),
}
WAYS = {
    "draft": ([], {"finalize", "delete"}),
    "open": (["finalize"], {"pay", "void", "write off"}),
    "uncollectible": (["finalize", "write off"], {"pay", "void"}),
    "paid": (["finalize", "pay"], set()),
    "void": (["finalize", "void"], set()),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", WAYS)
def test_only_the_steps_of_its_status_are_open_to_an_invoice(
    stripe: StripeClient, draft: Invoice, status: str, step: str
) -> None:
    way, allowed = WAYS[status]
    for taken in way:
        STEPS[taken](stripe, draft.id)
    assert stripe.v1.invoices.retrieve(draft.id).status == status
    if step in allowed:
        STEPS[step](stripe, draft.id)
    else:
        with pytest.raises(InvalidRequestError):
            STEPS[step](stripe, draft.id)


def test_nothing_is_added_to_what_is_final(
    stripe: StripeClient, customer: str, unpaid: Invoice
) -> None:
    with pytest.raises(InvalidRequestError, match="no longer editable"):
        stripe.v1.invoice_items.create(
            {"customer": customer, "invoice": unpaid.id, "amount": 1, "currency": "usd"}
        )


def test_an_amount_and_a_quantity_contradict_each_other(
    stripe: StripeClient, customer: str
) -> None:
    with pytest.raises(InvalidRequestError, match="only specify one"):
        stripe.v1.invoice_items.create(
            {"customer": customer, "amount": 1, "quantity": 2, "currency": "usd"}
        )


def test_lists_come_in_pages_the_newest_first(stripe: StripeClient, customer: str) -> None:
    made = [stripe.v1.invoices.create({"customer": customer}).id for _ in range(5)]
    listed = stripe.v1.invoices.list({"customer": customer, "limit": 2})
    assert (len(listed.data), listed.has_more) == (2, True)
    assert [invoice.id for invoice in listed.auto_paging_iter()] == made[::-1]
