"""The warm processes of one function.

A process is started when none is idle, up to the function's reserved concurrency (four without
one), and is used for one invocation at a time, as an execution environment on Lambda is. One that
times out is killed; one that crashed is replaced at the next invocation.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from saasgen.sandbox.functions.function_log import FunctionLog
from saasgen.sandbox.functions.process import Call, ExitedError, Process, TimedOutError
from saasgen.sandbox.state.model import Function

DEFAULT_CONCURRENCY = 4
_INIT_TIMEOUT_S = 60.0  # Lambda allows 10 s, on a machine of its own
_INHERITED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to.

    Args:
        text: the payload as JSON text; Lambda's error object if it failed.
        error: `Unhandled` if it failed.
        log: the last 4 KB that it logged.
    """

    text: str
    error: str | None = None
    log: str = ""

    @property
    def payload(self) -> Any:
        """The payload, parsed."""
        return json.loads(self.text)


def _failure(kind: str, message: str, log: str = "", **more: Any) -> Outcome:
    body = {"errorType": kind, "errorMessage": message} | more
    return Outcome(json.dumps(body), "Unhandled", log)


class Pool:
    """The processes of one function."""

    def __init__(
        self, function: Function, paths: tuple[Path, ...], overrides: Mapping[str, str], logs: Path
    ) -> None:
        self.function = function
        self.paths = paths
        self.overrides = dict(overrides)
        self._log = FunctionLog(function, logs)
        self._slots = BoundedSemaphore(function.reserved_concurrency or DEFAULT_CONCURRENCY)
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """How many processes there are."""
        return len(self._all)

    @property
    def ended(self) -> int:
        """How many processes are gone that nobody ended; the next invocation replaces them."""
        with self._lock:
            return sum(1 for process in self._idle if not process.alive)

    def run(self, call: Call) -> Outcome:
        """Run one invocation, waiting for a free process no longer than the function's timeout."""
        if not self._slots.acquire(timeout=call.timeout_s):
            return _failure("TooManyRequestsException", "Rate Exceeded.", Reason="Concurrency")
        try:
            process = self._take()
            if isinstance(process, Outcome):
                return process
            return self._call(process, call)
        finally:
            self._slots.release()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            ending, self._all, self._idle = self._all, set(), []
        for process in ending:
            process.kill()

    def retire(self) -> None:
        """End every process that is idle now, and the others when their invocation ends."""
        with self._lock:
            ending, self._all, self._idle = self._idle, set(), []
        for process in ending:
            process.kill()

    def warm(self) -> None:
        """Start a process, so that the next invocation finds one."""
        process = self._start()
        if isinstance(process, Process):
            self._give_back(process)

    def environment(self, stream: str) -> dict[str, str]:
        """The environment of a process whose log stream this is."""
        function = self.function
        region = function.arn.split(":")[3]
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        service = {
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{version}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if function.json_logs else "Text",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_REGION": region,
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "LAMBDA_TASK_ROOT": str(self.paths[0]),
            "TZ": ":UTC",
            "_HANDLER": function.handler,
        }
        return inherited | service | dict(function.environment) | self.overrides

    def _take(self) -> Process | Outcome:
        while (process := self._next_idle()) is not None:
            if process.alive:
                return process
            self._discard(process)
        return self._start()

    def _next_idle(self) -> Process | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _start(self) -> Process | Outcome:
        stream = f"{time.strftime('%Y/%m/%d')}/[{self.function.version}]{uuid.uuid4().hex}"
        environment = self.environment(stream)
        process = Process(self.function.handler, self.paths, environment, self._log, stream)
        with self._lock:
            self._all.add(process)
        try:
            failure = process.initialize(_INIT_TIMEOUT_S)
        except TimedOutError:
            failure = {"errorType": "Sandbox.Timedout", "errorMessage": "Init timed out"}
        except ExitedError as error:
            message = f"Runtime exited with error: {error}"
            failure = {"errorType": "Runtime.ExitError", "errorMessage": message}
        if failure is None:
            return process
        self._discard(process)
        log = process.finish_log(self._log.platform("initReport", "-", failure))
        return Outcome(json.dumps(failure), "Unhandled", log)

    def _call(self, process: Process, call: Call) -> Outcome:
        started = time.monotonic()
        prefix = f"RequestId: {call.request_id} Error: "
        answer: dict[str, Any]
        try:
            answer = process.call(call)
        except TimedOutError:
            process.kill()
            message = f"{prefix}Task timed out after {call.timeout_s:.2f} seconds"
            answer = {"failure": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
        except ExitedError as error:
            message = f"{prefix}Runtime exited with error: {error}"
            answer = {"failure": {"errorType": "Runtime.ExitError", "errorMessage": message}}
        failure: dict[str, Any] | None = answer.get("failure")
        log = self._report(process, call.request_id, started, failure)
        self._give_back(process)
        if failure is not None:
            return Outcome(json.dumps(failure), "Unhandled", log)
        return Outcome(answer["payload"], None, log)

    def _report(
        self, process: Process, request_id: str, started: float, failure: dict[str, Any] | None
    ) -> str:
        duration = {"durationMs": round((time.monotonic() - started) * 1000, 2)}
        status = failure["errorType"] if failure else "success"
        return process.finish_log(
            self._log.platform("report", request_id, {"status": status, "metrics": duration})
        )

    def _give_back(self, process: Process) -> None:
        with self._lock:
            keep = process in self._all and process.alive
            if keep:
                self._idle.append(process)
        if not keep:
            self._discard(process)

    def _discard(self, process: Process) -> None:
        with self._lock:
            self._all.discard(process)
        process.kill()
