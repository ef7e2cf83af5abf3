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
from saasgen.sandbox.models import Startup


def launch(
    layout: Layout, port: int, snapshot: Path | None = None, *, keeps_database: bool = False
) -> Startup:
    """Start a daemon in a session of its own and hear from it whether it came up.

    Args:
        layout: of which sandbox.
        port: of its API; 0 for any free one.
        snapshot: what it goes on from.
        keeps_database: go on with the database that is there.
    """
    layout.logs.mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "saasgen.sandbox.daemon"]
    command += ["--stack", str(layout.stack), "--name", layout.name]
    command += ["--gateway-port", str(port), "--report-fd", str(write_end)]
    if snapshot is not None:
        command += ["--load", str(snapshot)]
    if keeps_database:
        command += ["--keep-database"]
    with layout.daemon_log.open("ab") as log:
        daemon = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(write_end,),
            start_new_session=True,
            cwd=Path(__file__).parents[3],
            env=os.environ | {"AWS_EC2_METADATA_DISABLED": "true"} | aws.ENVIRONMENT,
        )
    daemon.returncode = 0  # it outlives this process: Popen need not miss its end
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        answer = pipe.read()
    if not answer:
        raise OutsideFailure(f"The sandbox did not come up: see {layout.daemon_log}.")
    return Startup.model_validate_json(answer)


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
