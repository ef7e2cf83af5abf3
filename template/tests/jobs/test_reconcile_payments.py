"""Both sides are compared: what a webhook lost is caught up on, all else is told and left alone."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from saasgen.testing import Database

from handlers.domain.billing.invoices import Invoice
from handlers.domain.notifications.administrators.rules import notice_for
from handlers.jobs import reconcile_payments
from handlers.platform.base.ids import TenantId
from handlers.platform.payments.errors import Unreachable
from handlers.services.payments import collection, reconciliation

from .. import collecting
from ..collecting import pay_there, published, sdk, status_of, theirs

Issue = Callable[..., Invoice]


@pytest.fixture
def issue(stripe: Any, database: Database, make_tenant: Any, clock: Any) -> Issue:
    """Issue an invoice to a tenant of its own, and bring it to Stripe."""

    def issue(*, collect: bool = True) -> Invoice:
        invoice = collecting.issue(make_tenant(), clock())
        if collect:
            collection.collect(invoice.tenant_id, invoice.invoice_id, uuid4(), clock(), clock)
        return invoice

    return issue


@pytest.fixture
def run(clock: Any, context: Any) -> Callable[[], dict[str, Any]]:
    def run() -> dict[str, Any]:
        clock.forward(hours=7)
        context.remaining_ms = 600_000
        return reconcile_payments.ReconciliationRun(clock, context).reconcile()

    return run


def test_sides_that_agree_are_left_in_peace(stripe: Any, issue: Issue, run: Any) -> None:
    paid, _ = issue(), issue()
    pay_there(stripe, paid)
    collection.refresh(paid.tenant_id, paid.invoice_id, uuid4(), lambda: paid.issued_at)
    assert run() == {"compared": 2, "isComplete": True, "counts": {}}
    assert published("reconciliation.differed") == []


def test_what_a_lost_webhook_would_have_done_is_done(stripe: Any, issue: Issue, run: Any) -> None:
    paid, failed = issue(), issue()
    pay_there(stripe, paid)
    pay_there(stripe, failed, "pm_card_chargeCustomerFail")
    assert run()["counts"] == {"caught_up": 2}
    assert (status_of(paid), status_of(failed)) == ("paid", "pending")
    assert len(published("invoice.paid")) == len(published("invoice.payment_failed")) == 1
    assert published("reconciliation.differed") == []
    assert run()["counts"] == {}


def cancelled_here(stripe: Any, invoice: Invoice, clock: Any) -> None:
    collecting.void(invoice, clock())


def paid_for_what_was_cancelled(stripe: Any, invoice: Invoice, clock: Any) -> None:
    collecting.void(invoice, clock())
    pay_there(stripe, invoice)


def void_there(stripe: Any, invoice: Invoice, clock: Any) -> None:
    sdk().v1.invoices.void_invoice(theirs(stripe, invoice)["id"])


def other_amount(stripe: Any, invoice: Invoice, clock: Any) -> None:
    stripe.account.store.get("invoice", theirs(stripe, invoice)["id"])["total"] = 1


def credited_here(stripe: Any, invoice: Invoice, clock: Any) -> None:
    collecting.credit(invoice, 500, clock())


def credited_there(stripe: Any, invoice: Invoice, clock: Any) -> None:
    sdk().v1.credit_notes.create({"invoice": theirs(stripe, invoice)["id"], "amount": 500})


def gone(stripe: Any, invoice: Invoice, clock: Any) -> None:
    stripe.account.store.remove(theirs(stripe, invoice))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (cancelled_here, {"status_differs": 1}),
        (paid_for_what_was_cancelled, {"caught_up": 1, "status_differs": 1}),
        (void_there, {"caught_up": 1, "status_differs": 1}),
        (other_amount, {"amount_differs": 1}),
        (credited_here, {"credits_differ": 1}),
        (credited_there, {"credits_differ": 1}),
        (gone, {"gone_there": 1}),
    ],
)
def test_a_contradiction_is_told_and_left_alone(
    stripe: Any, issue: Issue, run: Any, clock: Any, operator: TenantId, change: Any, found: Any
) -> None:
    invoice = issue()
    change(stripe, invoice, clock)
    before = status_of(invoice)
    assert run()["counts"] == found
    assert status_of(invoice) == before
    (told,) = published("reconciliation.differed")
    assert told.tenant_id == operator
    (example,) = told.data["examples"]
    assert example["invoiceId"] == str(invoice.invoice_id)


def test_the_operators_people_can_read_what_differs(
    stripe: Any, issue: Issue, run: Any, clock: Any, operator: TenantId, make_administrator: Any
) -> None:
    issue(collect=False)
    run()
    (told,) = published("reconciliation.differed")
    somebody = make_administrator(operator, "auditor")
    notice = notice_for("reconciliation.differed", told.data, clock(), somebody)
    assert notice is not None
    assert "Of 1 invoices compared, some differ (missing there: 1)" in notice.words.message


def test_what_never_reached_stripe_is_told_once_it_should_have(
    stripe: Any, issue: Issue, run: Any, clock: Any, context: Any
) -> None:
    issue(collect=False)
    context.remaining_ms = 600_000
    assert reconcile_payments.ReconciliationRun(clock, context).reconcile()["counts"] == {}
    assert run()["counts"] == {"missing_there": 1}


def test_what_bears_our_name_and_collects_nothing_of_ours_is_told(
    stripe: Any, issue: Issue, run: Any
) -> None:
    mine = theirs(stripe, issue())
    way = sdk().v1
    for stack in ("acme-dev", "another-stack"):
        stranger = way.invoices.create(
            {"customer": mine["customer"], "metadata": mine["metadata"] | {"stack": stack}}
        )
        way.invoice_items.create(
            {"customer": mine["customer"], "invoice": stranger.id, "amount": 5, "currency": "usd"}
        )
        way.invoices.finalize_invoice(stranger.id)
    assert run()["counts"] == {"unknown_here": 1}


def test_a_run_that_is_out_of_time_says_so(
    stripe: Any, issue: Issue, clock: Any, context: Any
) -> None:
    issue()
    context.remaining_ms = 1
    found = reconcile_payments.ReconciliationRun(clock, context).reconcile()
    assert (found["compared"], found["isComplete"]) == (0, False)


@pytest.mark.parametrize("seconds", [1, 2, 3])
def test_the_next_run_goes_on_where_time_ran_out(
    stripe: Any,
    issue: Issue,
    clock: Any,
    context: Any,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
) -> None:
    """Each run has time for so many tenants; a tenant without invoices takes none."""
    issued = [issue() for _ in range(5)]
    for invoice in issued:
        pay_there(stripe, invoice)
    clock.forward(hours=7)
    for number in range(1, 6):
        left = iter([600_000] * seconds + [1] * 9)
        monkeypatch.setattr(context, "get_remaining_time_in_millis", lambda left=left: next(left))
        found = reconcile_payments.ReconciliationRun(clock, context).reconcile()
        done = min(5, number * seconds)
        assert [status_of(invoice) for invoice in issued].count("paid") == done
        assert (found["compared"], found["isComplete"]) == (seconds, False)


def test_a_tenant_that_breaks_a_run_breaks_no_other(
    stripe: Any, issue: Issue, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted((issue() for _ in range(2)), key=lambda one: one.tenant_id)
    pay_there(stripe, second)
    compare = reconciliation.compare

    def break_off(ours: Any, *rest: Any) -> Any:
        if ours.tenant_id == first.tenant_id:
            raise Unreachable("too long")
        return compare(ours, *rest)

    monkeypatch.setattr(reconciliation, "compare", break_off)
    for _ in range(2):
        with pytest.raises(Unreachable):
            run()
    assert status_of(second) == "paid"


def test_credits_that_are_on_both_sides_are_left_in_peace(
    stripe: Any, issue: Issue, run: Any, clock: Any
) -> None:
    whole, part, refunded = (issue() for _ in range(3))
    pay_there(stripe, refunded)
    for invoice, amounts in ((whole, [500, None]), (part, [500]), (refunded, [500])):
        for amount in amounts:
            note = collecting.credit(invoice, amount, clock())
            collection.credit(invoice.tenant_id, invoice.invoice_id, note.invoice_id, clock)
    assert [status_of(invoice) for invoice in (whole, part, refunded)] == [
        "cancelled",
        "pending",
        "paid",
    ]
    assert run()["counts"] == {}


def test_a_refund_that_failed_unheard_is_found(
    stripe: Any, issue: Issue, run: Any, clock: Any
) -> None:
    invoice = issue()
    pay_there(stripe, invoice, "pm_card_refundFail")
    note = collecting.credit(invoice, 500, clock())
    collection.credit(invoice.tenant_id, invoice.invoice_id, note.invoice_id, clock)
    assert run()["counts"] == {"caught_up": 1}
    assert run()["counts"] == {}
    (told,) = published("refund.failed")
    assert told.data["number"] == note.number


def test_more_invoices_than_a_page_holds_are_all_compared(
    stripe: Any, issue: Issue, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.platform.payments.invoices._LISTED", 2)
    monkeypatch.setattr(reconcile_payments, "_BATCH", 2)
    issued = [issue() for _ in range(5)]
    for invoice in issued:
        pay_there(stripe, invoice)
    assert run()["counts"] == {"caught_up": 5}


def test_without_a_provider_there_is_nothing_to_compare(context: Any) -> None:
    assert reconcile_payments.handler({}, context)["compared"] == 0
