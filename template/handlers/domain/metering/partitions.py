"""The partitions of raw usage, one a month: made ahead, dropped behind."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from handlers.domain.metering.retention import RAW_LIFE
from handlers.platform.database.sessions import Session

AHEAD: Final = timedelta(days=92)
"""How far ahead there is room, should the job fail for weeks."""

MAKE: Final = "SELECT app.make_usage_months(%(first)s, %(last)s) AS months"
_DROP: Final = "SELECT app.drop_usage_months(%(before)s) AS months"


def make(session: Session, now: datetime) -> Sequence[str]:
    """Make room for all usage that is accepted now or soon; returns the partitions that are new."""
    row = session.one(MAKE, needed(now))
    return row["months"] if row else []


def needed(now: datetime) -> Mapping[str, date]:
    """Tell for which days there must be room: the parameters of `MAKE`."""
    return {"first": (now - RAW_LIFE).date(), "last": (now + AHEAD).date()}


def drop(session: Session, now: datetime) -> Sequence[str]:
    """Drop the months of which nothing is kept any more; returns their partitions.

    The database keeps the last 90 days by its own clock, whatever time it is told.
    """
    row = session.one(_DROP, {"before": (now - RAW_LIFE).date()})
    return row["months"] if row else []
