"""The AWS account in the box: every part of a running sandbox, and what can be asked of it."""

import json
import logging
import os
import time
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any
from zipfile import ZipFile

from saasgen.errors import OutsideFailure
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.aws import sqs
from saasgen.sandbox.aws.invocations import handle_with
from saasgen.sandbox.aws.server import ACCOUNT, AwsServer
from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.clock import MovableClock
from saasgen.sandbox.control import ports
from saasgen.sandbox.control.server import Operation
from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.events import queues
from saasgen.sandbox.events.asynchronous import AsynchronousInvoker
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
    SaveRequest,
)
from saasgen.sandbox.pages import PREFIX, Pages
from saasgen.sandbox.sign_in import token_endpoint
from saasgen.sandbox.sign_in.user_pools import MotoPools
from saasgen.sandbox.snapshots import contents
from saasgen.sandbox.snapshots.contents import Part
from saasgen.sandbox.snapshots.recorder import Recorder
from saasgen.sandbox.snapshots.standstill import Standstill
from saasgen.sandbox.state.model import StackState
from saasgen.sandbox.state.reader import read_state
from saasgen.sandbox.stripe.payments import Payments
from saasgen.sandbox.web_server import Application, Request, Response, WebServer

_log = logging.getLogger(__name__)
_MAX_REQUEST_BYTES = 10 * 2**20
_IDLE_CHECKS = 2
_IDLE_PAUSE_S = 0.05


