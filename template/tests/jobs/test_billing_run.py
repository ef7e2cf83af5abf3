"""The run that bills all tenants: it goes on where it was, and stops before it does harm."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
import pytest
from saasgen.testing import Database

from handlers.domain.billing import invoices, runs
from handlers.domain.billing.circuit_breaker import Bounds, fault_of
from handlers.domain.billing.invoices import period_invoice
from handlers.jobs import billing_run
from handlers.jobs.billing_run import BillingRunOrder, Work
from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import Money
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from ..accounting import (
    ORIGIN,
    SELLER,
    essence,
    events_of,
    invoices_of,
    settle_on,
    subscribe,
    take_in,
    use,
)

FIRST = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(database: Database, context: Any, clock: Any) -> Run:
    clock.now = MARCH

    def run(**order: Any) -> dict[str, Any]:
        work = Work(BillingRunOrder.model_validate(order), clock, context)
        answer = work.preview() if work.order.dry_run else work.run()
        json.dumps(answer)  # as Lambda sends it
        return answer

    return run


@pytest.fixture
def tenants(database: Database) -> list[TenantId]:
    """Take in tenants with usage and subscriptions in January and February."""
    made = [take_in(FIRST, f"Tenant {number}") for number in range(6)]
    for number, tenant in enumerate(made):
        use(tenant, date(2026, 1, 20), f"{number}.25")
        use(tenant, date(2026, 2, 20), f"{number}.75")
        if number % 2:
            subscribe(tenant, FIRST, datetime(2026, 2, 10, tzinfo=UTC))
    return made


def rows(table: LiteralString) -> int:
    with sessions.service_session() as session:
        (row,) = session.all("SELECT count(*) FROM " + table)
    count: int = row["count"]
    return count


def billed(tenants: list[TenantId]) -> list[list[Any]]:
    return [[essence(invoice) for invoice in invoices_of(tenant)] for tenant in tenants]


def test_a_run_bills_every_period_that_ended_and_issues_the_invoices(
    run: Run, tenants: list[TenantId]
) -> None:
    answer = run()
    assert (answer["state"], answer["finished"]) == ("done", True)
    assert (answer["invoices"], answer["failed"], answer["faults"]) == (12, 0, [])
    for tenant in tenants:
        made = invoices_of(tenant)
        assert [invoice.number for invoice in made] == [1, 2]
        assert {invoice.status for invoice in made} == {"pending"}
        names = [name for name, _ in events_of(tenant, "invoice.")]
        assert sorted(names) == ["invoice.finalized"] * 2 + ["invoice.generated"] * 2


def test_with_nobody_due_there_is_no_run_until_the_next_period_ends(
    run: Run, tenants: list[TenantId], clock: Any
) -> None:
    first = run()
    clock.now = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    nothing = run()
    assert (nothing["runId"], nothing["state"], nothing["finished"]) == (None, "nobody_due", True)
    assert (nothing["tenants"], nothing["invoices"]) == (0, 0)
    assert rows("billing_runs") == 1
    use(tenants[0], date(2026, 3, 2), "1.00")
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    second = run()
    assert second["runId"] != first["runId"]
    assert second["invoices"] >= 1
    assert invoices_of(tenants[0])[-1].number == 3


def test_a_run_lists_nobody_but_who_is_due(
    run: Run, tenants: list[TenantId], clock: Any, database: Database
) -> None:
    settle_on(tenants[0], cycle_day=15)
    assert run()["tenants"] == 6
    clock.now = datetime(2026, 3, 15, tzinfo=UTC)
    take_in(clock.now, "Newcomer")
    answer = run()
    assert (answer["state"], answer["tenants"], answer["finalized"]) == ("done", 1, 1)


class Killed(BaseException):
    """What nothing catches, like the end of the process."""


@pytest.mark.parametrize("statement", [0, 3, 7, 13, 20, 26, 33, 47, 60, 75, 90, 110, 130, 150])
def test_a_run_killed_anywhere_goes_on_and_bills_everybody_once(
    run: Run,
    tenants: list[TenantId],
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    statement: int,
) -> None:
    execute, left = psycopg.Connection.execute, statement

    def killed_on_the_way(connection: Any, *args: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        done = execute(connection, *args, **options)
        if left < 0:
            connection.close()
            raise Killed
        return done

    with monkeypatch.context() as broken:
        broken.setattr(psycopg.Connection, "execute", killed_on_the_way)
        with pytest.raises(Killed):
            run(workers=1)
    sessions.close()
    clock.forward(minutes=3)  # leases of who is gone run out
    assert run()["state"] == "done"
    for number, tenant in enumerate(tenants):
        made = invoices_of(tenant)
        assert [invoice.number for invoice in made] == [1, 2]
        fee = 5000 if number % 2 else 0
        assert sum(invoice.total_minor for invoice in made) == 120 * (2 * number + 1) + fee


def test_two_runs_at_once_are_one(
    run: Run, tenants: list[TenantId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_run, "_BATCH", 1)

    def work(_: int) -> dict[str, Any]:
        try:
            return run(workers=2)
        finally:
            sessions.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(work, range(3)))
    assert run()["state"] in ("done", "nobody_due")
    assert rows("billing_runs") == 1
    assert all(answer["failed"] == 0 for answer in answers)
    assert [[i.number for i in invoices_of(tenant)] for tenant in tenants] == [[1, 2]] * 6


def test_a_run_without_time_left_begins_and_lets_others_go_on(
    run: Run, tenants: list[TenantId], context: Any
) -> None:
    context.remaining_ms = 1_000
    answer = run()
    assert (answer["state"], answer["finished"], answer["waiting"]) == ("drafting", False, 6)
    context.remaining_ms = 60_000
    assert run()["runId"] == answer["runId"]
    assert len(invoices_of(tenants[0])) == 2


@pytest.mark.parametrize(
    ("cost", "reason"),
    [
        ("-5.00", "gives money back"),
        ("500000.00", "is above"),
        ("800.00", "more than 10 times the usage"),
    ],
)
def test_the_breaker_stops_a_run_before_anything_is_issued(
    run: Run, tenants: list[TenantId], cost: str, reason: str
) -> None:
    use(tenants[2], date(2026, 2, 21), cost)
    answer = run()
    assert (answer["state"], answer["finished"], answer["finalized"]) == ("stopped", True, 0)
    (fault,) = answer["faults"]
    assert fault["tenantId"] == str(tenants[2])
    assert reason in fault["reason"]
    assert {i.status for tenant in tenants for i in invoices_of(tenant)} == {"draft"}
    assert run()["state"] == "stopped"


def test_a_stopped_run_goes_on_when_a_person_has_decided(run: Run, tenants: list[TenantId]) -> None:
    use(tenants[2], date(2026, 2, 21), "800.00")
    (fault,) = run()["faults"]
    named = invoices_of(tenants[2])[1]
    assert str(named.invoice_id) == fault["invoiceId"]
    with sessions.tenant_session(tenants[2]) as session:
        invoices.void(session, MARCH, tenants[2], named.invoice_id, "Test usage", ORIGIN)
    assert run()["state"] == "done"
    assert [i.status for i in invoices_of(tenants[2])] == ["pending", "cancelled"]


def test_other_bounds_let_a_stopped_run_go_on(run: Run, tenants: list[TenantId]) -> None:
    use(tenants[2], date(2026, 2, 21), "800.00")
    assert run()["state"] == "stopped"
    assert run(bounds={"mostTimes": 1000})["state"] == "done"


def test_the_bounds_are_the_stacks_unless_a_call_says_otherwise(
    run: Run, tenants: list[TenantId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_BOUNDS", '{"most": 5, "mostTimes": 2.5, "unlessBelow": 0}')
    settings.cache_clear()
    reasons = {fault["reason"] for fault in run()["faults"]}
    assert reasons == {
        "is above 5.00 USD",
        "has more than 2.5 times the usage of the one before, 0.30 USD",
    }
    reasons = {fault["reason"] for fault in run(bounds={"most": 1000})["faults"]}
    assert reasons == {"has more than 2.5 times the usage of the one before, 0.30 USD"}
    assert run(bounds={"most": 1000, "mostTimes": 100})["state"] == "done"


@pytest.mark.parametrize(
    ("minor", "previous", "currency", "ok"),
    [
        (10_000_000, None, "USD", True),
        (10_000_001, None, "USD", False),
        (100_001, None, "JPY", False),
        (100_000, 10_000, "USD", True),
        (100_001, 10_000, "USD", False),
        (9_999, 1, "USD", True),
        (20_000, -5, "USD", False),
        (-1, None, "USD", False),
        (0, 5, "USD", True),
    ],
)
def test_the_bounds(minor: int, previous: int | None, currency: str, ok: bool) -> None:
    assert (fault_of(Money(minor, currency), minor, previous, Bounds()) is None) is ok


def test_what_was_agreed_is_not_measured_by_the_usage_of_before() -> None:
    assert fault_of(Money(500_000, "USD"), 100, 100, Bounds()) is None


def test_a_tenant_that_cannot_be_billed_is_named_and_keeps_nobody_waiting(
    run: Run, tenants: list[TenantId]
) -> None:
    subscribe(tenants[0], FIRST, datetime(2026, 1, 20, tzinfo=UTC), tier="ENTERPRISE", seats=1)
    shown = run(dryRun=True)
    assert len(shown["invoices"]) == 5
    answer = run()
    assert (answer["state"], answer["failed"]) == ("done", 1)
    assert answer["failures"] == shown["failures"]
    assert list(answer["failures"]) == [str(tenants[0])]
    assert "/seatCount: Enterprise has at least" in answer["failures"][str(tenants[0])]
    assert invoices_of(tenants[0]) == []
    assert len(invoices_of(tenants[1])) == 2


def test_a_tenant_that_fails_every_hour_has_one_row_and_is_billed_once_it_can_be(
    run: Run, tenants: list[TenantId], clock: Any
) -> None:
    bad = subscribe(tenants[0], FIRST, datetime(2026, 2, 10, tzinfo=UTC), tier="ENTERPRISE")
    assert run()["tenants"] == 6
    for _ in range(3):
        clock.forward(hours=1)
        again = run()
        assert (again["tenants"], list(again["failures"])) == (1, [str(tenants[0])])
    assert rows("billing_run_items") == 6
    with sessions.tenant_session(tenants[0]) as session:
        session.execute(
            "UPDATE subscriptions SET status = 'paused' WHERE subscription_id = %s", [bad]
        )
    clock.forward(hours=1)
    assert (run()["failed"], run()["state"]) == (0, "nobody_due")
    assert len(invoices_of(tenants[0])) == 2


def test_what_could_not_be_issued_is_issued_by_the_next_run(
    run: Run, tenants: list[TenantId], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def explode(*_: Any) -> None:
            raise RuntimeError("no")

        broken.setattr(billing_run, "finalize_drafts", explode)
        assert run()["failed"] == 6
    assert run()["failed"] == 0
    assert [[i.status for i in invoices_of(t)] for t in tenants] == [["pending"] * 2] * 6


def test_a_period_that_its_tenant_had_drafted_is_checked_and_issued_too(
    run: Run, tenants: list[TenantId]
) -> None:
    use(tenants[2], date(2026, 1, 21), "500000.00")
    with sessions.tenant_session(tenants[2]) as session:
        made = period_invoice.generate(session, MARCH, tenants[2], "USD", ORIGIN)
    (draft,) = made.invoices
    answer = run()
    assert [fault["invoiceId"] for fault in answer["faults"]] == [str(draft.invoice_id)]
    assert run(bounds={"most": 1_000_000})["state"] == "done"
    assert [i.status for i in invoices_of(tenants[2])] == ["pending"] * 2


def test_a_dry_run_tells_what_would_be_billed_next_and_writes_nothing(
    run: Run, tenants: list[TenantId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_run, "_BATCH", 2)
    answer = run(dryRun=True)
    assert answer["finished"] is True
    assert [found["total"] for found in answer["invoices"]] == [
        "0.30 USD", "1.50 USD", "2.70 USD", "3.90 USD", "5.10 USD", "6.30 USD",
    ]  # fmt: skip
    assert billed(tenants) == [[]] * 6
    assert rows("billing_runs") == 0


def test_the_same_books_give_the_same_invoices_however_they_are_run(
    run: Run, database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_run, "_BATCH", 1)
    made = [take_in(FIRST, "Twin") for _ in range(4)]
    for tenant in made[:2]:
        use(tenant, date(2026, 1, 31), "17.777")
        subscribe(tenant, FIRST, datetime(2026, 2, 10, tzinfo=UTC))
    run(workers=1)
    for tenant in made[2:]:
        # the same, but told late: as an adjustment of the period that is open by now
        use(tenant, date(2026, 1, 31), "17.777")
    clock.now += timedelta(days=31)
    run(workers=4)
    twins = billed(made)
    assert twins[0] == twins[1]
    assert twins[2] == twins[3] != twins[0]


def test_numbers_have_no_gaps_when_many_issue_and_some_fail(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = take_in(datetime(2024, 1, 1, tzinfo=UTC))
    for month in range(1, 13):
        use(tenant, date(2025, month, 5), "1.00")
    run(workers=1, bounds={"most": 0})
    drafts = [invoice.invoice_id for invoice in invoices_of(tenant)]
    assert len(drafts) == 12

    def issue(number: int) -> None:
        try:
            with sessions.tenant_session(tenant) as session:
                invoices.finalize(session, MARCH, tenant, drafts[number], SELLER, ORIGIN)
                _ = 1 // (number % 3)
        except ZeroDivisionError:
            return
        finally:
            sessions.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(issue, range(12)))
    numbers = [invoice.number for invoice in invoices_of(tenant) if invoice.number]
    assert sorted(numbers) == list(range(1, 9))


def test_what_is_not_the_job_of_a_run_is_refused() -> None:
    with pytest.raises(ValueError, match="mostTime"):
        BillingRunOrder.model_validate({"bounds": {"mostTime": 5}})
    assert BillingRunOrder.model_validate(
        {"bounds": {"mostTimes": "2.5"}}
    ).bounds.most_times == Decimal("2.5")


def test_a_lease_that_ran_out_is_taken_over(run: Run, tenants: list[TenantId], clock: Any) -> None:
    with sessions.service_session() as session:
        begun = runs.begin(session, clock(), TenantId(billing_run.settings().operator))
        assert begun is not None
        assert len(runs.claim(session, clock(), begun, "waiting", 100)) == 6
        assert runs.claim(session, clock(), begun, "waiting", 100) == []
    assert run()["waiting"] == 6
    clock.forward(minutes=3)
    assert run()["state"] == "done"
