"""The database's roles, made by the cluster's master user.

    owner      owns every table
    migrator   logs in to act as owner
    app        serves one tenant at a time, under row security
    service    crosses tenants, on the tables that have a policy for it
    reader     reads one tenant at a time, for support and reports

`app` and `service` hold rights and cannot log in. Each has two logins, one for either way to the
database (docs/adr/0009): `app_direct` by IAM token at the cluster, and `app_proxied` by the
password that RDS Proxy finds in Secrets Manager. All other logins use IAM tokens.

On RDS the master is no superuser but CREATEROLE (a member of `rds_superuser`), so everything here
is what such a role may do from PostgreSQL 15 on. A login that is a member of `rds_iam`, however
indirectly, can use its password no more:

* The proxied logins are members of `app` and `service`, so that these must not be members of
  `rds_iam`.
* From PostgreSQL 16 on the master becomes a member of each role it makes. It makes them all in one
  transaction, and later runs log in as the migrator, who may act as the proxied logins.
"""

from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from handlers.platform.base.settings import DatabaseRoute

_ATTRIBUTES: Final[dict[str, LiteralString]] = {
    "owner": "NOLOGIN",
    "migrator": "LOGIN NOINHERIT",
    "app": "NOLOGIN",
    "app_direct": "LOGIN",
    "app_proxied": "LOGIN",
    "service": "NOLOGIN",
    "service_direct": "LOGIN",
    "service_proxied": "LOGIN",
    "reader": "LOGIN",
}
_HOLDERS: Final = ("migrator", "app", "service", "reader")
_BY_IAM: Final = ("migrator", "app_direct", "service_direct", "reader")
PROXIED: Final = ("app_proxied", "service_proxied")
# Who is a member of whom: what the first may do, the second may do
_MEMBERS: Final = (
    ("owner", "migrator"),
    ("app", "app_direct"),
    ("app", "app_proxied"),
    ("service", "service_direct"),
    ("service", "service_proxied"),
    *((login, "migrator") for login in PROXIED),
)
# Kept with the login and not set by the client: a SET would pin the session on RDS Proxy
_IN_A_HURRY: Final = {"statement_timeout": "8s", "idle_in_transaction_session_timeout": "30s"}
# By default a role looks first in the schema of its own name
_HOME: Final = {"search_path": "public"}
_SETTINGS: Final[dict[str, dict[str, str]]] = {
    "migrator": _HOME,
    "app_direct": _HOME | _IN_A_HURRY,
    "app_proxied": _HOME | _IN_A_HURRY,
    "service_direct": _HOME | _IN_A_HURRY,
    "service_proxied": _HOME | _IN_A_HURRY,
    "reader": _HOME | {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"},
}
_IS_COMPLETE: Final = """
    SELECT count(*) = cardinality(%(roles)s::text[])
           AND bool_and(iam.oid IS NULL OR pg_has_role(r.oid, iam.oid, 'MEMBER')
                                           = (r.rolname = ANY(%(by_iam)s)))
           AND bool_and(r.rolname <> 'owner'
                        OR has_database_privilege(r.oid, current_database(), 'CREATE'))
      FROM pg_roles AS r LEFT JOIN pg_roles AS iam ON iam.rolname = 'rds_iam'
     WHERE r.rolname = ANY(%(roles)s)
"""
_IS_IAM_THERE: Final = "SELECT 1 FROM pg_roles WHERE rolname = 'rds_iam'"


def login(role: str, route: DatabaseRoute) -> str:
    """Return the name that `app` or `service` logs in by on one of the two ways to the database."""
    return f"{role}_{route}"


def are_complete(connection: psycopg.Connection[Any]) -> bool:
    """Whether every role exists and may log in, and the owner may build in this database."""
    names = {"roles": list(_ATTRIBUTES), "by_iam": list(_BY_IAM)}
    row = connection.execute(_IS_COMPLETE, names).fetchone()
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
        for role, member in _MEMBERS:
            _grant(connection, role, member)
        # To go on as the migrator does. None of these is a member of rds_iam.
        for role in ("owner", *PROXIED):
            _grant(connection, role, connection.info.user)
        if connection.execute(_IS_IAM_THERE).fetchone() is not None:
            for member in _BY_IAM:
                _grant(connection, "rds_iam", member)


def _make(connection: psycopg.Connection[Any], role: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name = sql.Identifier(role)
    if known is None:
        attributes = sql.SQL(_ATTRIBUTES[role])
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, attributes))
    for setting, value in _SETTINGS.get(role, {}).items():
        change = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(change.format(name, sql.Identifier(setting), sql.Literal(value)))


def _open_database(connection: psycopg.Connection[Any]) -> None:
    database = sql.Identifier(connection.info.dbname)
    holders = sql.SQL(", ").join(map(sql.Identifier, _HOLDERS))
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {holders}"),
        sql.SQL("GRANT CREATE ON DATABASE {database} TO owner"),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO owner"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {holders}"),
    ):
        connection.execute(statement.format(database=database, holders=holders))


def _grant(connection: psycopg.Connection[Any], role: str, member: str) -> None:
    names = map(sql.Identifier, (role, member))
    connection.execute(sql.SQL("GRANT {} TO {}").format(*names))
