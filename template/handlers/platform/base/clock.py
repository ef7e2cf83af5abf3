"""Time is passed in, so that tests and the sandbox can move it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)
