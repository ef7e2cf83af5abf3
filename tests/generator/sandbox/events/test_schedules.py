from datetime import UTC, datetime, timedelta

import pytest

from saasgen.errors import UserError
from saasgen.sandbox.events.cron import Cron, parse

START = datetime(2026, 1, 30, 23, 58, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(2 hours)", timedelta(hours=2)),
        ("rate(3 days)", timedelta(days=3)),
    ],
)
def test_rate_fires_once_per_period_from_its_start(expression: str, period: timedelta) -> None:
    due = parse(expression, "UTC", START)
    second = timedelta(seconds=1)
    assert not due(START, START + period - second)
    assert due(START + period - second, START + period)
    assert not due(START + period, START + 2 * period - second)


@pytest.mark.parametrize(
    ("expression", "moment", "matches"),
    [
        ("15 10 * * ? *", "2026-03-05T10:15", True),
        ("15 10 * * ? *", "2026-03-05T10:16", False),
        ("0/15 * * * ? *", "2026-03-05T10:45", True),
        ("0/15 * * * ? *", "2026-03-05T10:50", False),
        ("0 8-17/3 ? * MON-FRI *", "2026-03-06T11:00", True),
        ("0 8-17/3 ? * MON-FRI *", "2026-03-07T11:00", False),
        ("0 0 1,15 JAN,jul ? 2026", "2026-07-15T00:00", True),
        ("0 0 1,15 JAN,jul ? 2026", "2027-07-15T00:00", False),
        ("0 0 L * ? *", "2028-02-29T00:00", True),
        ("0 0 L * ? *", "2028-02-28T00:00", False),
        ("0 0 15W * ? *", "2026-08-14T00:00", True),
        ("0 0 1W * ? *", "2026-08-03T00:00", True),
        ("0 0 ? * 6L *", "2026-01-30T00:00", True),
        ("0 0 ? * 6L *", "2026-01-23T00:00", False),
        ("0 0 ? * 2#1 *", "2026-03-02T00:00", True),
        ("0 0 ? * 2#1 *", "2026-03-09T00:00", False),
        ("0 0 ? * 1 *", "2026-03-01T00:00", True),
    ],
)
def test_cron_names_minutes_as_aws_does(expression: str, moment: str, matches: bool) -> None:
    assert Cron.parse(expression).matches(at(moment)) is matches


def test_cron_is_meant_in_the_schedules_time_zone() -> None:
    due = parse("cron(0 9 * * ? *)", "Europe/Berlin", START)
    assert due(at("2026-07-01T06:59:59"), at("2026-07-01T07:00:00"))
    assert not due(at("2026-07-01T08:59:59"), at("2026-07-01T09:00:00"))


def test_cron_is_found_anywhere_in_a_long_step() -> None:
    due = parse("cron(0 0 1 * ? *)", "UTC", START)
    assert due(START, START + timedelta(days=40))
    assert not due(at("2026-02-01T00:00:00"), at("2026-02-28T00:00:00"))


def test_at_fires_once() -> None:
    due = parse("at(2026-02-01T00:00:00)", "UTC", START)
    assert due(START, at("2026-02-01T00:00:00"))
    assert not due(at("2026-02-01T00:00:00"), at("2026-03-01T00:00:00"))


@pytest.mark.parametrize(
    "expression",
    [
        "every minute",
        "rate(1 fortnight)",
        "rate(minute)",
        "cron(* * * * *)",
        "cron(0 0 * * * *)",
        "cron(60 0 * * ? *)",
        "cron(0 0 32 * ? *)",
        "at(tomorrow)",
    ],
)
def test_expression_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(UserError, match="Schedule expression"):
        parse(expression, "UTC", START)
