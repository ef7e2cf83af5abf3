"""When administrators are mailed: properties over time zones, clock changes and quiet hours."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.access import profiles
from handlers.domain.access.profiles import Profile, QuietHours
from handlers.domain.notifications.administrators.mail_times import due_at, earliest

MINUTE = timedelta(minutes=1)
ZONES = [
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # clocks change by half an hour
    "Europe/Berlin",
    "Pacific/Chatham",
]
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York, back
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin, forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin, back
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, back
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward
]
PRIORITIES = st.sampled_from(["low", "medium", "high"])

anytime = st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
around_a_change = st.builds(
    lambda change, away: change + away,
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(hours=-30), timedelta(hours=30)),
)
moments = anytime | around_a_change
times_of_day = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
quiet_hours = st.none() | st.builds(QuietHours, times_of_day, times_of_day)


def made(zone: str, quiet: QuietHours | None = None, **notifications: Any) -> Profile:
    standard = profiles.default("dev")
    wanted = standard.notifications._replace(quiet_hours=quiet, **notifications)
    return standard._replace(timezone=zone, notifications=wanted)


def is_quiet(profile: Profile, moment: datetime) -> bool:
    """Say it another way than the code does: how far behind its beginning, on a round dial."""
    quiet = profile.notifications.quiet_hours
    if quiet is None:
        return False
    local = moment.astimezone(ZoneInfo(profile.timezone))
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in quiet)
    behind = local.hour * 60 + local.minute - begin
    return behind % 1440 < (end - begin) % 1440


def leaves_two_hours(quiet: QuietHours | None) -> bool:
    """Who leaves less may find just that missing on the night the clocks go forward."""
    if quiet is None:
        return True
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in quiet)
    return (end - begin) % 1440 <= 22 * 60


@given(moments, PRIORITIES, st.sampled_from(ZONES), quiet_hours)
def test_at_once_means_the_first_minute_outside_quiet_hours(
    now: datetime, priority: Any, zone: str, quiet: QuietHours | None
) -> None:
    profile = made(zone, quiet)
    due = due_at(now, priority, profile)
    assert due is not None
    assert due >= now
    assert not is_quiet(profile, due)
    waited = now
    while waited < due:
        assert is_quiet(profile, waited)
        waited += MINUTE


@given(moments, PRIORITIES, st.sampled_from(ZONES), quiet_hours)
def test_a_digest_comes_within_a_day_and_never_in_quiet_hours(
    now: datetime, priority: Any, zone: str, quiet: QuietHours | None
) -> None:
    profile = made(zone, quiet, frequency="daily")
    due = due_at(now, priority, profile)
    assert due is not None
    assert now < due <= now + timedelta(hours=25 if leaves_two_hours(quiet) else 49)
    assert not is_quiet(profile, due)


@given(moments, st.sampled_from(ZONES))
def test_a_digest_comes_at_eight_by_the_clock_on_the_wall(now: datetime, zone: str) -> None:
    due = due_at(now, "low", made(zone, frequency="daily"))
    assert due is not None
    local = due.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.second) == (8, 0, 0)


@given(moments, st.sampled_from(["immediate", "daily", "off"]), st.sampled_from(ZONES), quiet_hours)
def test_what_is_critical_waits_for_nothing(
    now: datetime, frequency: Any, zone: str, quiet: QuietHours | None
) -> None:
    assert due_at(now, "critical", made(zone, quiet, frequency=frequency)) == now


@given(moments, PRIORITIES, st.sampled_from(ZONES), quiet_hours)
def test_when_it_was_due_is_when_it_may_go(
    now: datetime, priority: Any, zone: str, quiet: QuietHours | None
) -> None:
    profile = made(zone, quiet)
    due = due_at(now, priority, profile)
    assert due is not None
    assert earliest(due, priority, profile) == due


@pytest.mark.parametrize(
    ("preferences", "priority"),
    [
        ({"frequency": "off"}, "high"),
        ({"method": "in_app"}, "low"),
        ({"method": "in_app", "frequency": "daily"}, "low"),
        ({"method": "in_app"}, "critical"),
    ],
)
def test_who_wants_no_mail_gets_none(preferences: dict[str, Any], priority: Any) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert due_at(now, priority, made("UTC", **preferences)) is None


@pytest.mark.parametrize(
    ("now", "zone", "quiet", "due"),
    [
        # over midnight, seen from both sides of it
        (
            "2026-01-10T23:30:40+01:00",
            "Europe/Berlin",
            ("22:00", "07:00"),
            "2026-01-11T07:00+01:00",
        ),
        (
            "2026-01-11T03:00:00+01:00",
            "Europe/Berlin",
            ("22:00", "07:00"),
            "2026-01-11T07:00+01:00",
        ),
        # the end is over, the beginning is not
        (
            "2026-01-11T07:00:00+01:00",
            "Europe/Berlin",
            ("22:00", "07:00"),
            "2026-01-11T07:00+01:00",
        ),
        (
            "2026-01-11T22:00:00+01:00",
            "Europe/Berlin",
            ("22:00", "07:00"),
            "2026-01-12T07:00+01:00",
        ),
        # 02:00 to 03:00 does not happen: quiet hours end with the leap
        (
            "2026-03-29T00:30:00+01:00",
            "Europe/Berlin",
            ("22:00", "02:30"),
            "2026-03-29T03:00+02:00",
        ),
        # 02:00 to 03:00 happens twice: they end the first time, and come back for half an hour
        (
            "2026-10-25T00:30:00+02:00",
            "Europe/Berlin",
            ("22:00", "02:30"),
            "2026-10-25T02:30+02:00",
        ),
        (
            "2026-10-25T02:10:00+01:00",
            "Europe/Berlin",
            ("22:00", "02:30"),
            "2026-10-25T02:30+01:00",
        ),
        ("2026-01-10T20:00:00+05:30", "Asia/Kolkata", ("19:45", "20:15"), "2026-01-10T20:15+05:30"),
        # from and to the same minute: no quiet hours
        ("2026-01-10T20:00:00+00:00", "UTC", ("20:00", "20:00"), "2026-01-10T20:00+00:00"),
    ],
)
def test_nights_that_people_know(now: str, zone: str, quiet: tuple[str, str], due: str) -> None:
    profile = made(zone, QuietHours(*quiet))
    assert due_at(datetime.fromisoformat(now), "high", profile) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("now", "quiet", "due"),
    [
        ("2026-01-10T07:59:59+01:00", None, "2026-01-10T08:00+01:00"),
        ("2026-01-10T08:00:00+01:00", None, "2026-01-11T08:00+01:00"),
        # the digest of today still waits for the end of quiet hours
        ("2026-01-10T08:30:00+01:00", ("22:00", "09:00"), "2026-01-10T09:00+01:00"),
        ("2026-01-10T09:00:00+01:00", ("22:00", "09:00"), "2026-01-11T09:00+01:00"),
        # the digest of yesterday still waits for it
        ("2026-01-10T04:00:00+01:00", ("07:00", "05:00"), "2026-01-10T05:00+01:00"),
        ("2026-03-28T12:00:00+01:00", None, "2026-03-29T08:00+02:00"),
        ("2026-10-24T12:00:00+02:00", None, "2026-10-25T08:00+01:00"),
    ],
)
def test_digests_that_people_know(now: str, quiet: tuple[str, str] | None, due: str) -> None:
    hours = None if quiet is None else QuietHours(*quiet)
    profile = made("Europe/Berlin", hours, frequency="daily")
    assert due_at(datetime.fromisoformat(now), "high", profile) == datetime.fromisoformat(due)
