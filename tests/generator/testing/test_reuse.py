"""A database is lent as the migrations left it, whatever the one before did with it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from saasgen.sandbox.database.postgres import SUPERUSER, Postgres
from saasgen.testing import OPERATOR_TENANT_ID, Database, ReusedDatabase
from saasgen.testing.databases import copy, drop

TENANTS = "SELECT tenant_id::text, name FROM tenants ORDER BY tenant_id"


def ask(database: Database, query: Any) -> list[Any]:
    with database.connect(SUPERUSER) as connection:
        return connection.execute(query).fetchall()


def do(database: Database, *statements: Any) -> None:
    with database.connect(SUPERUSER) as connection:
        for statement in statements:
            connection.execute(statement)


def one_after_the_other(
    reused: ReusedDatabase, use: Callable[[Database], None]
) -> tuple[Database, Database]:
    """Lend it, use it, and lend it again; both are what their users saw."""
    with reused.lent() as first:
        use(first)
    with reused.lent() as second:
        return first, second


def test_rows_are_gone_and_what_was_migrated_is_back(reused_database: ReusedDatabase):
    with reused_database.lent() as database:
        before = ask(database, TENANTS)
    assert OPERATOR_TENANT_ID in [tenant for tenant, _ in before]

    insertion = (
        "INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)"
        f" VALUES ('{uuid4()}', 'Initech', 'a@initech.example', now(), now())"
    )
    first, second = one_after_the_other(
        reused_database, lambda it: do(it, insertion, "UPDATE tenants SET name = 'x'")
    )

    assert first.name == second.name
    assert ask(second, TENANTS) == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id int)",
        "CREATE INDEX ON tenants (name)",
        "ALTER TABLE tenants ADD COLUMN more text",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_isolation ON invoices",
        "GRANT DELETE ON audit_entries TO app",
        "CREATE FUNCTION app.more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SEQUENCE more",
    ],
)
def test_a_changed_schema_is_not_lent_again(reused_database: ReusedDatabase, statement: str):
    first, second = one_after_the_other(reused_database, lambda it: do(it, statement))

    assert first.name != second.name
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(first, "SELECT 1")


def test_settings_and_rights_of_the_database_itself_count(reused_database: ReusedDatabase):
    for change in ("SET log_statement = 'all'", "CONNECTION LIMIT 7"):
        first, second = one_after_the_other(
            reused_database, lambda it, change=change: do(it, f"ALTER DATABASE {it.name} {change}")
        )
        assert first.name != second.name, change


def test_a_sequence_that_was_drawn_from_is_not_lent_again(
    postgres_server: Postgres, migrated_template: str
):
    template = copy(postgres_server, migrated_template)
    do(template, "CREATE SEQUENCE numbers")
    reused = ReusedDatabase(postgres_server, template.name)

    _, second = one_after_the_other(reused, lambda it: do(it, "SELECT nextval('numbers')"))

    assert ask(second, "SELECT nextval('numbers')") == [(1,)]
    reused.close()
    drop(template)


def test_a_transaction_that_was_left_open_holds_nobody_up(reused_database: ReusedDatabase):
    left: list[psycopg.Connection[Any]] = []

    def leave(database: Database) -> None:
        left.append(database.connect(SUPERUSER))
        left[0].execute("BEGIN; LOCK TABLE tenants; UPDATE tenants SET name = 'x'")

    _, second = one_after_the_other(reused_database, leave)

    assert "x" not in [name for _, name in ask(second, TENANTS)]
    with pytest.raises(psycopg.OperationalError):
        left[0].execute("COMMIT")


def test_a_user_who_fails_leaves_nothing(reused_database: ReusedDatabase):
    with suppress(RuntimeError), reused_database.lent() as database:
        do(database, "UPDATE tenants SET name = 'x'")
        raise RuntimeError

    with reused_database.lent() as database:
        assert "x" not in [name for _, name in ask(database, TENANTS)]


def test_one_that_is_lent_beside_another_is_kept_as_well(
    postgres_server: Postgres, migrated_template: str
):
    reused = ReusedDatabase(postgres_server, migrated_template)
    with reused.lent() as outer, reused.lent() as inner:
        first = {outer.name, inner.name}
    with reused.lent() as outer, reused.lent() as inner:
        assert {outer.name, inner.name} == first
    reused.close()


def test_a_connection_that_is_left_open_ends_with_the_loan(reused_database: ReusedDatabase):
    with reused_database.lent() as database:
        left = database.connect("app")

    assert left.closed
