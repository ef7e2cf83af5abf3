"""What jobs tell people of: budgets that are reached, invoices that are not paid."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from saasgen.testing import Database

from handlers.consumers import send_notification
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import period_invoice
from handlers.jobs import remind_of_invoices, watch_budgets
from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import Money
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from .. import collecting
from ..accounting import ORIGIN, SELLER, events_of, invoices_of, settle_on, take_in, use

FIRST = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def tenant(database: Database) -> TenantId:
    return take_in(FIRST)


@pytest.fixture
def watch(clock: Any, context: Any) -> Any:
    clock.now = datetime(2026, 2, 10, 12, tzinfo=UTC)
    return lambda **options: watch_budgets.watch_all(clock, context, **options)


def told(tenant: TenantId) -> list[int]:
    return [data["threshold"] for _, data in events_of(tenant, "budget.")]


def test_each_threshold_is_told_once_a_period(tenant: TenantId, watch: Any, clock: Any) -> None:
    settle_on(tenant, budget=1_000)
    for cost, thresholds in [
        ("4.00", []),
        ("1.00", [50]),
        ("2.60", [50, 90]),
        ("9.00", [50, 90, 100]),
    ]:
        use(tenant, date(2026, 2, 10), cost)
        for _ in range(2):
            watch()
        assert told(tenant) == thresholds
    clock.now = datetime(2026, 3, 2, tzinfo=UTC)
    use(tenant, date(2026, 3, 1), "6.00")
    watch()
    assert told(tenant) == [50, 90, 100, 50]


def test_a_tenant_without_a_budget_is_told_nothing(tenant: TenantId, watch: Any) -> None:
    settle_on(tenant)
    use(tenant, date(2026, 2, 10), "1000")
    assert watch() == 0


def test_one_that_fails_does_not_keep_the_others_waiting(
    tenant: TenantId, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [take_in(FIRST, name) for name in ("Globex", "Hooli")]
    for one in (tenant, *others):
        settle_on(one, budget=100)
        use(one, date(2026, 2, 10), "10")
    tell = watch_budgets.budgets.watch

    def fail_for_the_first(session: Any, now: Any, whom: TenantId, *rest: Any) -> Any:
        if whom == tenant:
            raise RuntimeError("no")
        return tell(session, now, whom, *rest)

    monkeypatch.setattr(watch_budgets.budgets, "watch", fail_for_the_first)
    assert watch(batch=1) == 2
    assert [told(one) for one in (tenant, *others)] == [[], [100], [100]]


@pytest.fixture
def issued(tenant: TenantId) -> datetime:
    """Issue an invoice on 1 March and give the time it is due."""
    use(tenant, date(2026, 2, 10), "10")
    now = datetime(2026, 3, 1, 6, tzinfo=UTC)
    with sessions.tenant_session(tenant) as session:
        (draft,) = period_invoice.generate(session, now, tenant, "USD", ORIGIN).invoices
        invoice = invoices.finalize(session, now, tenant, draft.invoice_id, SELLER, ORIGIN)
    assert invoice.due_at is not None
    return invoice.due_at


def test_an_invoice_is_overdue_when_it_is_due_and_reminded_of_twice_more(
    tenant: TenantId, issued: datetime, clock: Any, context: Any
) -> None:
    reminders = []
    for days in (-1, 0, 1, 6, 7, 8, 20, 21, 60):
        clock.now = issued + timedelta(days=days)
        reminders.append(remind_of_invoices.remind_all(clock, context))
        remind_of_invoices.remind_all(clock, context)
    assert reminders == [0, 1, 0, 0, 1, 0, 0, 1, 0]
    assert [data["reminder"] for _, data in events_of(tenant, "invoice.overdue")] == [1, 2, 3]
    (invoice,) = invoices_of(tenant)
    assert (invoice.status, invoice.reminders_sent) == ("overdue", 3)


def test_a_job_that_was_away_does_not_send_all_reminders_at_once(
    tenant: TenantId, issued: datetime, clock: Any, context: Any
) -> None:
    clock.now = issued + timedelta(days=40)
    assert remind_of_invoices.remind_all(clock, context) == 1
    assert remind_of_invoices.remind_all(clock, context) == 0


def test_what_is_paid_is_not_reminded_of(
    tenant: TenantId, issued: datetime, clock: Any, context: Any
) -> None:
    clock.now = issued
    assert remind_of_invoices.remind_all(clock, context) == 1
    (invoice,) = invoices_of(tenant)
    with sessions.tenant_session(tenant) as session:
        invoices.mark_paid(session, clock(), tenant, invoice.invoice_id, clock(), "RF18", ORIGIN)
    clock.now = issued + timedelta(days=30)
    assert remind_of_invoices.remind_all(clock, context) == 0


def test_a_reminder_asks_for_what_is_left_after_a_credit(
    tenant: TenantId, issued: datetime, clock: Any, context: Any, outgoing: Any, make_event: Any
) -> None:
    (invoice,) = invoices_of(tenant)
    collecting.credit(invoice, 100, clock())
    clock.now = issued
    remind_of_invoices.remind_all(clock, context)
    ((name, data),) = events_of(tenant, "invoice.overdue")
    assert (data["amount"], data["openAmount"]) == (invoice.total_minor, invoice.total_minor - 100)
    send_notification.notify(make_event(tenant, event_type=name, data=data))
    (mail,) = outgoing.mails
    assert str(Money(invoice.total_minor - 100, invoice.currency)) in mail.text


def test_a_reminder_is_mailed_once(
    tenant: TenantId, issued: datetime, clock: Any, context: Any, outgoing: Any, make_event: Any
) -> None:
    clock.now = issued
    remind_of_invoices.remind_all(clock, context)
    ((name, data),) = events_of(tenant, "invoice.overdue")
    event: Event = make_event(tenant, event_type=name, data=data)
    for _ in range(2):
        send_notification.notify(event)
    (mail,) = outgoing.mails
    assert mail.subject == "Reminder 1: invoice 1 from Acme Inc."
