"""Lambda: Invoke.

moto runs functions in Docker, one container per call. Here a call goes to whatever was registered
with `handle_with`, which is the sandbox's runner. Callers see Lambda's own answers: 202 for an
event, the function's payload for a request, `X-Amz-Function-Error` for a failure.
"""

import base64
import json
from typing import Any, Protocol

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from saasgen.sandbox.aws.patching import Function, around, attribute


class Invoker(Protocol):
    """Runs functions."""

    def request(
        self, function_arn: str, event: Any, trace_header: str | None = None
    ) -> tuple[str, str | None, str]:
        """Run a function; return its payload as JSON text, the kind of error, and its log."""

    def event(self, function_arn: str, event: Any, trace_header: str | None) -> None:
        """Run a function in the background."""


_invoker: list[Invoker] = []


def handle_with(invoker: Invoker) -> None:
    """Send every invocation to `invoker` from now on."""
    _invoker[:] = [invoker]


def apply() -> None:
    """Replace Docker by the registered invoker."""

    def invoke(
        backend: Any,
        name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: dict[str, str],
    ) -> bytes:
        function = backend.get_function(name, qualifier)
        event = json.loads(body) if body else {}
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        target = _arn(function, name, qualifier)
        trace_header = headers.get("X-Amzn-Trace-Id")
        payload = b""
        if kind == "Event":
            registered().event(target, event, trace_header)
        elif kind == "RequestResponse":
            text, error, log = registered().request(target, event, trace_header)
            payload = text.encode()
            response_headers["x-amz-executed-version"] = str(function.version)
            response_headers["x-amz-log-result"] = base64.b64encode(log.encode()).decode()
            if error:
                response_headers["x-amz-function-error"] = error
        response_headers["Content-Length"] = str(len(payload))
        return payload

    def run(function: Any, event: Any = None) -> tuple[str, bool, str]:
        parsed = json.loads(event) if isinstance(event, str) else event
        text, error, log = registered().request(function.function_arn, parsed or {})
        return text, error is not None, log

    @around(LambdaResponse, "invoke")
    def answer(original: Function, self: Any) -> Any:
        # The parameter is called Qualifier; moto looks for another name and so finds none.
        if "Qualifier" in self.querystring:
            self.querystring["qualifier"] = self.querystring["Qualifier"]
        return original(self)

    attribute(LambdaBackend, "invoke", invoke)
    attribute(LambdaFunction, "_invoke_lambda", run)


def registered() -> Invoker:
    """Whatever runs functions here."""
    if not _invoker:
        raise RuntimeError("no invoker is registered: call handle_with() first")
    return _invoker[0]


def _arn(function: Any, name: str, qualifier: str | None) -> str:
    """The ARN that was invoked, with its qualifier if the caller gave one."""
    if name.startswith("arn:") and name.count(":") == 7:
        return name
    base = ":".join(function.function_arn.split(":")[:7])
    given = qualifier or (name.split(":")[1] if name.count(":") == 1 else None)
    return f"{base}:{given}" if given else base
