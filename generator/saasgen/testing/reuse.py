"""One migrated database for test after test, reset in between.

To copy a database takes its server some hundred files; to take back what a test wrote takes a few
statements. So `_Contents` restores the rows of tables, and the database is copied anew only after a
test that changed its schema, rights or settings, or drew from a sequence.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from saasgen.sandbox.database.postgres import SUPERUSER, Postgres
from saasgen.testing.databases import Database, copy, drop

# The catalogs that describe a schema. A row that was added or changed has a later xmin; a row that
# was dropped is missing from the count.
_CATALOGS: Final = (
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_policy",
    "pg_proc",
    "pg_type",
    "pg_namespace",
    "pg_default_acl",
    "pg_extension",
)
_SHARED_ROWS: Final = """
    SELECT 'shared', count(*), max(xmin::text::bigint)
      FROM (SELECT xmin FROM pg_database WHERE datname = current_database()
            UNION ALL
            SELECT xmin FROM pg_db_role_setting
             WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
        AS mine (xmin)
"""
_SCHEMA: Final = " UNION ALL ".join(
    [
        *(
            f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}"  # noqa: S608
            for name in _CATALOGS
        ),
        "SELECT 'sequences', count(*), coalesce(sum(last_value), 0)::bigint FROM pg_sequences",
        _SHARED_ROWS,
    ]
)
_TABLES: Final = """
    SELECT n.nspname, c.relname
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema$)'
"""
_HANG_UP: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend'
"""
_PAUSE_S: Final = 0.002
_WITHOUT_TRIGGERS: Final = "SET LOCAL session_replication_role = replica"
_DIGEST: Final = "(SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {table} AS t)"


class ReusedDatabase:
    """A migrated database that is lent to one user at a time.

    Args:
        server: the server that has it.
        template: the migrated database that it is a copy of.
    """

    def __init__(self, server: Postgres, template: str) -> None:
        self._server = server
        self._template = template
        # more than one where a user lends another while it has one
        self._kept: list[_Kept] = []

    @contextmanager
    def lent(self) -> Iterator[Database]:
        """Lend the database for a block, in which the handlers' sessions connect to it."""
        from handlers.platform.database import sessions

        kept = self._kept.pop() if self._kept else _Kept.of(copy(self._server, self._template))
        try:
            with sessions.connected_by(kept.database.connect):
                yield kept.database
        finally:
            kept.database.hang_up()
            self._take_back(kept)

    def close(self) -> None:
        """Drop it."""
        while self._kept:
            self._kept.pop().drop()

    def _take_back(self, kept: "_Kept") -> None:
        if kept.reset():
            self._kept.append(kept)
        else:
            kept.drop()


class _Kept(NamedTuple):
    """A database, a superuser's connection to it, and what it was like when it was made."""

    database: Database
    connection: psycopg.Connection[Any]
    schema: list[Any]
    contents: "_Contents"

    @classmethod
    def of(cls, database: Database) -> "_Kept":
        connection = psycopg.connect(database.server.dsn(SUPERUSER, database.name), autocommit=True)
        return cls(database, connection, _schema(connection), _Contents(connection))

    def reset(self) -> bool:
        """Take back what was written; tells whether the database is as it was when it was made."""
        try:
            while self.connection.execute(_HANG_UP).fetchone():  # until each of them has ended
                time.sleep(_PAUSE_S)
            if _schema(self.connection) != self.schema:
                return False
            self.contents.restore(self.connection)
        except psycopg.OperationalError:  # its user made the server hang up
            return False
        return True

    def drop(self) -> None:
        self.connection.close()
        drop(self.database)


class _Contents:
    """The rows of a database's tables, and how they are restored."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        tables = [sql.Identifier(*name) for name in connection.execute(_TABLES).fetchall()]
        self._tables = tables
        self._digests_of_all = sql.SQL("SELECT ") + sql.SQL(", ").join(
            sql.SQL(_DIGEST).format(table=table) for table in tables
        )
        self._digests = self._read_digests(connection)
        self._rows = {
            number: _copied_out(connection, table)
            for number, (table, digest) in enumerate(zip(tables, self._digests, strict=True))
            if digest is not None
        }

    def restore(self, connection: psycopg.Connection[Any]) -> None:
        """Let each table hold again what it held at first; its triggers do not fire."""
        digests = self._read_digests(connection)
        changed = [
            number
            for number, (was, now) in enumerate(zip(self._digests, digests, strict=True))
            if was != now
        ]
        if not changed:
            return
        with connection.transaction():
            connection.execute(_WITHOUT_TRIGGERS)
            for number in changed:
                table = self._tables[number]
                connection.execute(sql.SQL("DELETE FROM {}").format(table))
                if number in self._rows:
                    _copy_in(connection, table, self._rows[number])

    def _read_digests(self, connection: psycopg.Connection[Any]) -> tuple[str | None, ...]:
        found = connection.execute(self._digests_of_all).fetchone()
        return tuple(found or ())


def _schema(connection: psycopg.Connection[Any]) -> list[Any]:
    return connection.execute(_SCHEMA).fetchall()


def _copied_out(connection: psycopg.Connection[Any], table: sql.Identifier) -> bytes:
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY {} TO STDOUT").format(table)) as out,
    ):
        return b"".join(bytes(chunk) for chunk in out)


def _copy_in(connection: psycopg.Connection[Any], table: sql.Identifier, rows: bytes) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY {} FROM STDIN").format(table)) as into,
    ):
        into.write(rows)
