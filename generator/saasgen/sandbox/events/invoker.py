"""Invocations that arrive through Lambda's API, which moto hands over."""

from typing import Any

from saasgen.sandbox.events.asynchronous import AsynchronousInvoker
from saasgen.sandbox.functions.runner import Runner


class Invoker:
    """Runs functions for callers of Lambda's API."""

    def __init__(self, runner: Runner, asynchronous: AsynchronousInvoker) -> None:
        self._runner = runner
        self._asynchronous = asynchronous

    def request(
        self, function_arn: str, event: Any, trace_header: str | None = None
    ) -> tuple[str, str | None, str]:
        """Run a function and wait; return its answer, its error and its log."""
        outcome = self._runner.invoke(function_arn, event, trace_header=trace_header)
        return outcome.text, outcome.error, outcome.log

    def event(self, function_arn: str, event: Any, trace_header: str | None) -> None:
        """Run a function in the background."""
        self._asynchronous.submit(function_arn, event, trace_header)
