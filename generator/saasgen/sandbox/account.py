"""The AWS account in the box: every part of a running sandbox, and what can be asked of it."""

import logging
import os
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zipfile import ZipFile

from saasgen.errors import OutsideFailure
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.aws import sqs
from saasgen.sandbox.aws.invocations import handle_with
from saasgen.sandbox.aws.server import ACCOUNT, AwsServer
from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.clock import MovableClock, system_clock
from saasgen.sandbox.control.server import Operation
from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.entrance import Entrance
from saasgen.sandbox.events import queues
from saasgen.sandbox.events.asynchronous import AsynchronousInvoker
from saasgen.sandbox.events.invoker import Invoker
from saasgen.sandbox.events.loop import EventLoop, visibility_cap_s
from saasgen.sandbox.events.schedules import Scheduler
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.gate import Gate
from saasgen.sandbox.gateway.api import Gateway
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.mailbox import Mailbox
from saasgen.sandbox.models import (
    ClockMove,
    InvocationResult,
    MailMessage,
    QueueStatus,
    ReplacedCode,
    SandboxStatus,
)
from saasgen.sandbox.pages import PREFIX, Pages
from saasgen.sandbox.sign_in import token_endpoint
from saasgen.sandbox.sign_in.user_pools import MotoPools
from saasgen.sandbox.snapshots import contents
from saasgen.sandbox.snapshots.contents import Part
from saasgen.sandbox.snapshots.recorder import Recorder
from saasgen.sandbox.snapshots.saving import Saving
from saasgen.sandbox.snapshots.standstill import Standstill
from saasgen.sandbox.snapshots.store import manifest_of
from saasgen.sandbox.state.model import StackState
from saasgen.sandbox.state.reader import read_state
from saasgen.sandbox.stripe.payments import Payments

_log = logging.getLogger(__name__)
_IDLE_CHECKS = 2
_IDLE_PAUSE_S = 0.05


