"""The background process of a stack's sandbox: `python -m saasgen.sandbox.daemon`.

It holds a lock for as long as it lives. The lock goes with the process, workers and PostgreSQL end
when their pipe to it closes, moto's state is in memory. A daemon that was killed leaves a record
that names a process which is gone, PostgreSQL's data, and a copy of the simulated AWS: the next one
goes on from these.
"""

import argparse
import fcntl
import logging
import os
import secrets
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import IO
from zipfile import ZipFile

from saasgen.errors import SaasgenError, UserError
from saasgen.sandbox.account import Account
from saasgen.sandbox.aws.server import prepare
from saasgen.sandbox.aws.trail import TRAIL
from saasgen.sandbox.control.server import Control
from saasgen.sandbox.layout import DEFAULT, Layout
from saasgen.sandbox.models import DaemonRecord, Launch, Startup
from saasgen.sandbox.snapshots.store import manifest_of, opened
from saasgen.sandbox.web_server import WebServer

_log = logging.getLogger(__name__)


class Daemon:
    """One running sandbox.

    Raises:
        UserError: another daemon holds the lock, or the gateway's port is taken.
    """

    def __init__(
        self,
        layout: Layout,
        gateway_port: int,
        snapshot: ZipFile | None = None,
        *,
        keeps_database: bool = False,
    ) -> None:
        self._layout = layout
        self._stopping = Event()
        self._lock = _lock(layout)
        self._account = Account(layout, gateway_port, snapshot, keeps_database=keeps_database)
        token = secrets.token_urlsafe(32)
        operations = self._account.operations() | {"stop": self._stop}
        self._control = WebServer(Control(token, operations))
        self.record = DaemonRecord(
            pid=os.getpid(),
            token=token,
            aws_port=self._account.aws.port,
            control_port=self._control.port,
            gateway_port=self._account.gateway_port,
        )

    def start(self) -> None:
        """Answer on every port and leave the record."""
        self._account.start()
        self._control.start()
        _write_private(self._layout.record, self.record.model_dump_json())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())

    def run(self) -> None:
        """Wait until someone stops the daemon, then end everything it started."""
        while not self._stopping.wait(timeout=3600):
            pass
        self._layout.record.unlink(missing_ok=True)
        self._account.stop()

    def _stop(self, _: dict[str, object]) -> dict[str, bool]:
        self._stopping.set()
        return {"stopping": True}


def _lock(layout: Layout) -> IO[str]:
    layout.root.mkdir(parents=True, exist_ok=True)
    held = layout.lock.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UserError(
            f"{layout.title} is starting or stopping already; try again when it is done."
        ) from error
    return held


def _write_private(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def _report(descriptor: int, startup: Startup) -> None:
    with os.fdopen(descriptor, "w") as pipe:
        pipe.write(startup.model_dump_json())


def _started(layout: Layout, launch: Launch) -> Daemon:
    with opened(launch.snapshot) if launch.snapshot else nullcontext() as archive:
        if launch.snapshot and archive:
            manifest_of(archive).require_readable(launch.snapshot.stem)
        daemon = Daemon(layout, launch.gateway_port, archive, keeps_database=launch.keeps_database)
        daemon.start()
    return daemon


def main(arguments: list[str] | None = None) -> int:
    """Run a daemon until it is stopped; say to the command that started it whether it came up.

    What it begins with comes on stdin (`Launch`), when everything is imported.
    """
    parser = argparse.ArgumentParser(prog="python -m saasgen.sandbox.daemon")
    parser.add_argument("--stack", type=Path, required=True)
    parser.add_argument("--name", default=DEFAULT)
    parser.add_argument("--report-fd", type=int, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    layout = Layout(options.stack, options.name)
    TRAIL.addHandler(logging.FileHandler(layout.trail, delay=True))
    prepare()
    told = sys.stdin.read()
    if not told:  # the command was interrupted before it had decided
        return 1
    try:
        daemon = _started(layout, Launch.model_validate_json(told))
    except SaasgenError as error:
        failure = Startup(error=str(error), user_error=isinstance(error, UserError))
        _report(options.report_fd, failure)
        return error.exit_code
    _report(options.report_fd, Startup(record=daemon.record))
    daemon.run()
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # all that runs has ended; freeing every object of moto would take seconds
