"""A copy of the simulated AWS from the last quiet moment, for a daemon that is killed.

```
AWS is called ──▶ quiet for 5 s ──▶ calls wait, queues and schedules rest ──▶ copy ──▶ all goes on
```

PostgreSQL needs no copy: its data outlives the daemon. A copy may take a second, in which calls of
AWS wait; requests that need none go on.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Final

from saasgen.errors import SaasgenError
from saasgen.sandbox.gate import Gate

_log = logging.getLogger(__name__)
_LOOK_S: Final = 0.5
_PAUSE_S: Final = 0.05
_QUIET_S: Final = 5.0
_SPACING_S: Final = 30.0


class Checkpoints:
    """Writes a copy when something has changed and it is quiet.

    Args:
        write: writes the copy.
        services: what calls of the simulated AWS and of Stripe pass.
        is_busy: whether an invocation or a batch is under way.
    """

    def __init__(
        self, write: Callable[[], None], services: Gate, is_busy: Callable[[], bool]
    ) -> None:
        self._write = write
        self._services = services
        self._is_busy = is_busy
        self._stopped = Event()
        self._wanted = Event()
        self._written = Event()
        self._copied = 0  # how many calls the last copy has seen
        self._last_s = -_SPACING_S

    def start(self) -> None:
        """Look from now on whether a copy is due."""
        Thread(target=self._run, daemon=True, name="checkpoints").start()

    def close(self) -> None:
        """Write nothing more."""
        self._stopped.set()

    def want(self) -> None:
        """Write a copy at once, or as soon as no invocation is under way."""
        self._written.clear()
        self._wanted.set()

    def wait(self, patience_s: float) -> bool:
        """Wait for the copy that was wanted; tell whether it was written in time."""
        return self._written.wait(patience_s)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait(_LOOK_S)
            if not self._is_due():
                self._stopped.wait(_PAUSE_S)
                continue
            calls, was_wanted = self._services.passages, self._wanted.is_set()
            self._wanted.clear()  # from here on, another copy is wanted
            try:
                self._write()
            except SaasgenError as error:  # what was there is unchanged
                _log.warning("no copy of the simulated AWS was written: %s", error)
            except Exception:
                _log.exception("no copy of the simulated AWS was written")
            else:
                self._copied, was_wanted = calls, False
                if not self._wanted.is_set():
                    self._written.set()
            if was_wanted:
                self._wanted.set()  # try again
                self._stopped.wait(_LOOK_S)
            self._last_s = monotonic()

    def _is_due(self) -> bool:
        if self._is_busy():
            return False
        if self._wanted.is_set():
            return True
        is_quiet = self._services.quiet_s >= _QUIET_S
        is_late = monotonic() - self._last_s >= _SPACING_S
        return is_quiet and is_late and self._services.passages != self._copied
