"""Numbered SQL files, applied in order, once, forward only.

Each file and its record are one transaction: a kill leaves the file applied or not, and running
again goes on from there. A session lock lets one migrator work while others wait, find the work
done and do nothing.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from handlers.platform.base.clock import Clock
from handlers.platform.database.sessions import Session

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK: Final = 0x5AA5_0001
_LOCK_PATIENCE: Final = "10min"
# A change of a table waits for those who use it, and everybody after it waits behind: give up soon
_TABLE_PATIENCE: Final = "5s"
_LEDGER: Final = """
    CREATE SCHEMA IF NOT EXISTS app;
    CREATE TABLE IF NOT EXISTS app.migrations (
        version integer NOT NULL,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL,
        CONSTRAINT migrations_pkey PRIMARY KEY (version)
    )
"""


class MigrationError(Exception):
    """The migrations cannot be applied; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; the checksum is that of its bytes."""

    version: int
    name: str
    script: bytes

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file."""
        return sha256(self.script).hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: the files it applied, and the level the database has now."""

    applied: tuple[str, ...]
    level: int


def level(session: Session) -> int:
    """Return the number of the last migration that the database has."""
    row = session.one("SELECT coalesce(max(version), 0) AS level FROM app.migrations")
    return int(row["level"]) if row else 0


def migrate(connection: psycopg.Connection[Any], directory: Path, clock: Clock) -> Report:
    """Apply the migrations that the database lacks.

    Args:
        connection: In autocommit mode, acting as the role that owns the tables.
        directory: Where the numbered files are.
        clock: The time that is recorded.

    Raises:
        MigrationError: A file is misnamed or missing, was changed after it was applied, or fails.
    """
    files = read(directory)
    with locked(connection):
        connection.execute(_LEDGER)
        known = _recorded(connection)
        _verify(files, known)
        pending = [file for file in files if file.version not in known]
        with _lock_timeout(connection, _TABLE_PATIENCE):
            for file in pending:
                _apply(connection, file, clock)
    return Report(tuple(file.name for file in pending), max(f.version for f in files))


def read(directory: Path) -> list[Migration]:
    """Return the migrations of a directory in order.

    Raises:
        MigrationError: There are none, or the numbers are not 1, 2, 3, ...
    """
    files = []
    for path in sorted(directory.glob("[0-9]*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: name migrations like 0008_add_credits.sql")
        files.append(Migration(int(match[1]), path.name, path.read_bytes()))
    if not files:
        raise MigrationError(f"{directory} holds no migrations")
    for expected, file in enumerate(files, start=1):
        if file.version != expected:
            raise MigrationError(f"{file.name}: its number should be {expected:04}")
    return files


@contextmanager
def locked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Keep other migrators of this database out; the same session may enter again.

    Raises:
        MigrationError: Another one holds the lock for longer than we can wait.
    """
    # the session of a killed migrator ends within its statement, and with it the lock
    connection.execute("SET client_connection_check_interval = '1s'")
    try:
        with _lock_timeout(connection, _LOCK_PATIENCE):
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(f"another migration has been running for {_LOCK_PATIENCE}") from error
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@contextmanager
def _lock_timeout(connection: psycopg.Connection[Any], duration: str) -> Iterator[None]:
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [duration])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("RESET lock_timeout")


def _recorded(connection: psycopg.Connection[Any]) -> dict[int, tuple[str, str]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT version, name, checksum FROM app.migrations")
        return {version: (name, checksum) for version, name, checksum in cursor}


def _verify(files: Sequence[Migration], known: dict[int, tuple[str, str]]) -> None:
    by_version = {file.version: file for file in files}
    for version, (name, checksum) in sorted(known.items()):
        file = by_version.get(version)
        if file is None:
            raise MigrationError(
                f"the database is at level {max(known)} and has {name}, which this version of the "
                "code does not know: deploy the newer version"
            )
        if file.checksum != checksum:
            raise MigrationError(
                f"{file.name} was changed after it was applied: restore it and put the change "
                "into a new migration"
            )


def _apply(connection: psycopg.Connection[Any], file: Migration, clock: Clock) -> None:
    try:
        with connection.transaction():
            connection.execute(file.script)
            connection.execute(
                "INSERT INTO app.migrations (version, name, checksum, applied_at)"
                " VALUES (%s, %s, %s, %s)",
                [file.version, file.name, file.checksum, clock()],
            )
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(
            f"{file.name} waited {_TABLE_PATIENCE} for a table in use and changed nothing: run the "
            "migration again"
        ) from error
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise MigrationError(f"{file.name} failed and changed nothing: {error}") from error
