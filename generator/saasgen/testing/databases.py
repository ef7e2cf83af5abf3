"""PostgreSQL servers for tests, and databases in them with the stack's roles and tables."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from saasgen.sandbox.database.postgres import SUPERUSER, Postgres

OPERATOR_TENANT_ID: Final = "00000000-0000-5000-8000-00000000cafe"
ENVIRONMENT: Final = {
    "STACK_NAME": "acme",
    "ENVIRONMENT": "dev",
    "PRODUCT_NAME": "Acme Billing",
    "COMPANY": "Acme Inc.",
    "CURRENCY": "USD",
    "OPERATOR_TENANT_ID": OPERATOR_TENANT_ID,
    "OPERATOR_TENANT_NAME": "Acme Inc.",
    "ADMIN_EMAIL": "root@acme.example",
    "ALLOWED_ORIGIN": "https://app.acme.example",
    "APP_ORIGIN": "https://app.acme.example",
    "SENDER_EMAIL": "billing@acme.example",
    "LOG_LEVEL": "INFO",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "acme-dev",
}
"""The environment of a function in tests."""

_MASTER: Final = "master"
_COPY: Final = "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
_CLOSE: Final = "REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
_OPEN: Final = "GRANT CONNECT ON DATABASE {name} TO migrator, app, service, reader"
_DROP: Final = "DROP DATABASE {name} WITH (FORCE)"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database with the stack's roles in it."""

    server: Postgres
    name: str
    # A thread that a test starts ends without a word, and leaves its connections open.
    _opened: list[psycopg.Connection[Any]] = field(default_factory=list, compare=False, repr=False)

    def connect(self, role: str) -> psycopg.Connection[Any]:
        """Connect as a login, or with the rights of `app` or `service` as at the cluster.

        The connection commits each statement.
        """
        from handlers.platform.database import roles

        user = roles.login(role, "direct") if role in {"app", "service"} else role
        connection = psycopg.connect(self.server.dsn(user, self.name), autocommit=True)
        self._opened.append(connection)
        return connection

    def connect_owner(self) -> psycopg.Connection[Any]:
        """Connect as the migrator and act as the owner of the tables."""
        connection = self.connect("migrator")
        connection.execute("SET ROLE owner")
        return connection

    def hang_up(self) -> None:
        """Close what was connected and is still open."""
        while self._opened:
            self._opened.pop().close()


def copy(server: Postgres, template: str) -> Database:
    """Copy a migrated database."""
    made = Database(server, f"test_{next(_numbers)}")
    _as_superuser(server, _COPY, name=made.name, template=template)
    # privileges on a database itself are not copied with it
    _as_superuser(server, _CLOSE + _OPEN, name=made.name)
    return made


def drop(database: Database) -> None:
    """Drop a database and end its connections."""
    database.hang_up()
    _as_superuser(database.server, _DROP, name=database.name)


@contextmanager
def temporary_server(version: int = 16) -> Iterator[Postgres]:
    """Run a server of its own for the length of a block."""
    # not under pytest's own folder, which an unprivileged server could not enter under root
    directory = Path(tempfile.mkdtemp(prefix="saasgen-postgres-"))
    directory.chmod(0o755)
    server = Postgres(directory, version=version)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def migrated(server: Postgres) -> str:
    """Make a database, apply the stack's migrations to it and return its name."""
    from handlers.jobs import migrate
    from handlers.platform.base.clock import system_clock
    from handlers.platform.base.settings import read

    made = with_roles(server)
    with made.connect("migrator") as connection:
        migrate.run(connection, read(ENVIRONMENT), system_clock)
    return made.name


def with_roles(server: Postgres) -> Database:
    """Make a database as the cluster's master user would, with the stack's roles in it."""
    from handlers.platform.database import roles

    made = Database(server, f"test_{next(_numbers)}")
    server.create_master(_MASTER, "unused", made.name)
    with made.connect(_MASTER) as connection:
        roles.bootstrap(connection)
    return made


def _as_superuser(server: Postgres, statement: LiteralString, **names: str) -> None:
    with psycopg.connect(server.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        identifiers = {key: sql.Identifier(name) for key, name in names.items()}
        connection.execute(sql.SQL(statement).format(**identifiers))
