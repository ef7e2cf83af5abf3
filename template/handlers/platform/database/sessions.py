"""Transactions on PostgreSQL, each in one tenant's context or as the cross-tenant service.

An execution environment keeps one connection per role (and thread) and no pool: Lambda gives it
one request at a time. The context is local to the transaction and entered by one SQL function, so
a connection that is used again, here or behind RDS Proxy, carries nothing over.

Tests, and whoever else must connect in another way, say how::

    with db.connected_by(lambda role: psycopg.connect(...)):
        ...

What such a connector returns goes through the same checks as a connection of our own.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Literal, LiteralString, NamedTuple

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.telemetry import log
from handlers.platform.database.login import connect

DatabaseRole = Literal["app", "service"]
Row = dict[str, Any]
Parameters = Sequence[Any] | Mapping[str, Any]
Connector = Callable[[DatabaseRole], psycopg.Connection[Any]]

_UNAVAILABLE: Final = "The database cannot be reached right now. Try again in a few seconds."
_CHECK: Final = """
    SELECT rolsuper OR rolbypassrls AS is_privileged,
           current_setting('statement_timeout') <> '0' AS has_timeout,
           session_user AS login
      FROM pg_roles WHERE rolname = session_user
"""


class UnsafeLoginError(Exception):
    """The login could see every tenant's rows, or wait for ever: it must not serve requests."""


class Session(NamedTuple):
    """An open transaction.

    Attributes:
        tenant_id: The tenant whose rows it sees; None for the cross-tenant service, and for
            the application before it knows the tenant.
    """

    connection: psycopg.Connection[Row]
    tenant_id: TenantId | None

    def execute(self, query: LiteralString, params: Parameters | None = None) -> int:
        """Run a statement and return the number of rows it touched."""
        return self.connection.execute(query, params).rowcount

    def one(self, query: LiteralString, params: Parameters | None = None) -> Row | None:
        """Run a statement and return its first row, or None."""
        return self.connection.execute(query, params).fetchone()

    @contextmanager
    def stream(
        self, query: LiteralString, params: Parameters | None = None
    ) -> Iterator[Iterator[Row]]:
        """Run a statement and give its rows one by one, without holding all of them.

        Only within the block: a cursor that somebody forgot would be closed in a later transaction
        of the connection, which does not know it and fails.
        """
        with self.connection.cursor("stream") as cursor:
            cursor.itersize = 1000
            cursor.execute(query, params)
            yield iter(cursor)

    def all(self, query: LiteralString, params: Parameters | None = None) -> list[Row]:
        """Run a statement and return all its rows."""
        return self.connection.execute(query, params).fetchall()


class _Connections(threading.local):
    """The connections of one thread, by role."""

    def __init__(self) -> None:
        self.by_role: dict[DatabaseRole, psycopg.Connection[Row]] = {}


_connections = _Connections()
_connector: Connector = connect


@contextmanager
def connected_by(connector: Connector) -> Iterator[None]:
    """Open connections with `connector` for the length of the block."""
    global _connector  # noqa: PLW0603 - the connector belongs to the process, as its connections do
    before = _connector
    close()
    _connector = connector
    try:
        yield
    finally:
        close()
        _connector = before


def close() -> None:
    """Close this thread's connections."""
    for connection in _connections.by_role.values():
        connection.close()
    _connections.by_role.clear()


@contextmanager
def tenant_session(tenant_id: TenantId) -> Iterator[Session]:
    """Run a block in one transaction that sees and writes this tenant's rows alone.

    Raises:
        ServiceUnavailable: The database cannot be reached, or was lost on the way.
    """
    # BEGIN and the context travel together: one round trip before the first statement
    begin = sql.SQL("BEGIN; SELECT app.enter_tenant({})").format(sql.Literal(tenant_id))
    with _transaction("app", begin) as connection:
        yield Session(connection, tenant_id)


@contextmanager
def tenantless_session() -> Iterator[Session]:
    """Run a block in one transaction of the application that sees no tenant's rows.

    It is for asking which tenant to enter.

    Raises:
        ServiceUnavailable: The database cannot be reached, or was lost on the way.
    """
    with _transaction("app", sql.SQL("BEGIN").format()) as connection:
        yield Session(connection, None)


@contextmanager
def service_session() -> Iterator[Session]:
    """Run a block in one transaction of the cross-tenant service.

    It sees only the tables that carry a policy for the service.

    Raises:
        ServiceUnavailable: The database cannot be reached, or was lost on the way.
    """
    with _transaction("service", sql.SQL("BEGIN").format()) as connection:
        yield Session(connection, None)


@contextmanager
def _transaction(role: DatabaseRole, begin: sql.Composed) -> Iterator[psycopg.Connection[Row]]:
    connection = _begin(role, begin)
    try:
        yield connection
        _commit(connection)
    except psycopg.OperationalError as error:
        _roll_back(role, connection)
        log.warning("database operation failed", exc_info=error)
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error
    except BaseException:
        _roll_back(role, connection)
        raise


def _begin(role: DatabaseRole, begin: sql.Composed) -> psycopg.Connection[Row]:
    kept = _connections.by_role.get(role)
    if kept is not None:
        if kept.info.transaction_status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN):
            raise RuntimeError(f"a session of role {role} is open already: one transaction a time")
        # The server may have gone while this environment was frozen. Nothing has been done in the
        # transaction yet, so beginning it again on a new connection is safe.
        with suppress(psycopg.OperationalError):
            return _started(role, kept, begin)
    try:
        return _started(role, _open(role), begin)
    except psycopg.OperationalError as error:
        log.warning("database operation failed", exc_info=error)
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error


def _started(
    role: DatabaseRole, connection: psycopg.Connection[Row], begin: sql.Composed
) -> psycopg.Connection[Row]:
    try:
        connection.execute(begin)
    except BaseException:
        _forget(role, connection)
        raise
    return connection


def _commit(connection: psycopg.Connection[Row]) -> None:
    if connection.info.transaction_status == TransactionStatus.INERROR:
        # PostgreSQL would answer COMMIT with a rollback, and the caller would believe it is stored
        raise psycopg.InternalError("a failed statement was ignored: the transaction is lost")
    connection.execute("COMMIT")


def _roll_back(role: DatabaseRole, connection: psycopg.Connection[Row]) -> None:
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        _forget(role, connection)


def _forget(role: DatabaseRole, connection: psycopg.Connection[Row]) -> None:
    connection.close()
    _connections.by_role.pop(role, None)


def _open(role: DatabaseRole) -> psycopg.Connection[Row]:
    try:
        connection = _connector(role)
    except psycopg.OperationalError as error:
        # among them: the token was refused, because the role lacks rds_iam or the function lacks
        # rds-db:connect; the server's sentence says which, and goes to the log alone
        log.error("cannot connect to the database", role=role, reason=str(error))
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error
    try:
        ready = _configure(connection)
    except BaseException:
        connection.close()
        raise
    _connections.by_role[role] = ready
    return ready


def _configure(connection: psycopg.Connection[Any]) -> psycopg.Connection[Row]:
    connection.autocommit = True
    connection.row_factory = dict_row
    facts = connection.execute(_CHECK).fetchone()
    if facts is None or facts["is_privileged"]:
        raise UnsafeLoginError(
            f"login {connection.info.user} is superuser or BYPASSRLS: row security would not hold"
        )
    if not facts["has_timeout"]:
        raise UnsafeLoginError(
            f"login {connection.info.user} has no statement_timeout: run the migrate function"
        )
    return connection
