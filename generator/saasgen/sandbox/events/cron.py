"""Schedule expressions of EventBridge Scheduler: `rate(...)`, `cron(...)` and `at(...)`.

Source: "Schedule types in EventBridge Scheduler", EventBridge Scheduler user guide.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from saasgen.errors import UserError

_MONTHS = [name.upper() for name in calendar.month_abbr]
_DAYS = ["", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_LONGEST_SCAN = timedelta(days=366)

Due = Callable[[datetime, datetime], bool]
"""Whether an expression fires after the first and not later than the second time."""


def parse(expression: str, timezone: str, started: datetime) -> Due:
    """Read an expression.

    Args:
        expression: as in `aws_scheduler_schedule.schedule_expression`.
        timezone: in which `cron` and `at` are meant, e.g. `Europe/Berlin`.
        started: when the schedule began; a rate counts from here.

    Raises:
        UserError: the expression is not one.
    """
    match = re.fullmatch(r"(rate|cron|at)\((.+)\)", expression.strip())
    if match is None:
        raise UserError(f"Schedule expression {expression!r}: expected rate(), cron() or at().")
    kind, inner = match.groups()
    try:
        if kind == "rate":
            return _rate(inner, started)
        if kind == "at":
            return _at(datetime.fromisoformat(inner).replace(tzinfo=ZoneInfo(timezone)))
        return _cron(Cron.parse(inner), ZoneInfo(timezone))
    except (ValueError, KeyError) as error:
        raise UserError(f"Schedule expression {expression!r}: {error}") from error


def _rate(inner: str, started: datetime) -> Due:
    value, unit = inner.split()
    period = timedelta(seconds=int(value) * _UNITS[unit.removesuffix("s")])

    def due(previous: datetime, now: datetime) -> bool:
        return (now - started) // period > max(0, (previous - started) // period)

    return due


def _at(moment: datetime) -> Due:
    return lambda previous, now: previous < moment <= now


def _cron(cron: "Cron", zone: ZoneInfo) -> Due:
    def due(previous: datetime, now: datetime) -> bool:
        previous = max(previous, now - _LONGEST_SCAN)
        minute = previous.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        while minute <= now:
            if cron.matches(minute.astimezone(zone)):
                return True
            minute += timedelta(minutes=1)
        return False

    return due


@dataclass(frozen=True)
class Cron:
    """The six fields of a cron expression."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Cron":
        """Read `minutes hours day-of-month month day-of-week year`.

        Raises:
            ValueError: it is not six fields, or one of them is wrong.
        """
        fields = text.upper().split()
        if len(fields) != 6:
            raise ValueError("cron needs six fields: minutes hours day month weekday year")
        minutes, hours, days, months, weekdays, years = fields
        if (days == "?") == (weekdays == "?"):
            raise ValueError("exactly one of day-of-month and day-of-week must be ?")
        cron = cls(
            minutes=frozenset(_expand(minutes, range(60))),
            hours=frozenset(_expand(hours, range(24))),
            days=days,
            months=frozenset(_expand(months, range(1, 13), _MONTHS)),
            weekdays=weekdays,
            years=frozenset(_expand(years, range(1970, 2200))),
        )
        cron.matches_day(date(2024, 1, 31))
        return cron

    def matches(self, moment: datetime) -> bool:
        """Whether the expression names this minute."""
        return (
            moment.minute in self.minutes
            and moment.hour in self.hours
            and moment.month in self.months
            and moment.year in self.years
            and self.matches_day(moment.date())
        )

    def matches_day(self, day: date) -> bool:
        """Whether the expression names this day of its month or week."""
        if self.weekdays != "?":
            return any(_is_weekday(part, day) for part in self.weekdays.split(","))
        return any(_is_day(part, day) for part in self.days.split(","))


def _expand(field: str, allowed: range, names: list[str] | None = None) -> Iterator[int]:
    """Every value that a list of `*`, values, ranges and steps stands for."""
    for part in field.split(","):
        bounds, _, step = part.partition("/")
        low, _, high = bounds.partition("-")
        if bounds in {"*", "?"}:
            first, last = allowed[0], allowed[-1]
        else:
            first = _value(low, names)
            last = _value(high, names) if high else (allowed[-1] if step else first)
        if first not in allowed or last not in allowed:
            raise ValueError(f"{part} is outside {allowed[0]}-{allowed[-1]}")
        yield from range(first, last + 1, int(step or 1))


def _value(text: str, names: list[str] | None) -> int:
    return names.index(text) if names and text in names else int(text)


def _is_day(part: str, day: date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return day.day == length
    if part.endswith("W"):
        return day.day == _nearest_weekday(day, length if part == "LW" else int(part[:-1]))
    return day.day in _expand(part, range(1, 32))


def _nearest_weekday(day: date, wanted: int) -> int:
    """The working day closest to `wanted` in the same month."""
    length = calendar.monthrange(day.year, day.month)[1]
    wanted = min(wanted, length)
    weekday = date(day.year, day.month, wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted


def _is_weekday(part: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    if part == "L":
        return number == 7
    if part.endswith("L"):
        length = calendar.monthrange(day.year, day.month)[1]
        return number == _value(part[:-1], _DAYS) and day.day > length - 7
    if "#" in part:
        wanted, _, nth = part.partition("#")
        return number == _value(wanted, _DAYS) and (day.day - 1) // 7 + 1 == int(nth)
    return number in _expand(part, range(1, 8), _DAYS)
