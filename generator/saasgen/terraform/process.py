"""Starting Terraform through python-terraform and following what it writes.

Terraform writes to files, never to a pipe of ours: if this process is killed, Terraform finishes
what it began, saves its state and releases its lock. `running.json` beside the output says which
Terraform that is, so that the next command waits for it instead of running into its lock.

    saasgen ──starts──▶ terraform ──writes──▶ stdout.jsonl ◀──follows── saasgen
       │ kill -9                    │ goes on, saves, unlocks
       ▼                            ▼
    next saasgen: reads running.json, waits for that pid, goes on
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from python_terraform import IsFlagged, Terraform

from saasgen.errors import OutsideFailure
from saasgen.terraform.discovery import clean_environment
from saasgen.terraform.events import Diagnostic, Event, parse

_POLL_S = 0.05
_swap = threading.Lock()


@dataclass(frozen=True)
class Finished:
    """A Terraform command that ended: its exit code, output and diagnostics."""

    code: int
    stdout: str
    stderr: str
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> list[str]:
        """The errors in words a person can read."""
        found = [str(d) for d in self.diagnostics if d.severity == "error"]
        if found:
            return found
        plain = (self.stderr or self.stdout).strip()
        return [plain] if plain else [f"Terraform ended with exit code {self.code}"]


class Process:
    """Runs Terraform commands in one folder, one at a time, with one environment.

    Args:
        binary: the terraform to run.
        folder: the root module.
        environment: variables for Terraform, on top of this process's own.
        journal: folder for output and for `running.json`.
    """

    def __init__(
        self, binary: Path, folder: Path, environment: dict[str, str], journal: Path
    ) -> None:
        self._binary = binary
        self._folder = folder
        self._environment = environment
        self._journal = journal

    def run(self, command: str, *arguments: str, **options: Any) -> Finished:
        """Run a command to its end and return what it wrote."""
        return self.follow(command, *arguments, on_event=None, **options)

    def follow(
        self,
        command: str,
        *arguments: str,
        on_event: Callable[[Event], None] | None,
        **options: Any,
    ) -> Finished:
        """Run a command; with `on_event`, as JSON lines handed over one by one while it runs.

        Ctrl-C and SIGTERM are passed on: Terraform stops in order, then KeyboardInterrupt rises.
        """
        if on_event is not None:
            options["json"] = IsFlagged
        self.wait_for_earlier()
        self._journal.mkdir(parents=True, exist_ok=True)
        name = command.replace(" ", "-")
        stdout, stderr = self._journal / f"{name}.stdout", self._journal / f"{name}.stderr"
        child = self._start(command, arguments, options, stdout, stderr)
        diagnostics: list[Diagnostic] = []
        with _passing_signals_on(child) as interrupted:
            for line in _lines(stdout, child):
                event = parse(line) if on_event else None
                if isinstance(event, Diagnostic):
                    diagnostics.append(event)
                if event is not None and on_event is not None:
                    on_event(event)
        self._running_file.unlink(missing_ok=True)
        if interrupted():
            raise KeyboardInterrupt
        return Finished(
            child.returncode,
            stdout.read_text("utf-8", errors="replace"),
            stderr.read_text("utf-8", errors="replace"),
            tuple(diagnostics),
        )

    def wait_for_earlier(self) -> None:
        """Wait for a Terraform that an earlier, killed command left running here."""
        earlier = self.earlier()
        while earlier is not None and _alive(earlier["pid"], earlier["started"]):
            time.sleep(_POLL_S)

    def kill_earlier(self) -> None:
        """Kill a Terraform that an earlier command left running; what it was making is lost."""
        earlier = self.earlier()
        if earlier is not None and _alive(earlier["pid"], earlier["started"]):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(earlier["pid"]).kill()
            self.wait_for_earlier()
        self._running_file.unlink(missing_ok=True)

    def earlier(self) -> dict[str, Any] | None:
        """What `running.json` says of a Terraform started on this machine, dead or alive."""
        try:
            noted = json.loads(self._running_file.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return noted if noted.get("host") == socket.gethostname() else None

    @property
    def _running_file(self) -> Path:
        return self._journal / "running.json"

    def _start(
        self,
        command: str,
        arguments: tuple[str, ...],
        options: dict[str, Any],
        stdout: Path,
        stderr: Path,
    ) -> "subprocess.Popen[bytes]":
        terraform: Any = Terraform(  # type: ignore[no-untyped-call]
            working_dir=str(self._folder), terraform_bin_path=str(self._binary)
        )
        environment = clean_environment({**os.environ, **self._environment})
        # python-terraform takes its child's environment and output from os.environ and sys.stdout.
        with (
            _swap,
            stdout.open("w", encoding="utf-8") as out,
            stderr.open("w", encoding="utf-8") as err,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _environ(environment),
        ):
            child, _, _ = terraform.cmd(
                command, *arguments, capture_output=False, synchronous=None, **options
            )
        if not isinstance(child, subprocess.Popen):
            raise OutsideFailure(f"terraform {command} could not be started.")
        note = {"pid": child.pid, "host": socket.gethostname(), "command": command}
        note["started"] = _start_time(child.pid)
        self._running_file.write_text(json.dumps(note), "utf-8")
        return child


def _lines(path: Path, child: "subprocess.Popen[bytes]") -> Iterator[str]:
    """Each line the child writes to `path`, until it ended and all is read."""
    with path.open("r", encoding="utf-8", errors="replace") as stream:
        partial = ""
        while True:
            ended = child.poll() is not None
            chunk = stream.read()
            if chunk:
                *whole, partial = (partial + chunk).split("\n")
                yield from whole
            elif ended:
                break
            else:
                time.sleep(_POLL_S)
        if partial:
            yield partial


@contextlib.contextmanager
def _passing_signals_on(child: "subprocess.Popen[bytes]") -> Iterator[Callable[[], bool]]:
    """Pass SIGINT and SIGTERM on to `child` as SIGINT; tells whether one came."""
    came: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        # A terminal's Ctrl-C reaches the child by itself; a second SIGINT would make it give up.
        if number == signal.SIGTERM or not os.isatty(0):
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGINT)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {s: signal.signal(s, pass_on) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _environ(environment: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _alive(pid: int, started: float | None) -> bool:
    """Whether the process is still the one that was noted (pids are used again)."""
    return started is not None and _start_time(pid) == started


def _start_time(pid: int) -> float | None:
    """When a process began (seconds since 1970); None when it is gone or only a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
