"""The sandbox's clock: the machine's, ahead of it as far as somebody has moved it, or behind it.

What a stack does on its own time follows this clock: functions (`functions/worker.py`), schedules,
the stand-in of Stripe, the moments at which messages were sent and mail was written. What only has
to happen soon keeps the machine's: visibility of messages, timeouts, signatures, certificates, and
how long a token is good for, which whoever holds it compares with a clock of their own.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from saasgen.errors import UserError

Clock = Callable[[], datetime]

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"\+" + "".join(rf"(?:(\d{{1,6}}){unit})?" for unit in _UNITS))
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


class MovableClock:
    """A clock that can be moved forward, and never back: what has happened has happened.

    The past comes back only with all that was there, when a saved sandbox is loaded.
    """

    def __init__(self) -> None:
        self.ahead = timedelta()
        """How far it is ahead of the machine's clock; negative if it is behind."""

    def __call__(self) -> datetime:
        """The time in the sandbox, aware, in UTC."""
        return system_clock() + self.ahead

    def move(self, to: datetime) -> None:
        """Go on from another moment.

        Raises:
            UserError: it has passed already, or is in another century.
        """
        now = self()
        if to < now:
            raise UserError(
                f"The sandbox's clock moves forward only, and {_said(to)} has passed: it is "
                f"{_said(now)} there. `saasgen sandbox load` goes back to what was saved; "
                "`saasgen sandbox down` and `up` begin again today."
            )
        if to > _LATEST:
            raise UserError(f"The sandbox's clock goes no further than {_LATEST:%Y-%m-%d}.")
        self.ahead += to - now

    def dump(self) -> datetime:
        """What time it is."""
        return self()

    def restore(self, kept: datetime) -> None:
        """Go on from the time of another clock, be it past or to come."""
        self.ahead = kept - system_clock()


def parse_duration(text: str) -> timedelta:
    """Read how far to go: `+31d`, `+12h`, `+1d6h`; weeks, days, hours, minutes, seconds.

    Raises:
        UserError: it is no such duration.
    """
    found = _DURATION.fullmatch(text.strip())
    parts = {} if found is None else dict(zip(_UNITS.values(), found.groups(), strict=True))
    duration = timedelta(**{unit: int(count) for unit, count in parts.items() if count})
    if not duration:
        raise UserError(f"{text!r} is no duration: write it as +31d, +12h or +1d6h.")
    return duration


def parse_moment(text: str, now: datetime) -> datetime:
    """Read where to go: a duration from now, or a moment of ISO 8601, in UTC if it has no zone.

    Raises:
        UserError: it is neither.
    """
    if text.startswith("+"):
        try:
            return now + parse_duration(text)
        except OverflowError as error:
            raise UserError(f"{text!r} is too far away.") from error
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(
            f"{text!r} is neither a duration such as +31d nor a moment such as 2027-01-31T09:00Z."
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
