"""A bounded rate: so many steps a second and never two at once."""

import time
from collections.abc import Callable

Seconds = Callable[[], float]
Sleep = Callable[[float], None]


class Pace:
    """Lets one step pass per interval.

    The first step waits too: a run that begins where another ended keeps the rate of both. Time
    that went by unused is not made up for, so that a slow step is not followed by a burst.

    Args:
        per_second: Steps a second, more than zero; a fraction is a step every few seconds.
        clock: Seconds that only ever go forward.
        sleep: Waits for some seconds.
    """

    def __init__(
        self, per_second: float, clock: Seconds = time.monotonic, sleep: Sleep = time.sleep
    ) -> None:
        self.interval_s = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._last_s = clock()

    def wait(self) -> None:
        """Return when the next step may be taken."""
        early_s = self._last_s + self.interval_s - self._clock()
        if early_s > 0:
            self._sleep(early_s)
        self._last_s = self._clock()
