"""Usage is recorded once, at the price of its time, to the last digit."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg.types.json import Jsonb

from handlers.domain.metering import ingest
from handlers.domain.metering.writing import UsagePricing
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from .conftest import close, rollups, statuses, usage

TODAY = date(2026, 3, 1)


def test_an_event_is_priced_to_the_last_digit(record, price, tenant):
    price("0.123457", "1.000001")
    (outcome,) = record(tenant, usage(input_tokens=999_999_999, output_tokens=7))
    # 999999999 x 0.123457 + 7 x 1.000001, by a million, and 20 % on top
    assert outcome.provider_cost == Decimal("123.457006876550")
    assert outcome.billed_cost == Decimal("148.14840825186")
    assert (outcome.currency, outcome.estimated) == ("USD", False)
    assert [row["provider_cost"] for row in rollups(tenant)] == [outcome.provider_cost]


def test_a_day_is_summed_by_model_provider_user_and_type(record, tenant):
    outcomes = record(
        tenant,
        usage("a", cached=True, phi_detected=True),
        usage("b", input_tokens=1),
        usage("c", user_id="user-2", request_type="image"),
        usage("d", model_id="example-small"),
    )
    assert statuses(outcomes) == ["accepted"] * 4
    rows = rollups(tenant)
    keys = [(r["model_id"], r["user_id"], r["request_type"], r["request_count"]) for r in rows]
    assert keys == [
        ("example-large", "user-1", "chat", 2),
        ("example-large", "user-2", "image", 1),
        ("example-small", "user-1", "chat", 1),
    ]
    first = rows[0]
    assert (first["cached_count"], first["phi_count"], first["latency_ms_total"]) == (1, 1, 80)
    assert (first["input_tokens"], first["output_tokens"]) == (1001, 1000)


def test_a_model_without_a_price_costs_the_default_and_says_so(record, tenant):
    (outcome,) = record(tenant, usage(input_tokens=1_000_000, output_tokens=1_000_000))
    assert (outcome.provider_cost, outcome.estimated) == (3, True)
    assert [row["estimated"] for row in rollups(tenant)] == [True]


def test_a_price_in_another_currency_is_no_price(record, price, tenant):
    price("9", currency="EUR")
    assert [outcome.estimated for outcome in record(tenant, usage())] == [True]


def test_usage_costs_what_held_when_it_occurred(record, price, tenant, clock):
    price("1", valid_from=clock() - timedelta(days=10))
    price("2", valid_from=clock() - timedelta(days=5))
    price("4", valid_from=clock() + timedelta(days=1))
    moments = [
        timedelta(days=11),
        timedelta(days=10),
        timedelta(days=5, microseconds=1),
        timedelta(days=5),
        timedelta(),
    ]
    events = [
        usage(
            f"{ago.total_seconds()}", occurred_at=clock() - ago, input_tokens=10**6, output_tokens=0
        )
        for ago in moments
    ]
    outcomes = record(tenant, *events)
    assert [outcome.provider_cost for outcome in outcomes] == [1, 1, 1, 2, 2]
    assert [outcome.estimated for outcome in outcomes] == [True, False, False, False, False]


def test_a_repetition_is_answered_with_the_first_event(record, tenant, clock):
    (first,) = record(tenant, usage())
    clock.forward(days=3)
    again = record(tenant, usage(), usage(input_tokens=9), usage("other"), usage("other"))
    assert statuses(again) == ["duplicate", "duplicate", "accepted", "duplicate"]
    assert {outcome.event_id for outcome in again[:2]} == {first.event_id}
    assert [o.provider_cost for o in again[:2]] == [first.provider_cost] * 2
    assert [o.billed_cost for o in again[:2]] == [first.billed_cost] * 2
    assert again[3].event_id == again[2].event_id
    assert sum(row["request_count"] for row in rollups(tenant)) == 2


@pytest.mark.parametrize(
    ("away", "reason"),
    [
        (timedelta(minutes=5), None),
        (timedelta(minutes=5, microseconds=1), "more than 5 minutes in the future"),
        (-timedelta(days=90), None),
        (-timedelta(days=90, microseconds=1), "more than 90 days ago"),
    ],
)
def test_what_is_out_of_the_window_is_rejected_alone(record, tenant, clock, away, reason):
    events = [usage("a"), usage("b", occurred_at=clock() + away), usage("c")]
    outcomes = record(tenant, *events)
    assert statuses(outcomes) == ["accepted", "rejected" if reason else "accepted", "accepted"]
    assert (outcomes[1].reason or "").endswith(reason or "")
    # nothing of it is kept: with the right time it is accepted
    assert record(tenant, usage("b"))[0].status == ("accepted" if reason else "duplicate")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-02-28T23:59:59.999999+00:00", date(2026, 2, 28)),
        ("2026-03-01T00:00:00+00:00", date(2026, 3, 1)),
        ("2026-03-01T00:30:00+02:00", date(2026, 2, 28)),
        ("2026-02-28T20:00:00-05:00", date(2026, 3, 1)),
    ],
)
def test_days_are_those_of_utc(record, tenant, moment, day):
    record(tenant, usage(occurred_at=datetime.fromisoformat(moment)))
    assert [(row["day"], row["billed_on"]) for row in rollups(tenant)] == [(day, day)]


def test_usage_that_comes_after_its_period_was_closed_is_billed_in_the_open_one(
    record, tenant, clock
):
    record(tenant, usage("in-time", occurred_at=clock() - timedelta(days=9)))
    close(tenant, clock() - timedelta(days=3))
    record(tenant, usage("late", occurred_at=clock() - timedelta(days=9)))
    late_day, closed = TODAY - timedelta(days=9), TODAY - timedelta(days=3)
    days = [(row["billed_on"], row["day"]) for row in rollups(tenant)]
    assert days == [(late_day, late_day), (closed, late_day)]


def test_a_closed_period_does_not_open_again(record, tenant, clock):
    record(tenant, usage())
    close(tenant, clock())
    with pytest.raises(ValueError, match="closed beyond"):
        close(tenant, clock() - timedelta(days=1))


def test_nobody_closes_a_period_while_usage_is_written(record, tenant, database, clock):
    record(tenant, usage("a"))
    with sessions.tenant_session(tenant) as session, database.connect("app") as other:
        ingest.record(session, clock(), tenant, [usage("b")], UsagePricing.of(settings()), "user-1")
        other.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
        assert other.execute("SELECT FROM usage_closings FOR SHARE NOWAIT").rowcount == 1
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT FROM usage_closings FOR UPDATE NOWAIT")


def test_nobody_else_writes_while_something_is_corrected(record, tenant, database, clock):
    record(tenant, usage("a"))
    correction = usage("b", corrects="a")
    with sessions.tenant_session(tenant) as session, database.connect("app") as other:
        ingest.record(session, clock(), tenant, [correction], UsagePricing.of(settings()), "user-1")
        other.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT FROM usage_closings FOR SHARE NOWAIT")


def test_a_tiered_margin_goes_on_from_what_the_period_costs_already(record, tenant, clock):
    tiers = [{"marginPercent": "50.00", "upToMinor": 400}, {"marginPercent": "0.00"}]
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO billing_settings (tenant_id, margin_type, margin_tiers, created_at,"
            " updated_at) VALUES (%s, 'tiered', %s, %s, %s)",
            [tenant, Jsonb(tiers), clock(), clock()],
        )
    million = {"input_tokens": 10**6, "output_tokens": 10**6}
    first = record(tenant, usage("a", **million), usage("b", **million))
    again = record(tenant, usage("a", **million), usage("c", **million))
    # 3.00 each: the first is in the band of 50 %, the second up to 4.00, the third is not
    assert [o.billed_cost for o in first] == [Decimal("4.5"), Decimal("3.5")]
    assert [o.billed_cost for o in again] == [None, 3]


def test_one_tenant_sees_nothing_of_another_and_shares_no_keys(record, make_tenant):
    ours, theirs = make_tenant(), make_tenant("Globex")
    assert statuses(record(ours, usage())) == ["accepted"]
    assert statuses(record(theirs, usage())) == ["accepted"]
    assert len(rollups(ours)) == len(rollups(theirs)) == 1
    with sessions.tenant_session(theirs) as session:
        for table in ("usage_events", "usage_event_keys", "usage_rollups", "usage_closings"):
            rows = session.all(f"SELECT tenant_id FROM {table}")
            assert {row["tenant_id"] for row in rows} == {theirs}
