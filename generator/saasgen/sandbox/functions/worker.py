"""What runs inside a function's process: started by path, with nothing but the standard library.

Protocol: frames of four bytes length (big endian) and JSON, requests on stdin, answers on what was
stdout when the process started. Whatever the function prints goes to stderr, line by line. When
stdin closes, the process that started this one is gone, and this one ends at once.

A stack's code takes the time from one function of its own, and knows of no sandbox. Here that
function runs ahead as far as the sandbox's clock was moved. The machine's clock stays as it is:
certificates and signatures are checked by it.
"""

import importlib
import json
import os
import struct
import sys
import threading
import time
import traceback
from datetime import timedelta
from queue import SimpleQueue
from typing import Any, BinaryIO

_MAX_PAYLOAD_BYTES = 6 * 2**20
_CLOCK_MODULE = "handlers.platform.base.clock"
_CLOCK = "system_clock"


class Context:
    """The context object of the Lambda runtime for Python."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["function_arn"]
        self.identity = None
        self.client_context = None
        self._deadline_s = time.monotonic() + request["timeout_s"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is killed."""
        return max(0, int((self._deadline_s - time.monotonic()) * 1000))

    def log(self, message: str) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def _error(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    return {
        "errorMessage": str(error),
        "errorType": kind or type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__)[1:],  # without this file's frame
    }


def _load(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


class Ahead:
    """How far the stack's clock is ahead during an invocation."""

    by = timedelta()


def _let_clock_run_ahead() -> None:
    """Take the place of the stack's clock, before any module has taken it by name."""
    try:
        module = importlib.import_module(_CLOCK_MODULE)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{_CLOCK_MODULE}.".startswith(f"{error.name}."):
            return  # a function that is none of the stack's has no such clock
        raise
    machines_clock = getattr(module, _CLOCK)
    setattr(module, _CLOCK, lambda: machines_clock() + Ahead.by)


def _run(function: Any, request: dict[str, Any]) -> dict[str, Any]:
    os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
    Ahead.by = timedelta(seconds=request["clock_ahead_s"])
    try:
        payload = function(request["event"], Context(request))
    except Exception as error:  # SystemExit ends the process, as on Lambda
        traceback.print_exc()
        return {"failure": _error(error) | {"requestId": request["request_id"]}}
    try:
        text = json.dumps(payload, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        kind = "Runtime.MarshalError"
        message = f"Unable to marshal response: {error}"
        return {"failure": _error(TypeError(message), kind) | {"requestId": request["request_id"]}}
    if len(text.encode()) > _MAX_PAYLOAD_BYTES:
        return {
            "failure": {
                "errorType": "Function.ResponseSizeTooLarge",
                "errorMessage": "Response payload size exceeded maximum allowed payload size "
                f"({_MAX_PAYLOAD_BYTES} bytes).",
            }
        }
    return {"payload": text}


def _send(pipe: BinaryIO, message: dict[str, Any]) -> None:
    frame = json.dumps(message).encode()
    pipe.write(struct.pack(">I", len(frame)) + frame)
    pipe.flush()


def _receive(requests: "SimpleQueue[dict[str, Any]]") -> None:
    """Read requests until the other side is gone; then end the process, whatever it is doing."""
    pipe = sys.stdin.buffer
    while True:
        header = pipe.read(4)
        if len(header) < 4:
            os._exit(0)
        requests.put(json.loads(pipe.read(struct.unpack(">I", header)[0])))


def main() -> None:
    """Import the handler, say so, then answer one request after the other."""
    handler, *paths = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path[:0] = paths
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_receive, args=(requests,), daemon=True).start()
    try:
        _let_clock_run_ahead()
        function = _load(handler)
    except BaseException as error:  # importing runs the function's own code
        traceback.print_exc()
        kind = "Runtime.ImportModuleError" if isinstance(error, ImportError) else None
        _send(answers, {"failure": _error(error, kind)})
        sys.exit(1)
    _send(answers, {"ready": True})
    while True:
        request = requests.get()
        answer = _run(function, request)
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(2, f"\n\x1e{request['request_id']}\n".encode())
        _send(answers, answer)


if __name__ == "__main__":
    main()
