"""Billing periods: from one midnight UTC of the tenant's cycle day to the next.

The cycle day is 1 to 28, so that every month has it and no period depends on a month's length.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

DAY: Final = timedelta(days=1)


class Period(NamedTuple):
    """Days from ``start`` up to, and without, ``end``; both are days of UTC."""

    start: date
    end: date

    @property
    def starts_at(self) -> datetime:
        """The first moment."""
        return midnight(self.start)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is not part of it any more."""
        return midnight(self.end)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days


def midnight(day: date) -> datetime:
    """Give the moment a day begins in UTC."""
    return datetime.combine(day, time(), UTC)


def day_of(moment: datetime) -> date:
    """Give the day of UTC that a moment is on, in whatever time zone it is told.

    Raises:
        ValueError: The moment has no time zone: it could be on either of two days.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is on no day")
    return moment.astimezone(UTC).date()


def period_of(cycle_day: int, moment: datetime) -> Period:
    """Give the period that a moment is in."""
    day = day_of(moment)
    first = day.replace(day=cycle_day)
    start = first if first <= day else _months_later(first, -1)
    return Period(start, _months_later(start, 1))


def open_period(cycle_day: int, since: date) -> Period:
    """Give the period that begins on a day and ends with the next cycle day.

    A tenant's first period, and the one in which its cycle day changes, are shorter than a month:
    no day is billed twice, and none is left out.
    """
    return Period(since, period_of(cycle_day, midnight(since)).end)


def next_period(period: Period) -> Period:
    """Give the whole period after one that ends on its cycle day."""
    return Period(period.end, _months_later(period.end, 1))


def previous_period(period: Period) -> Period:
    """Give the whole period before one that begins on its cycle day."""
    return Period(_months_later(period.start, -1), period.start)


def _months_later(day: date, months: int) -> date:
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month_index + 1)
