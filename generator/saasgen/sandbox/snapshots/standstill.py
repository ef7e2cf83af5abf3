"""A moment in which nothing happens in a sandbox, so that it can be saved.

```
deliveries held ──▶ API closed (503) ──▶ queues, schedules, asynchronous work held
    ──▶ running invocations end ──▶ AWS and Stripe closed (requests wait) ──▶ standstill
```

AWS and Stripe close last: invocations that are still running call them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from saasgen.errors import OutsideFailure
from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.events.loop import EventLoop
from saasgen.sandbox.events.schedules import Scheduler
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.gate import Gate

_PAUSE_S = 0.01


class Standstill:
    """Brings the parts of a sandbox to rest, and lets them go on.

    Args:
        entrance: what requests to the API pass.
        services: what requests to the simulated AWS and Stripe pass.
        backlogs: what is done in the background: deliveries first.
        patience_s: how long running invocations may take to end.
    """

    def __init__(
        self,
        entrance: Gate,
        services: Gate,
        runner: Runner,
        events: EventLoop,
        scheduler: Scheduler,
        backlogs: Callable[[], list[Backlog[Any]]],
        patience_s: float = 60.0,
    ) -> None:
        self._entrance = entrance
        self._services = services
        self._runner = runner
        self._events = events
        self._scheduler = scheduler
        self._backlogs = backlogs
        self._patience_s = patience_s

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Rest for the length of the block.

        Raises:
            OutsideFailure: something did not end in time; everything goes on.
        """
        deadline = monotonic() + self._patience_s
        with self._scheduler.paused():
            try:
                self._close(deadline)
                yield
            finally:
                self._go_on()
                self._entrance.open()

    @contextmanager
    def of_aws(self) -> Iterator[None]:
        """Let the simulated AWS rest for the length of the block; calls of it wait, nothing fails.

        Raises:
            OutsideFailure: something did not end in time; everything goes on.
        """
        deadline = monotonic() + self._patience_s
        with self._scheduler.paused():
            try:
                self._await(
                    "background work", [backlog.hold for backlog in self._backlogs()], deadline
                )
                self._await("batches of messages", [self._events.hold], deadline)
                self._await("calls of AWS and Stripe", [self._services_empty], deadline)
                yield
            finally:
                self._go_on()

    def _go_on(self) -> None:
        self._services.open()
        self._events.resume()
        for backlog in self._backlogs():
            backlog.resume()

    def _close(self, deadline: float) -> None:
        """Let nothing begin, and what has begun end."""
        self._await("background work", [backlog.hold for backlog in self._backlogs()], deadline)
        self._entrance.close()
        self._await("requests to the API", [self._entrance.wait_empty], deadline)
        self._await("batches of messages", [self._events.hold], deadline)
        self._await("calls of AWS and Stripe", [self._services_empty], deadline)

    def _await(self, what: str, ends: list[Callable[[float], bool]], deadline: float) -> None:
        if not all(end(max(0.0, deadline - monotonic())) for end in ends):
            raise OutsideFailure(
                f"The sandbox did not come to rest within {self._patience_s:g} s: {what} did not "
                "end. Nothing was saved; try again when that is done."
            )

    def _services_empty(self, patience_s: float) -> bool:
        """Close AWS and Stripe when nothing calls them; a call may still start an invocation."""
        deadline = monotonic() + patience_s
        while monotonic() < deadline:
            if self._runner.running:
                sleep(_PAUSE_S)
                continue
            self._services.close()
            if self._services.wait_empty(_PAUSE_S) and not self._runner.running:
                return True
            self._services.open()  # what is inside may need it
        return False
