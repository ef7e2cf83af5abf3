from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.terms.billing_periods import (
    Period,
    day_of,
    midnight,
    next_period,
    open_period,
    period_of,
    previous_period,
)

CYCLE_DAYS = st.integers(1, 28)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati"]
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))


@given(CYCLE_DAYS, MOMENTS)
def test_every_moment_is_in_its_period(cycle_day: int, moment: datetime) -> None:
    period = period_of(cycle_day, moment)
    assert period.starts_at <= moment < period.ends_at
    assert period.start.day == period.end.day == cycle_day
    assert 28 <= period.days <= 31


@given(CYCLE_DAYS, MOMENTS, st.sampled_from(ZONES))
def test_the_time_zone_a_moment_is_told_in_makes_no_difference(
    cycle_day: int, moment: datetime, zone: str
) -> None:
    told = moment.astimezone(ZoneInfo(zone))
    assert period_of(cycle_day, told) == period_of(cycle_day, moment)


@given(CYCLE_DAYS, MOMENTS)
def test_periods_follow_on_one_another(cycle_day: int, moment: datetime) -> None:
    period = period_of(cycle_day, moment)
    assert next_period(period) == period_of(cycle_day, period.ends_at)
    assert previous_period(period) == period_of(cycle_day, period.starts_at - timedelta(seconds=1))
    assert next_period(previous_period(period)) == period


@given(st.lists(CYCLE_DAYS, min_size=2, max_size=12), DAYS)
def test_no_day_is_left_out_or_billed_twice_when_the_cycle_day_changes(
    cycle_days: list[int], first: date
) -> None:
    since = first
    for cycle_day in cycle_days:
        period = open_period(cycle_day, since)
        assert period.start == since
        assert period.end.day == cycle_day
        assert 1 <= period.days <= 31
        since = period.end


def test_the_first_period_of_a_tenant_is_short() -> None:
    assert open_period(15, date(2026, 3, 10)) == Period(date(2026, 3, 10), date(2026, 3, 15))
    assert open_period(15, date(2026, 3, 15)) == Period(date(2026, 3, 15), date(2026, 4, 15))


def test_february_has_its_leap_day() -> None:
    assert period_of(1, datetime(2028, 2, 29, tzinfo=UTC)).days == 29
    assert period_of(1, datetime(2026, 2, 28, tzinfo=UTC)).days == 28


def test_the_hour_that_comes_twice_is_on_one_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        assert day_of(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=berlin)) == date(2026, 10, 25)
    # before summer time begins midnight UTC is one in Berlin, after it two
    assert day_of(datetime(2026, 3, 29, 0, 59, tzinfo=berlin)) == date(2026, 3, 28)
    assert midnight(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=berlin)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_of(datetime(2026, 3, 1))
