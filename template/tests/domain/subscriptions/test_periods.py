from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.catalog.tier import BillingCycle
from handlers.domain.subscriptions.periods import add_months, period


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "cycle", "index", "start", "end"),
    [
        ("2026-01-15T08:30", "monthly", 0, "2026-01-15T08:30", "2026-02-15T08:30"),
        ("2026-01-31", "monthly", 0, "2026-01-31", "2026-02-28"),
        ("2026-01-31", "monthly", 1, "2026-02-28", "2026-03-31"),
        ("2028-01-31", "monthly", 0, "2028-01-31", "2028-02-29"),
        ("2026-12-10", "monthly", 0, "2026-12-10", "2027-01-10"),
        ("2026-12-10", "monthly", 13, "2028-01-10", "2028-02-10"),
        ("2028-02-29", "annual", 0, "2028-02-29", "2029-02-28"),
        ("2028-02-29", "annual", 3, "2031-02-28", "2032-02-29"),
    ],
)
def test_a_period_is_calendar_months_from_the_anchor(
    anchor: str, cycle: BillingCycle, index: int, start: str, end: str
) -> None:
    assert period(at(anchor), cycle, index) == (at(start), at(end))


moments = st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
)


@given(anchor=moments, index=st.integers(0, 60))
def test_periods_follow_each_other_without_gap_or_overlap(anchor: datetime, index: int) -> None:
    start, end = period(anchor, "monthly", index)
    assert start < end
    assert period(anchor, "monthly", index + 1)[0] == end


@given(anchor=moments, years=st.integers(0, 20))
def test_twelve_months_are_a_year(anchor: datetime, years: int) -> None:
    assert add_months(anchor, 12 * years) == period(anchor, "annual", years)[0]