class Account:
    """The parts of one sandbox, started and stopped together.

    Args:
        layout: where its files are.
        gateway_port: of its API; 0 for any free one.
        snapshot: what it goes on from; empty without. Needed until `start` has returned.

    Raises:
        UserError: the gateway's port is taken.
    """

    def __init__(self, layout: Layout, gateway_port: int, snapshot: ZipFile | None = None) -> None:
        self._layout = layout
        self._entrance, self._services = Gate(), Gate()
        self._clock = MovableClock()
        self._web = _listen(self._answer, gateway_port)
        self.gateway_port = self._web.port
        self._database = DatabaseServer(layout)
        self._database.start(snapshot if snapshot and contents.has_database(snapshot) else None)
        self.aws = AwsServer(self._services)
        self._payments = Payments(self._api_url, self.aws.endpoint, self._clock, self._services)
        self._mailbox = Mailbox(self._clock, f"{PREFIX}/mail")
        self._pools = MotoPools(self.aws.endpoint)
        self._runner = Runner(layout, self._overrides, lambda: self._clock.ahead)
        self._asynchronous = AsynchronousInvoker(self._runner, visibility_cap_s(), self._clock)
        self._events = EventLoop(self._runner, visibility_cap_s())
        self._scheduler = Scheduler(self._runner, self._asynchronous, self._clock)
        self._gateway: Gateway | None = None
        self._pages = Pages(self.status, lambda: self._gateway, self._mailbox, layout.logs)
        self._state = StackState()
        self._served: dict[str, Any] | None = None
        self._serving = Lock()
        rest = Standstill(
            self._entrance,
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
        self._recorder = Recorder(parts, self._database, rest, self._clock)
        sqs.date_by(self._clock)
        handle_with(_MotoInvoker(self._runner, self._asynchronous))
        if snapshot is not None:
            contents.restore(snapshot, parts)

    def start(self) -> None:
        """Answer on every port.

        Raises:
            OutsideFailure: the database of a snapshot did not start.
        """
        self._database.wait_restored()
        self.aws.start()
        self._web.start()
        self._scheduler.start()

    def stop(self) -> None:
        """End everything that was started."""
        self._scheduler.close()
        self._events.close()
        self._asynchronous.close()
        self._runner.close()
        self._payments.stop()
        self._database.stop()

    def operations(self) -> dict[str, Operation]:
        """What the control port offers, by name."""
        return {
            "status": lambda _: self.status(),
            "serve": lambda arguments: self.serve(arguments["state"]),
            "replace_code": lambda _: self._replace_code(),
            "save": self._save,
            "invoke": lambda arguments: self._invoke(arguments["function"], arguments["payload"]),
            "fire_schedule": lambda arguments: self._fire(arguments["name"]),
            "mail": lambda _: self._mail(),
            "move_clock": lambda arguments: self._move_clock(arguments["to"]),
            "wait_idle": lambda arguments: self._wait_idle(float(arguments["timeout_s"])),
        }

    def serve(self, values: dict[str, Any]) -> SandboxStatus:
        """Bring to life what stands in a Terraform state, instead of what was there before."""
        with self._serving:
            state = read_state(values, self._layout.terraform)
            if state.database is not None:
                self._database.serve(state.database)
            self._payments.serve(state.functions)
            self._runner.serve(state.functions)
            self._asynchronous.serve(state.invoke_configs)
            self._events.serve(state.event_sources)
            self._scheduler.serve(state.schedules)
            if state.api is None:
                self._gateway = None
            elif self._gateway is None or self._gateway.api != state.api:
                self._gateway = Gateway(
                    state.api, self._invoke_traced, self._pools, ACCOUNT, self._clock
                )
            self._state, self._served = state, values
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

    def _save(self, arguments: dict[str, Any]) -> dict[str, bool]:
        with self._serving:
            self._recorder.save(SaveRequest.model_validate(arguments), self._served)
        return {"saved": True}

    def _answer(self, request: Request) -> Response:
        with self._entrance.attempt() as admitted:
            return (
                self._answer_admitted(request)
                if admitted
                else _unavailable("The sandbox is being saved.")
            )

    def _answer_admitted(self, request: Request) -> Response:
        page = self._pages.answer(request)
        if page is not None:
            return page
        if request.path == token_endpoint.PATH and (pool := self._pool()) is not None:
            return token_endpoint.answer(request, pool)
        if self._gateway is None:
            return _unavailable("Nothing is served yet: run `saasgen sandbox up`.")
        return self._gateway(request)

    def _pool(self) -> Any | None:
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
        with self._entrance.passage():
            return _result(self._runner.invoke(function, payload))

    def _fire(self, name: str) -> InvocationResult:
        with self._entrance.passage():
            return _result(self._scheduler.fire(name))

    def _invoke_traced(self, function: str, event: Any, trace_header: str) -> Outcome:
        return self._runner.invoke(function, event, trace_header=trace_header)

    def _replace_code(self) -> ReplacedCode:
        with self._serving:
            return self._runner.replace_code()

    def _mail(self) -> list[MailMessage]:
        return self._mailbox.messages()

    def _move_clock(self, to: str) -> ClockMove:
        fired = self._scheduler.across(lambda: self._clock.move(datetime.fromisoformat(to)))
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


class _MotoInvoker:
    """Invocations that arrive through Lambda's API."""

    def __init__(self, runner: Runner, asynchronous: AsynchronousInvoker) -> None:
        self._runner = runner
        self._asynchronous = asynchronous

    def request(
        self, function_arn: str, event: Any, trace_header: str | None = None
    ) -> tuple[str, str | None, str]:
        outcome = self._runner.invoke(function_arn, event, trace_header=trace_header)
        return outcome.text, outcome.error, outcome.log

    def event(self, function_arn: str, event: Any, trace_header: str | None) -> None:
        self._asynchronous.submit(function_arn, event, trace_header)


def _unavailable(message: str) -> Response:
    headers = (("Content-Type", "application/json"), ("Retry-After", "1"))
    return Response(503, json.dumps({"message": message}).encode(), headers)


def _result(outcome: Outcome) -> InvocationResult:
    return InvocationResult(payload=outcome.payload, error=outcome.error, log=outcome.log)


def _listen(application: Application, port: int) -> WebServer:
    try:
        return WebServer(application, port, max_body_bytes=_MAX_REQUEST_BYTES)
    except OSError as error:
        raise ports.refusal(port, error) from error
