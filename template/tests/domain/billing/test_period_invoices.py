"""Billing periods on a real database: once each, in order, whoever asks and whenever it breaks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from saasgen.testing import Database

from handlers.domain.billing import books, projections
from handlers.domain.billing.invoices import period_invoice
from handlers.domain.billing.invoices.draft import DraftLine
from handlers.domain.billing.invoices.invoice import Invoice, InvoiceLine
from handlers.domain.billing.invoices.period_invoice import BilledPeriod, Preview
from handlers.domain.terms.billing_periods import Period
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ...accounting import (
    ORIGIN,
    essence,
    events_of,
    invoices_of,
    settle_on,
    subscribe,
    take_in,
    use,
)

FIRST = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
JANUARY = Period(date(2026, 1, 10), date(2026, 2, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def tenant(database: Database) -> TenantId:
    return take_in(FIRST)


def bill(tenant: TenantId, now: datetime = MARCH, wanted: Period | None = None) -> BilledPeriod:
    with sessions.tenant_session(tenant) as session:
        return period_invoice.generate(session, now, tenant, "USD", ORIGIN, wanted)


def preview(tenant: TenantId, now: datetime = MARCH, wanted: Period | None = None) -> Preview:
    with sessions.tenant_session(tenant) as session:
        return period_invoice.preview(session, now, tenant, "USD", wanted)


def shape(line: DraftLine | InvoiceLine) -> tuple[Any, ...]:
    return line.kind, line.description, line.quantity, line.amount_minor, line.usage


def totals(billed: BilledPeriod) -> list[tuple[str, int]]:
    return [(invoice.currency, invoice.total_minor) for invoice in billed.invoices]


def test_a_period_is_billed_with_margin_and_tax_in_order(tenant: TenantId) -> None:
    settle_on(tenant, tax=Decimal(19))
    use(tenant, date(2026, 1, 31), "10.00")
    use(tenant, date(2026, 2, 1), "20.00")
    january, february = bill(tenant), bill(tenant)
    assert (january.period, february.period) == (JANUARY, FEBRUARY)
    assert totals(january) == [("USD", 1428)]
    assert totals(february) == [("USD", 2856)]
    (invoice,) = january.invoices
    assert (invoice.status, invoice.number, invoice.reason) == ("draft", None, "period")
    assert (invoice.subtotal_minor, invoice.tax_minor) == (1200, 228)
    assert invoice.tax_percent == Decimal(19)
    assert invoice.margin == {"type": "fixed", "percent": "20.00"}


def test_billing_again_finds_what_was_billed(tenant: TenantId) -> None:
    use(tenant, date(2026, 1, 31), "10.00")
    now = datetime(2026, 2, 5, tzinfo=UTC)
    first, again, named = bill(tenant, now), bill(tenant, now), bill(tenant, now, JANUARY)
    assert [found.is_new for found in (first, again, named)] == [True, False, False]
    assert [i.invoice_id for i in again.invoices] == [i.invoice_id for i in first.invoices]
    assert named.period == again.period == JANUARY
    assert len(invoices_of(tenant)) == 1


def test_the_preview_is_what_is_stored(tenant: TenantId) -> None:
    settle_on(tenant, tax=Decimal("7.5"), cycle_day=15)
    subscribe(tenant, FIRST, datetime(2026, 2, 10, tzinfo=UTC))
    use(tenant, date(2026, 1, 12), "3.337")
    use(tenant, date(2026, 1, 12), "1.111", "m-2")
    for _ in range(2):
        shown = preview(tenant)
        assert invoices_of(tenant) == invoices_of(tenant)
        billed = bill(tenant)
        assert shown.period == billed.period
        assert [[shape(line) for line in draft.lines] for draft in shown.drafts] == [
            [shape(line) for line in invoice.lines] for invoice in billed.invoices
        ]
        assert [(d.subtotal_minor, d.tax_minor, d.margin) for d in shown.drafts] == [
            (i.subtotal_minor, i.tax_minor, i.margin) for i in billed.invoices
        ]


def test_a_preview_writes_nothing(tenant: TenantId) -> None:
    subscribe(tenant, FIRST, datetime(2026, 1, 20, tzinfo=UTC))
    use(tenant, date(2026, 1, 12), "3.00")
    assert preview(tenant).drafts
    assert invoices_of(tenant) == []
    assert events_of(tenant) == []
    assert preview(tenant).period == JANUARY


def test_late_usage_is_an_adjustment_on_the_next_invoice(tenant: TenantId) -> None:
    use(tenant, date(2026, 1, 31), "10.00")
    bill(tenant)
    use(tenant, date(2026, 1, 30), "5.00")
    use(tenant, date(2026, 2, 3), "1.00")
    (invoice,) = bill(tenant).invoices
    assert [(line.kind, line.amount_minor) for line in invoice.lines] == [
        ("usage", 120),
        ("adjustment", 600),
    ]


def test_a_correction_below_zero_gives_back_with_its_tax(tenant: TenantId) -> None:
    settle_on(tenant, tax=Decimal(10))
    use(tenant, date(2026, 1, 31), "10.00")
    bill(tenant)
    use(tenant, date(2026, 1, 31), "-10.00")
    assert totals(bill(tenant)) == [("USD", -1320)]


def test_what_was_used_in_another_currency_is_another_invoice(tenant: TenantId) -> None:
    use(tenant, date(2026, 1, 12), "10.00", currency="EUR")
    use(tenant, date(2026, 1, 20), "1000.4", currency="JPY")
    assert totals(bill(tenant)) == [("EUR", 1200), ("JPY", 1200)]


def test_a_period_that_has_not_ended_is_not_billed(tenant: TenantId) -> None:
    now = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(Conflict, match="ends on 2026-02-01"):
        bill(tenant, now)
    with pytest.raises(Conflict, match="ends on 2026-02-01"):
        bill(tenant, now, JANUARY)
    assert bill(tenant, now + timedelta(seconds=1)).period == JANUARY


def test_a_period_does_not_overtake_an_older_one(tenant: TenantId) -> None:
    with pytest.raises(Conflict, match="2026-01-10 to 2026-02-01"):
        bill(tenant, MARCH, FEBRUARY)


def test_a_period_without_anything_is_closed_without_an_invoice(tenant: TenantId) -> None:
    assert bill(tenant).invoices == []
    assert bill(tenant).period == FEBRUARY


def test_another_cycle_day_leaves_no_day_out(tenant: TenantId) -> None:
    bill(tenant)
    settle_on(tenant, cycle_day=15)
    assert bill(tenant).period == Period(date(2026, 2, 1), date(2026, 2, 15))
    later = datetime(2026, 4, 1, tzinfo=UTC)
    assert bill(tenant, later).period == Period(date(2026, 2, 15), date(2026, 3, 15))


def test_a_term_that_falls_due_is_billed_and_the_subscription_goes_on(tenant: TenantId) -> None:
    subscribe(tenant, datetime(2026, 1, 31, 8, tzinfo=UTC), datetime(2026, 2, 28, 8, tzinfo=UTC))
    bill(tenant)
    (invoice,) = bill(tenant).invoices
    (line,) = invoice.lines
    assert (line.kind, line.quantity, line.amount_minor) == ("seats", 2, 5000)
    assert line.description == "Team plan, monthly, 28 February 2026 to 31 March 2026"
    (renewed,) = [data for name, data in events_of(tenant) if name == "subscription.renewed"]
    assert renewed["periodEnd"] == "2026-03-31T08:00:00+00:00"
    (again,) = bill(tenant, datetime(2026, 4, 1, tzinfo=UTC)).invoices
    assert again.lines[0].description.endswith("31 March 2026 to 30 April 2026")


def test_a_trial_goes_over_into_the_first_term_that_is_paid(tenant: TenantId) -> None:
    subscribe(tenant, FIRST, FIRST + timedelta(days=14), trial=True)
    (invoice,) = bill(tenant).invoices
    assert invoice.lines[0].description.endswith("24 January 2026 to 24 February 2026")
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT status FROM subscriptions") == {"status": "active"}


@pytest.mark.parametrize(
    ("order", "status"), [({"ends": True}, "canceled"), ({"status": "paused"}, "paused")]
)
def test_who_leaves_or_pauses_is_not_charged_for_another_term(
    tenant: TenantId, order: dict[str, Any], status: str
) -> None:
    subscribe(tenant, FIRST, datetime(2026, 1, 20, tzinfo=UTC), **order)
    assert bill(tenant).invoices == []
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT status FROM subscriptions") == {"status": status}


def test_a_term_that_ended_off_its_day_is_followed_by_a_whole_one(tenant: TenantId) -> None:
    subscribe(tenant, FIRST, datetime(2026, 2, 10, tzinfo=UTC))
    bill(tenant)
    (invoice,) = bill(tenant).invoices
    assert [line.description for line in invoice.lines] == [
        "Team plan, monthly, 10 February 2026 to 10 March 2026"
    ]


class Killed(BaseException):
    """What nothing catches, like the end of the process."""


def test_killed_after_any_statement_a_period_is_billed_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, sent = psycopg.Connection.execute, list[Any]()

    def killed_after(last: int) -> Any:
        def send(connection: Any, query: Any, *args: Any, **options: Any) -> Any:
            done = execute(connection, query, *args, **options)
            sent.append(query)
            if len(sent) == last:
                connection.close()
                raise Killed
            return done

        return send

    while not sent or sent[-1] != "COMMIT":
        number = len(sent) + 1
        sent.clear()
        tenant = take_in(FIRST, f"Tenant {number}")
        subscribe(tenant, FIRST, datetime(2026, 1, 20, tzinfo=UTC))
        use(tenant, date(2026, 1, 12), "10.00")
        with monkeypatch.context() as broken:
            broken.setattr(psycopg.Connection, "execute", killed_after(number))
            with pytest.raises(Killed):
                bill(tenant)
        assert len(invoices_of(tenant)) == (sent[-1] == "COMMIT")
        assert bill(tenant, MARCH, JANUARY).period == JANUARY
        assert [invoice.total_minor for invoice in invoices_of(tenant)] == [6200]
    assert len(sent) > 5


def test_many_at_once_bill_a_period_once_while_usage_comes_in(tenant: TenantId) -> None:
    def work(number: int) -> Any:
        try:
            if number % 2:
                return use_under_lock(tenant, date(2026, 1, 12))
            return bill(tenant, datetime(2026, 2, 5, tzinfo=UTC)).is_new
        finally:
            sessions.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(40)))
    bill(tenant)
    billed = invoices_of(tenant)
    # each of the 20 events is on one invoice, as usage or as an adjustment
    assert sum(invoice.total_minor for invoice in billed) == 20 * 120
    assert len(billed) <= 2


def use_under_lock(tenant: TenantId, day: date) -> None:
    """Record usage as the ingest does: the closing held FOR SHARE."""
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO usage_closings (tenant_id, closed_until) VALUES (%s, '0001-01-01')"
            " ON CONFLICT DO NOTHING",
            [tenant],
        )
        row = session.one("SELECT closed_until FROM usage_closings FOR SHARE")
        assert row is not None
        session.execute(
            "INSERT INTO usage_rollups VALUES (%(t)s, greatest(%(d)s, %(c)s), %(d)s, 'm', 'p', 'u',"
            " 'chat', 'USD', false, 1, 1, 1, 0, 0, 1, 1.00)"
            " ON CONFLICT ON CONSTRAINT usage_rollups_pkey DO UPDATE"
            " SET provider_cost = usage_rollups.provider_cost + 1.00",
            {"t": tenant, "d": day, "c": row["closed_until"]},
        )


def bill_all(tenant: TenantId, clock: Callable[[datetime], datetime]) -> None:
    """Bill every month until the end; `clock` tells each moment in its own way."""
    while True:
        with sessions.tenant_session(tenant) as session:
            ends = books.read(session, tenant, "USD").next_period.ends_at
            if ends > END:
                return
            period_invoice.generate(session, clock(ends), tenant, "USD", ORIGIN)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"]
YEARS = 17
"""Leap days among them, and two changes of the clock in each; five tenants make 1,020 months."""
END = datetime(2024 + YEARS, 1, 28, tzinfo=UTC)


def test_a_thousand_months_are_the_same_in_every_time_zone_twice_and_at_once(
    database: Database,
) -> None:
    made = [month_books(number) for number in range(len(ZONES))]

    def work(number: int) -> None:
        zone = ZoneInfo(ZONES[number % len(ZONES)])
        try:
            bill_all(made[number // 2], lambda ends: ends.astimezone(zone))
        finally:
            sessions.close()

    with ThreadPoolExecutor(4) as pool:  # two at every tenant
        list(pool.map(work, range(2 * len(ZONES))))
    found = [all_invoices_of(tenant) for tenant in made]
    assert all(invoices == found[0] for invoices in found[1:])
    starts = [invoice[3] for invoice in found[0]]
    # nothing is to be paid for the first month: the first term is paid, and nothing was used
    assert len(starts) == len(set(starts)) == YEARS * 12 - 1
    for tenant in made:
        bill_all(tenant, lambda ends: ends)
    assert [all_invoices_of(tenant) for tenant in made] == found
    assert sum(invoice[6] for invoice in found[0]) > 0


def month_books(number: int) -> TenantId:
    tenant = take_in(datetime(2024, 1, 29, 23, 30, tzinfo=UTC), f"Tenant {number}")
    settle_on(tenant, tax=Decimal(19), cycle_day=28)
    subscribe(tenant, datetime(2024, 1, 31, 23, tzinfo=UTC), datetime(2024, 2, 29, 23, tzinfo=UTC))
    for year in range(2024, 2024 + YEARS):
        for day in (date(year, 2, 28), date(year, 3, 29), date(year, 10, 25), date(year, 12, 31)):
            use(tenant, day, "1.2345")
    return tenant


def all_invoices_of(tenant: TenantId) -> list[tuple[Any, ...]]:
    with sessions.tenant_session(tenant) as session:
        rows = session.all("SELECT period_end FROM invoices ORDER BY period_start")
        found: list[Invoice] = []
        for row in rows:
            found += period_invoice.reading.find_of_period(session, tenant, row["period_end"])
    return [essence(invoice) for invoice in found]


def test_a_projection_goes_on_as_the_days_did(tenant: TenantId) -> None:
    settle_on(tenant, tax=Decimal(10))
    for day in range(10, 20):
        use(tenant, date(2026, 1, day), "1.00")
    with sessions.tenant_session(tenant) as session:
        noon = datetime(2026, 1, 20, 12, tzinfo=UTC)
        found = projections.project(session, noon, tenant, "USD")
    assert found.period == JANUARY
    assert found.sample_days == 10
    assert found.so_far_minor == 1320
    # ten days so far, this one and eleven more, all alike: 22 x 1.00 x 1.2 x 1.1
    assert found.low_minor == found.expected_minor == found.high_minor == 2904


def test_a_projection_of_uneven_days_has_a_range_and_is_never_below_what_is_there(
    tenant: TenantId,
) -> None:
    for day in range(10, 20):
        use(tenant, date(2026, 1, day), "9.00" if day % 5 == 0 else "0.10")
    with sessions.tenant_session(tenant) as session:
        noon = datetime(2026, 1, 20, 12, tzinfo=UTC)
        found = projections.project(session, noon, tenant, "USD")
    assert found.so_far_minor <= found.low_minor < found.expected_minor < found.high_minor


def test_a_projection_without_a_day_to_go_by_says_so(tenant: TenantId) -> None:
    with sessions.tenant_session(tenant) as session:
        found = projections.project(session, FIRST, tenant, "USD")
    assert (found.sample_days, found.expected_minor, found.high_minor) == (0, 0, 0)
