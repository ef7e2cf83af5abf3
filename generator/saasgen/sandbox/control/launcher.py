"""Starting the daemon, and seeing whether it is there."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from saasgen.errors import OutsideFailure
from saasgen.sandbox import aws
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import Launch, Startup


class Prepared:
    """A daemon that has begun to import what it needs, and waits to be told what to begin with.

    Importing takes longer than all the rest of a start, so it runs while a snapshot is written or
    another daemon stops.

    Args:
        layout: of which sandbox.
    """

    def __init__(self, layout: Layout) -> None:
        self._log = layout.daemon_log
        layout.logs.mkdir(parents=True, exist_ok=True)
        self._report, write_end = os.pipe()
        read_end, self._told = os.pipe()
        command = [sys.executable, "-m", "saasgen.sandbox.daemon"]
        command += ["--stack", str(layout.stack), "--name", layout.name]
        command += ["--report-fd", str(write_end)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=read_end,
                stdout=log,
                stderr=log,
                pass_fds=(write_end,),
                start_new_session=True,
                cwd=Path(__file__).parents[3],
                env=os.environ | {"AWS_EC2_METADATA_DISABLED": "true"} | aws.ENVIRONMENT,
            )
        os.close(write_end)
        os.close(read_end)

    def begin(self, launch: Launch) -> Startup:
        """Let it begin, and hear from it whether it came up.

        Raises:
            OutsideFailure: it ended without a word.
        """
        self._process.returncode = 0  # it outlives this process: Popen need not miss its end
        with suppress(BrokenPipeError), os.fdopen(self._told, "w") as told:
            told.write(launch.model_dump_json())
        with os.fdopen(self._report) as pipe:
            answer = pipe.read()
        if not answer:
            raise OutsideFailure(f"The sandbox did not come up: see {self._log}.")
        return Startup.model_validate_json(answer)

    def give_up(self) -> None:
        """End it before it has begun."""
        self._process.kill()
        self._process.wait()
        os.close(self._told)
        os.close(self._report)


def is_held(lock: Path) -> bool:
    """Whether a daemon holds its lock, and so is there, whether it answers or not."""
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def wait_until_gone(pid: int, patience_s: float) -> None:
    """Wait until a process has ended; kill it when it takes too long."""
    deadline = time.monotonic() + patience_s
    while _is_alive(pid):
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + patience_s
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    with suppress(ChildProcessError):  # it is only our child if this process started it
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
