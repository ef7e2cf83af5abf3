"""pytest plugin: a real PostgreSQL for a stack's tests.

`database` gives each test a database as the stack's migrations leave it, and lets the handlers'
sessions connect to it. Tests use the roles of production; the superuser only makes, resets and
drops databases.
"""

from collections.abc import Iterator

import pytest

from saasgen.sandbox.database.postgres import Postgres
from saasgen.testing.databases import (
    ENVIRONMENT,
    OPERATOR_TENANT_ID,
    Database,
    drop,
    migrated,
    temporary_server,
    with_roles,
)
from saasgen.testing.reuse import ReusedDatabase

__all__ = [
    "ENVIRONMENT",
    "OPERATOR_TENANT_ID",
    "Database",
    "ReusedDatabase",
    "database",
    "empty_database",
    "migrated",
    "migrated_template",
    "postgres_server",
    "reused_database",
    "temporary_server",
    "with_roles",
]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """Start a PostgreSQL server for the session."""
    with temporary_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Postgres) -> str:
    """Migrate one database, from which those of the tests are copied."""
    return migrated(postgres_server)


@pytest.fixture(scope="session")
def reused_database(postgres_server: Postgres, migrated_template: str) -> Iterator[ReusedDatabase]:
    """Keep a migrated database for one user after the other."""
    kept = ReusedDatabase(postgres_server, migrated_template)
    yield kept
    kept.close()


@pytest.fixture
def empty_database(postgres_server: Postgres) -> Iterator[Database]:
    """Give the test a database with the stack's roles and no tables."""
    made = with_roles(postgres_server)
    yield made
    drop(made)


@pytest.fixture
def database(reused_database: ReusedDatabase) -> Iterator[Database]:
    """Give the test a database as the migrations leave it; the handlers' sessions connect to it."""
    with reused_database.lent() as lent:
        yield lent
