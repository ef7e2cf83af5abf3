"""One warm process of a function, and its conversation with `worker.py`."""

import json
import os
import secrets
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from saasgen.sandbox.functions.function_log import FunctionLog

_WORKER = Path(__file__).with_name("worker.py")
_MARK = "\x1e"  # the worker ends the output of an invocation with this and the request's id
_LOG_PATIENCE_S = 1.0


class TimedOutError(Exception):
    """The process did not answer in time."""


class ExitedError(Exception):
    """The process ended instead of answering."""


@dataclass(frozen=True)
class Call:
    """One invocation on its way to a process.

    Args:
        trace_header: the trace it continues; a new one without.
        clock_ahead_s: how far the sandbox's clock is ahead of the machine's.
    """

    request_id: str
    function_arn: str
    event: Any
    timeout_s: float
    trace_header: str | None = None
    clock_ahead_s: float = 0

    def frame(self) -> bytes:
        """The request as the worker reads it."""
        request = {
            "request_id": self.request_id,
            "function_arn": self.function_arn,
            "event": self.event,
            "timeout_s": self.timeout_s,
            "clock_ahead_s": self.clock_ahead_s,
            "trace_id": self._trace(),
        }
        body = json.dumps(request).encode()
        return struct.pack(">I", len(body)) + body

    def _trace(self) -> str:
        """The header of the function's own segment, below that of its caller."""
        given = dict(field.partition("=")[::2] for field in (self.trace_header or "").split(";"))
        root = given.get("Root") or f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
        sampled = given.get("Sampled", "0")
        return f"Root={root};Parent={secrets.token_hex(8)};Sampled={sampled}"


@dataclass
class _Output:
    """What one invocation has printed so far."""

    lines: list[str] = field(default_factory=list)
    complete: Event = field(default_factory=Event)


class Process:
    """A process that has a function's handler imported.

    Args:
        handler: as in the function's configuration.
        paths: folders to put in front of `sys.path`; the first is the working directory.
        environment: the complete environment.
        log: where the function's output goes.
        stream: the log stream of this process.
    """

    def __init__(
        self,
        handler: str,
        paths: Sequence[Path],
        environment: Mapping[str, str],
        log: FunctionLog,
        stream: str,
    ) -> None:
        self._log = log
        self._stream = stream
        self._output = _Output()
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_WORKER), handler, *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=paths[0],
            env=dict(environment),
            start_new_session=True,
        )
        Thread(target=self._drain, daemon=True, name=f"log-{self._popen.pid}").start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process can take a call."""
        return self._popen.poll() is None

    def initialize(self, timeout_s: float) -> dict[str, Any] | None:
        """Wait until the handler is imported; return Lambda's error if that failed.

        Raises:
            TimedOutError: it took too long.
            ExitedError: the process ended.
        """
        answer = self._receive(time.monotonic() + timeout_s)
        failure: dict[str, Any] | None = answer.get("failure")
        return failure

    def call(self, call: Call) -> dict[str, Any]:
        """Run one invocation; return `payload` (JSON text) or `failure`.

        Raises:
            TimedOutError: the handler ran longer than its timeout.
            ExitedError: the process ended.
        """
        self._output = _Output()
        deadline = time.monotonic() + call.timeout_s
        try:
            _pipe(self._popen.stdin).write(call.frame())
            _pipe(self._popen.stdin).flush()
        except BrokenPipeError as error:
            raise ExitedError(self._exit_reason()) from error
        return self._receive(deadline)

    def finish_log(self, record: str) -> str:
        """Publish what the invocation printed, ended by `record`; return the last 4 KB of it."""
        self._output.complete.wait(_LOG_PATIENCE_S)
        lines = [*self._output.lines, record]
        self._log.write(record)
        self._log.publish(self._stream, lines)
        return "\n".join(lines)[-4096:]

    def kill(self) -> None:
        """End the process and what it started, now."""
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError):
                _pipe(pipe).close()

    def _receive(self, deadline: float) -> dict[str, Any]:
        descriptor = _pipe(self._popen.stdout).fileno()
        header = self._read(descriptor, 4, deadline)
        body = self._read(descriptor, struct.unpack(">I", header)[0], deadline)
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _read(self, descriptor: int, size: int, deadline: float) -> bytes:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        read = bytearray()
        while len(read) < size:
            remaining_ms = (deadline - time.monotonic()) * 1000
            if remaining_ms <= 0 or not poll.poll(remaining_ms):
                raise TimedOutError
            chunk = os.read(descriptor, size - len(read))
            if not chunk:
                raise ExitedError(self._exit_reason())
            read += chunk
        return bytes(read)

    def _exit_reason(self) -> str:
        status = self._popen.wait()
        return f"signal: {-status}" if status < 0 else f"exit status {status}"

    def _drain(self) -> None:
        """Follow the output until the process ends."""
        with _pipe(self._popen.stderr) as output:
            for raw in output:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                if line.startswith(_MARK):
                    self._output.complete.set()
                elif line:
                    self._output.lines.append(line)
                    self._log.write(line)
        self._output.complete.set()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without pipes")
    return pipe
