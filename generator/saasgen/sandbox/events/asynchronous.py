"""Asynchronous invocations: retried, and sent to the failure destination when nothing helps."""

import json
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from saasgen.errors import SaasgenError
from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.clock import Clock, system_clock
from saasgen.sandbox.events.queues import send
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.state.model import EventInvokeConfig, function_name

_log = logging.getLogger(__name__)
_DEFAULT_RETRIES = 2
_THREADS = 8


@dataclass(frozen=True)
class Invocation:
    """An invocation that is under way.

    Args:
        reference: name or ARN of the function.
        attempt: the one that comes next; 1 at first.
    """

    reference: str
    event: Any
    request_id: str
    trace_header: str | None = None
    attempt: int = 1


class AsynchronousInvoker:
    """Runs invocations of type Event in the background.

    Args:
        runner: what runs them.
        retry_cap_s: Lambda waits one minute before the first retry and two before the second; the
            sandbox waits no longer than this.
        clock: what time it is when an invocation is given up.
    """

    def __init__(self, runner: Runner, retry_cap_s: float, clock: Clock = system_clock) -> None:
        self._runner = runner
        self._clock = clock
        self._retry_cap_s = retry_cap_s
        self._configs: dict[str, EventInvokeConfig] = {}
        self.backlog: Backlog[Invocation] = Backlog(self._run, _THREADS, "asynchronous")
        """Invocations that have neither succeeded nor been given up."""

    def serve(self, configs: Iterable[EventInvokeConfig]) -> None:
        """Retry and report failures as these configurations say."""
        self._configs = {config.function: config for config in configs}

    def submit(self, reference: str, event: Any, trace_header: str | None = None) -> str:
        """Start an invocation under its caller's trace; return its request id."""
        invocation = Invocation(reference, event, str(uuid.uuid4()), trace_header)
        self.backlog.add(invocation)
        return invocation.request_id

    def close(self) -> None:
        """Start nothing more."""
        self.backlog.close()

    def _run(self, invocation: Invocation) -> tuple[Invocation, float] | None:
        try:
            outcome = self._runner.invoke(
                invocation.reference,
                invocation.event,
                invocation.request_id,
                invocation.trace_header,
            )
        except SaasgenError as error:
            _log.warning("asynchronous invocation of %s: %s", invocation.reference, error)
            return None
        return None if outcome.error is None else self._after_failure(invocation, outcome)

    def _after_failure(
        self, invocation: Invocation, outcome: Outcome
    ) -> tuple[Invocation, float] | None:
        """The next attempt and when it is due; None after the last one, which is reported."""
        config = self._configs.get(function_name(invocation.reference))
        retries = config.retries if config else _DEFAULT_RETRIES
        if invocation.attempt <= retries:
            again = replace(invocation, attempt=invocation.attempt + 1)
            return again, min(60.0 * invocation.attempt, self._retry_cap_s)
        if config and config.on_failure_arn and ":sqs:" in config.on_failure_arn:
            send(config.on_failure_arn, json.dumps(_report(invocation, outcome, self._clock())))
        return None


def _report(invocation: Invocation, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The record that Lambda sends to a failure destination."""
    return {
        "version": "1.0",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": invocation.reference,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": invocation.attempt,
        },
        "requestPayload": invocation.event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": outcome.error,
        },
        "responsePayload": outcome.payload,
    }
