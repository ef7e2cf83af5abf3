"""Fires the schedules that Terraform created, when they are due or when somebody asks."""

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any

from saasgen.errors import UserError
from saasgen.sandbox.clock import Clock
from saasgen.sandbox.events.asynchronous import AsynchronousInvoker
from saasgen.sandbox.events.cron import Due, parse
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.models import ScheduleStatus
from saasgen.sandbox.state.model import Schedule, function_name

_log = logging.getLogger(__name__)
_TICK_S = 1.0


class Scheduler:
    """The schedules of a stack."""

    def __init__(self, runner: Runner, invoker: AsynchronousInvoker, clock: Clock) -> None:
        self._runner = runner
        self._invoker = invoker
        self._clock = clock
        self._schedules: dict[str, tuple[Schedule, Due]] = {}
        self._stopped = Event()
        self._looking = Lock()
        self._looked_at = clock()
        self._began: dict[Schedule, datetime] = {}

    def serve(self, schedules: Iterable[Schedule]) -> None:
        """Fire these schedules from now on; a rate begins now unless it ran already."""
        now = self._clock()
        self._began = {schedule: self._began.get(schedule, now) for schedule in schedules}
        self._schedules = {
            schedule.name: (schedule, parse(schedule.expression, schedule.timezone, began))
            for schedule, began in self._began.items()
        }

    def start(self) -> None:
        """Look every second whether something is due."""
        Thread(target=self._run, daemon=True, name="schedules").start()

    def close(self) -> None:
        """Fire nothing more."""
        self._stopped.set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Fire nothing for the length of the block."""
        with self._looking:
            yield

    def dump(self) -> dict[str, Any]:
        """Since when each schedule runs, and until when it was seen to, while it is paused."""
        return {"began": self._began, "looked_at": self._looked_at}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on where another one was, when these schedules are served."""
        self._began = kept["began"]
        self._looked_at = kept["looked_at"]

    def across(self, move_clock: Callable[[], None]) -> list[str]:
        """Let the clock be moved; start what falls due on the way, each schedule once.

        Returns:
            The names of the schedules that were started.
        """
        with self._looking:
            move_clock()
            return self._look()

    def tick(self, previous: datetime, now: datetime) -> list[str]:
        """Start what became due after `previous`; return the names of the schedules."""
        due = [s for s, is_due in self._schedules.values() if s.enabled and is_due(previous, now)]
        for schedule in due:
            self._invoker.submit(schedule.target_arn, self._event(schedule, now))
        return [schedule.name for schedule in due]

    def fire(self, name: str) -> Outcome:
        """Run a schedule's target now and wait for its answer.

        Raises:
            UserError: there is no such schedule.
        """
        if name not in self._schedules:
            known = ", ".join(sorted(self._schedules)) or "none"
            raise UserError(f"There is no schedule {name} (there is: {known}).")
        schedule, _ = self._schedules[name]
        return self._runner.invoke(schedule.target_arn, self._event(schedule, self._clock()))

    def status(self) -> tuple[ScheduleStatus, ...]:
        """The schedules and what they start."""
        return tuple(
            ScheduleStatus(
                name=name,
                expression=schedule.expression,
                function=function_name(schedule.target_arn),
                enabled=schedule.enabled,
            )
            for name, (schedule, _) in sorted(self._schedules.items())
        )

    def _run(self) -> None:
        while not self._stopped.wait(_TICK_S):
            try:
                with self._looking:
                    self._look()
            except Exception:
                _log.exception("schedules failed")

    def _look(self) -> list[str]:
        previous, self._looked_at = self._looked_at, self._clock()
        return self.tick(previous, self._looked_at)

    def _event(self, schedule: Schedule, now: datetime) -> Any:
        """The target's input with its context attributes filled in, or Scheduler's own event."""
        moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        if schedule.input is None:
            return _default_event(schedule, moment)
        attributes = {
            "<aws.scheduler.schedule-arn>": schedule.arn,
            "<aws.scheduler.scheduled-time>": moment,
            "<aws.scheduler.execution-id>": str(uuid.uuid4()),
            "<aws.scheduler.attempt-number>": "1",
        }
        text = schedule.input
        for name, value in attributes.items():
            text = text.replace(name, value)
        return json.loads(text)


def _default_event(schedule: Schedule, moment: str) -> dict[str, Any]:
    _, _, _, region, account, _ = schedule.arn.split(":", 5)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": moment,
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}",
    }