class Account:
    """The parts of one sandbox, started and stopped together.

    Args:
        layout: where its files are.
        gateway_port: of its API; 0 for any free one.
        snapshot: what it goes on from; empty without. Needed until `start` has returned.
        keeps_database: go on with the database that a killed daemon left.

    Raises:
        UserError: the gateway's port is taken.
    """

    def __init__(
        self,
        layout: Layout,
        gateway_port: int,
        snapshot: ZipFile | None = None,
        *,
        keeps_database: bool = False,
    ) -> None:
        self._layout = layout
        self._services = Gate()
        self._clock = MovableClock()
        self._entrance = Entrance(gateway_port, self._user_pool)
        self.gateway_port = self._entrance.port
        self._database = DatabaseServer(layout)
        stored = snapshot if snapshot and contents.has_database(snapshot) else None
        self._database.start(stored, keeps_data=keeps_database)
        self.aws = AwsServer(self._services)
        self._payments = Payments(self._api_url, self.aws.endpoint, self._clock, self._services)
        self._mailbox = Mailbox(self._clock, f"{PREFIX}/mail")
        self._pools = MotoPools(self.aws.endpoint)
        self._runner = Runner(layout, self._overrides, lambda: self._clock.ahead)
        self._asynchronous = AsynchronousInvoker(self._runner, visibility_cap_s(), self._clock)
        self._events = EventLoop(self._runner, visibility_cap_s())
        self._scheduler = Scheduler(self._runner, self._asynchronous, self._clock)
        self._entrance.pages = Pages(
            self.status, lambda: self._entrance.gateway, self._mailbox, layout.logs
        )
        self._state = StackState()
        rest = Standstill(
            self._entrance.gate,
            self._services,
            self._runner,
            self._events,
            self._scheduler,
            self._backlogs,
        )
        parts: dict[str, Part] = {
            "clock": self._clock,
            "mail": self._mailbox,
            "payments": self._payments,
            "schedules": self._scheduler,
            "asynchronous": self._asynchronous.backlog,
        }
        recorder = Recorder(parts, self._database, rest, self._clock)
        self._saving = Saving(layout, recorder, self._services, self._is_busy)
        sqs.date_by(self._clock)
        handle_with(Invoker(self._runner, self._asynchronous))
        if snapshot is not None:
            contents.restore(snapshot, parts)
            self._saving.goes_on_from(snapshot)
        if snapshot is not None and keeps_database:
            # the database has seen later times than the copy
            passed = system_clock() - manifest_of(snapshot).saved_at
            self._clock.move(self._clock() + passed)

    def start(self) -> None:
        """Answer on every port.

        Raises:
            OutsideFailure: the database of a snapshot did not start.
        """
        self._database.wait_restored()
        self.aws.start()
        self._entrance.start()
        self._scheduler.start()
        self._saving.start()

    def stop(self) -> None:
        """End everything that was started, and forget what it kept."""
        self._saving.close()
        self._scheduler.close()
        self._events.close()
        self._asynchronous.close()
        self._runner.close()
        self._payments.stop()
        self._database.stop()
        self._saving.forget()

    def operations(self) -> dict[str, Operation]:
        """What the control port offers, by name."""
        return {
            "status": lambda _: self.status(),
            "serve": lambda arguments: self.serve(arguments["state"]),
            "replace_code": lambda _: self._replace_code(),
            "save": self._saving.save,
            "checkpoint": self._saving.checkpoint,
            "invoke": lambda arguments: self._invoke(arguments["function"], arguments["payload"]),
            "fire_schedule": lambda arguments: self._fire(arguments["name"]),
            "mail": lambda _: self._mail(),
            "move_clock": lambda arguments: self._move_clock(arguments["to"]),
            "wait_idle": lambda arguments: self._wait_idle(float(arguments["timeout_s"])),
        }

    def serve(self, values: dict[str, Any]) -> SandboxStatus:
        """Bring to life what stands in a Terraform state, instead of what was there before."""
        with self._saving.held():
            state = read_state(values, self._layout.terraform)
            if state.database is not None:
                self._database.serve(state.database)
            self._payments.serve(state.functions)
            self._runner.serve(state.functions)
            self._asynchronous.serve(state.invoke_configs)
            self._events.serve(state.event_sources)
            self._scheduler.serve(state.schedules)
            if state.api is None:
                self._entrance.gateway = None
            elif self._entrance.gateway is None or self._entrance.gateway.api != state.api:
                self._entrance.gateway = Gateway(
                    state.api, self._invoke_traced, self._pools, ACCOUNT, self._clock
                )
            self._state = state
            self._saving.serves(values)
            for backlog in self._backlogs():
                backlog.resume()  # what a snapshot brought could not run before
        return self.status()

    def status(self) -> SandboxStatus:
        """Everything that runs."""
        return SandboxStatus(
            pid=os.getpid(),
            now=self._clock(),
            clock_ahead_s=self._clock.ahead.total_seconds(),
            endpoint=self.aws.endpoint,
            api_url=self._api_url,
            stripe=self._payments.endpoint,
            functions=self._runner.status(),
            queues=self._queues(),
            schedules=self._scheduler.status(),
            database=self._database.status(),
            user_pool_id=self._state.user_pool.pool_id if self._state.user_pool else None,
            token_url=f"{self._api_url}{token_endpoint.PATH}" if self._state.user_pool else None,
            user_pool_client_id=self._state.user_pool.client_id if self._state.user_pool else None,
        )

    @property
    def _api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.gateway_port}"

    def _queues(self) -> tuple[QueueStatus, ...]:
        consumers = self._events.consumers()
        found = (queues.describe(arn, consumers.get(arn)) for arn in self._state.queues)
        return tuple(sorted(filter(None, found), key=lambda queue: queue.name))

    def _backlogs(self) -> list[Backlog[Any]]:
        deliveries = self._payments.deliveries
        return [*([deliveries] if deliveries is not None else []), self._asynchronous.backlog]

    def _is_busy(self) -> bool:
        return bool(self._runner.running or self._events.unfinished())

    def _user_pool(self) -> Any | None:
        pool = self._state.user_pool
        return None if pool is None else self._pools.find(pool.pool_id)

    def _overrides(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What differs from AWS in the environment of a function."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": "test",
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._database.overrides(environment),
            **self._payments.overrides(environment),
        }

    def _invoke(self, function: str, payload: Any) -> InvocationResult:
        with self._entrance.gate.passage():
            return _result(self._runner.invoke(function, payload))

    def _fire(self, name: str) -> InvocationResult:
        with self._entrance.gate.passage():
            return _result(self._scheduler.fire(name))

    def _invoke_traced(self, function: str, event: Any, trace_header: str) -> Outcome:
        return self._runner.invoke(function, event, trace_header=trace_header)

    def _replace_code(self) -> ReplacedCode:
        with self._saving.held():
            return self._runner.replace_code()

    def _mail(self) -> list[MailMessage]:
        return self._mailbox.messages()

    def _move_clock(self, to: str) -> ClockMove:
        fired = self._scheduler.across(lambda: self._clock.move(datetime.fromisoformat(to)))
        self._saving.want_checkpoint()
        return ClockMove(now=self._clock(), fired=tuple(sorted(fired)))

    def _wait_idle(self, timeout_s: float) -> dict[str, bool]:
        """Wait until nothing is under way, twice in a row: between two steps nothing shows."""
        deadline = time.monotonic() + timeout_s
        quiet = 0
        while quiet < _IDLE_CHECKS:
            unfinished = self._events.unfinished()
            is_quiet = not (unfinished or any(map(len, self._backlogs())))
            quiet = quiet + 1 if is_quiet else 0
            if quiet < _IDLE_CHECKS and time.monotonic() > deadline:
                raise OutsideFailure(
                    f"after {timeout_s:g} s there is still work: queues "
                    f"{', '.join(unfinished) or 'none'}, asynchronous invocations "
                    f"{len(self._asynchronous.backlog)}, webhooks "
                    f"{len(self._payments.deliveries or ())}"
                )
            time.sleep(_IDLE_PAUSE_S)
        return {"idle": True}


def _result(outcome: Outcome) -> InvocationResult:
    return InvocationResult(payload=outcome.payload, error=outcome.error, log=outcome.log)
