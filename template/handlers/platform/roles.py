"""The database's roles, made by the cluster's master user.

    owner      owns every table and cannot log in
    migrator   logs in to act as owner
    app        serves one tenant at a time, under row security
    service    crosses tenants, on the tables that have a policy for it
    reader     reads one tenant at a time, for support and reports

None has a password: all log in with IAM tokens. On RDS the master is no superuser but CREATEROLE
(a member of `rds_superuser`), so everything here is what such a role may do from PostgreSQL 15 on.

A login that is a member of `rds_iam`, however indirectly, can use its password no more. From
PostgreSQL 16 on the master becomes a member of each role it makes, so `rds_iam` is granted last,
and later runs log in as the migrator. For the same reason the master becomes a member of `owner`
alone.
"""

from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

_ATTRIBUTES: Final[dict[str, LiteralString]] = {
    "owner": "NOLOGIN",
    "migrator": "LOGIN NOINHERIT",
    "app": "LOGIN",
    "service": "LOGIN",
    "reader": "LOGIN",
}
_LOGINS: Final = ("migrator", "app", "service", "reader")
# Kept with the role and not set by the client: a SET would pin the session on RDS Proxy
_IN_A_HURRY: Final = {"statement_timeout": "8s", "idle_in_transaction_session_timeout": "30s"}
# By default a role looks first in the schema of its own name, and there is a schema `app`
_HOME: Final = {"search_path": "public"}
_SETTINGS: Final[dict[str, dict[str, str]]] = {
    "owner": {},
    "migrator": _HOME,
    "app": _HOME | _IN_A_HURRY,
    "service": _HOME | _IN_A_HURRY,
    "reader": _HOME | {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"},
}
_IS_COMPLETE: Final = """
    SELECT count(*) = cardinality(%(roles)s::text[])
           AND bool_and(NOT r.rolcanlogin OR iam.oid IS NULL
                        OR pg_has_role(r.oid, iam.oid, 'MEMBER'))
           AND bool_and(r.rolname <> 'owner'
                        OR has_database_privilege(r.oid, current_database(), 'CREATE'))
      FROM pg_roles AS r LEFT JOIN pg_roles AS iam ON iam.rolname = 'rds_iam'
     WHERE r.rolname = ANY(%(roles)s)
"""
_IS_IAM_THERE: Final = "SELECT 1 FROM pg_roles WHERE rolname = 'rds_iam'"


def are_complete(connection: psycopg.Connection[Any]) -> bool:
    """Whether every role exists and may log in, and the owner may build in this database."""
    row = connection.execute(_IS_COMPLETE, {"roles": list(_ATTRIBUTES)}).fetchone()
    return bool(row and row[0])


def bootstrap(connection: psycopg.Connection[Any]) -> None:
    """Make the roles and give them the database; doing it again changes nothing.

    Args:
        connection: Of the master user, in autocommit mode, to the stack's database, which the
            master owns.
    """
    with connection.transaction():
        for role in _ATTRIBUTES:
            _make(connection, role)
        _open_database(connection)
        _grant(connection, "GRANT {role} TO {to}", role="owner", to="migrator")
        connection.execute("GRANT owner TO CURRENT_USER")
    if connection.execute(_IS_IAM_THERE).fetchone() is not None:
        for login in _LOGINS:
            _grant(connection, "GRANT {role} TO {to}", role="rds_iam", to=login)


def _make(connection: psycopg.Connection[Any], role: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name = sql.Identifier(role)
    if known is None:
        attributes = sql.SQL(_ATTRIBUTES[role])
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, attributes))
    for setting, value in _SETTINGS[role].items():
        change = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(change.format(name, sql.Identifier(setting), sql.Literal(value)))


def _open_database(connection: psycopg.Connection[Any]) -> None:
    database = sql.Identifier(connection.info.dbname)
    logins = sql.SQL(", ").join(map(sql.Identifier, _LOGINS))
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {logins}"),
        sql.SQL("GRANT CREATE ON DATABASE {database} TO owner"),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO owner"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {logins}"),
    ):
        connection.execute(statement.format(database=database, logins=logins))


def _grant(connection: psycopg.Connection[Any], statement: LiteralString, **roles: str) -> None:
    names = {key: sql.Identifier(role) for key, role in roles.items()}
    connection.execute(sql.SQL(statement).format(**names))
