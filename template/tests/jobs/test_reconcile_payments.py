"""Both sides are compared: what a webhook lost is caught up on, all else is told and left alone."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from generator.sandbox.stripe.account import API_KEY
from generator.testing import Database
from stripe import CardError, StripeClient

from handlers.domain import collection, invoices
from handlers.domain.administrator_notifications.occasions import notice_for
from handlers.domain.invoices import Invoice, Occasion
from handlers.domain.pricing import Line
from handlers.jobs import reconcile_payments
from handlers.platform import db
from handlers.platform.ids import SubscriptionId, TenantId, new_id
from handlers.platform.money import Money
from handlers.platform.payments import access, customers

Issue = Callable[..., Invoice]


@pytest.fixture
def issue(stripe: Any, database: Database, make_tenant: Any, clock: Any) -> Issue:
    """Issue an invoice to a tenant of its own, and bring it to Stripe."""

    def issue(*, collect: bool = True) -> Invoice:
        tenant = make_tenant()
        end = clock().replace(month=clock().month + 1)
        subscription = SubscriptionId(new_id(clock()))
        with db.tenant_session(tenant) as session:
            session.execute(
                "INSERT INTO subscriptions (tenant_id, subscription_id, tier_id, billing_cycle,"
                " seat_count, unit_price_minor, total_price_minor, currency, status,"
                " current_period_start, current_period_end, created_at, updated_at) VALUES"
                " (%(t)s, %(s)s, 'TEAM', 'monthly', 1, 1, 1, 'USD', 'active', %(n)s, %(e)s, %(n)s,"
                " %(n)s)",
                {"t": tenant, "s": subscription, "n": clock(), "e": end},
            )
            price = Money(2500, "USD")
            lines = [Line("base_fee", "Team plan", 1, price)]
            occasion = Occasion(subscription, "subscription_start", clock(), end)
            invoice, _ = invoices.generate(session, clock(), tenant, occasion, lines)
        if collect:
            collection.collect(tenant, invoice.invoice_id, uuid4(), clock(), clock)
        return invoice

    return issue


@pytest.fixture
def run(clock: Any, context: Any) -> Callable[[], dict[str, Any]]:
    def run() -> dict[str, Any]:
        clock.forward(hours=7)
        context.remaining_ms = 600_000
        return reconcile_payments.Run(clock, context).reconcile()

    return run


def theirs(stripe: Any, invoice: Invoice) -> dict[str, Any]:
    wanted = str(invoice.invoice_id)
    (found,) = [one for one in stripe.all("invoice") if one["metadata"]["invoice_id"] == wanted]
    return dict(found)


def sdk() -> StripeClient:
    return StripeClient(API_KEY, http_client=access._transport())


def pay_there(stripe: Any, invoice: Invoice, card: str = "pm_card_visa") -> None:
    found = theirs(stripe, invoice)
    method = customers.attach(found["customer"], card, uuid4())
    with suppress(CardError):
        sdk().v1.invoices.pay(found["id"], {"payment_method": method.stripe_id})


def set_here(invoice: Invoice, status: str, clock: Any) -> None:
    with db.tenant_session(invoice.tenant_id) as session:
        session.execute("UPDATE invoices SET status = %s, updated_at = %s", [status, clock()])


def status_of(invoice: Invoice) -> str:
    with db.tenant_session(invoice.tenant_id) as session:
        return invoices.read(session, invoice.tenant_id, invoice.invoice_id).status


def events(event_type: str) -> list[dict[str, Any]]:
    with db.service_session() as session:
        return session.all("SELECT * FROM outbox WHERE event_type = %s", [event_type])


def test_sides_that_agree_are_left_in_peace(stripe: Any, issue: Issue, run: Any) -> None:
    paid, _ = issue(), issue()
    pay_there(stripe, paid)
    collection.refresh(paid.tenant_id, paid.invoice_id, uuid4(), lambda: paid.issued_at)
    assert run() == {"compared": 2, "isComplete": True, "counts": {}}
    assert events("reconciliation.differed") == []


def test_what_a_lost_webhook_would_have_done_is_done(stripe: Any, issue: Issue, run: Any) -> None:
    paid, failed = issue(), issue()
    pay_there(stripe, paid)
    pay_there(stripe, failed, "pm_card_chargeCustomerFail")
    assert run()["counts"] == {"caught_up": 2}
    assert (status_of(paid), status_of(failed)) == ("paid", "pending")
    assert len(events("invoice.paid")) == len(events("invoice.payment_failed")) == 1
    assert events("reconciliation.differed") == []
    assert run()["counts"] == {}


def cancelled_here(stripe: Any, invoice: Invoice, clock: Any) -> None:
    set_here(invoice, "cancelled", clock)


def paid_for_what_was_cancelled(stripe: Any, invoice: Invoice, clock: Any) -> None:
    set_here(invoice, "cancelled", clock)
    pay_there(stripe, invoice)


def void_there(stripe: Any, invoice: Invoice, clock: Any) -> None:
    sdk().v1.invoices.void_invoice(theirs(stripe, invoice)["id"])


def other_amount(stripe: Any, invoice: Invoice, clock: Any) -> None:
    stripe.account.store.get("invoice", theirs(stripe, invoice)["id"])["total"] = 1


def gone(stripe: Any, invoice: Invoice, clock: Any) -> None:
    stripe.account.store.remove(theirs(stripe, invoice))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (cancelled_here, {"status_differs": 1}),
        (paid_for_what_was_cancelled, {"caught_up": 1, "status_differs": 1}),
        (void_there, {"caught_up": 1, "status_differs": 1}),
        (other_amount, {"amount_differs": 1}),
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
    (told,) = events("reconciliation.differed")
    assert told["tenant_id"] == operator
    (example,) = told["payload"]["examples"]
    assert example["invoiceId"] == str(invoice.invoice_id)


def test_the_operators_people_can_read_what_differs(
    stripe: Any, issue: Issue, run: Any, clock: Any, operator: TenantId, make_administrator: Any
) -> None:
    issue(collect=False)
    run()
    (told,) = events("reconciliation.differed")
    somebody = make_administrator(operator, "auditor")
    notice = notice_for("reconciliation.differed", told["payload"], clock(), somebody)
    assert notice is not None
    assert "Of 1 invoices compared, some differ (missing there: 1)" in notice.words.message


def test_what_never_reached_stripe_is_told_once_it_should_have(
    stripe: Any, issue: Issue, run: Any, clock: Any, context: Any
) -> None:
    issue(collect=False)
    context.remaining_ms = 600_000
    assert reconcile_payments.Run(clock, context).reconcile()["counts"] == {}
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
    found = reconcile_payments.Run(clock, context).reconcile()
    assert (found["compared"], found["isComplete"]) == (0, False)


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
