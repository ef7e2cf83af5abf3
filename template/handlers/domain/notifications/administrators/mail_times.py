"""When an administrator is written to: at once, or with the day's digest; never in quiet hours.

Clocks change and zones differ by half hours, so that local time is looked at minute by minute
instead of being computed: an hour may happen twice in a night, or not at all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers.catalog.preferences import NotificationPriority
from handlers.domain.access.profiles import Profile, QuietHours

DIGEST_AT: Final = time(8, 0)
"""When the day's digest goes out, in the profile's time zone."""

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


def due_at(now: datetime, priority: NotificationPriority, profile: Profile) -> datetime | None:
    """Tell when a notification that is made now is to be mailed; None for never."""
    ready = earliest(now, priority, profile)
    if ready is None or priority == "critical" or profile.notifications.frequency == "immediate":
        return ready
    return next(digest for digest in _digests(now, profile) if digest > now)


def earliest(moment: datetime, priority: NotificationPriority, profile: Profile) -> datetime | None:
    """Tell from when on a mail may go out that is ready at a moment; None for never.

    What is critical waits neither for a digest nor for the end of quiet hours.
    """
    notifications = profile.notifications
    if notifications.method != "email":
        return None
    if priority == "critical":
        return moment
    if notifications.frequency == "off":
        return None
    return _out_of_quiet_hours(moment, profile)


def _digests(now: datetime, profile: Profile) -> Iterator[datetime]:
    """Give the digests around a moment; yesterday's may have waited for the end of quiet hours."""
    zone = ZoneInfo(profile.timezone)
    today = now.astimezone(zone).date()
    for days in (-1, 0, 1, 2):
        digest = datetime.combine(today + days * _DAY, DIGEST_AT, zone)
        yield _out_of_quiet_hours(digest.astimezone(UTC), profile)


def _out_of_quiet_hours(moment: datetime, profile: Profile) -> datetime:
    quiet, zone = profile.notifications.quiet_hours, ZoneInfo(profile.timezone)
    if quiet is None or not _is_quiet(quiet, moment.astimezone(zone)):
        return moment
    minute = moment.replace(second=0, microsecond=0)
    while _is_quiet(quiet, minute.astimezone(zone)):
        minute += _MINUTE
    return minute


def _is_quiet(quiet: QuietHours, local: datetime) -> bool:
    begin, end = time.fromisoformat(quiet.begin), time.fromisoformat(quiet.end)
    if begin <= end:
        return begin <= local.time() < end
    return local.time() >= begin or local.time() < end
