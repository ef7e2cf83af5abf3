"""No tenant reaches another's rows: every table, every verb, every state of the context.

The tables come from pg_catalog, so one that a later migration adds is covered or fails the build.
"""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from .conftest import insertion

TABLES = """
    SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND (n.nspname, c.relname) <> ('app', 'migrations')
     ORDER BY 1
"""
# Tables of the operator alone: no other tenant has rows there, and what follows tries them apart.
OPERATORS_OWN = {
    "deployments", "model_prices", "model_providers", "models", "reconciliation_rounds"
}  # fmt: skip
# The one exception from isolation: every tenant is billed for the models it uses, so it reads which
# ones there are and what they cost.
READ_BY_ALL = {"model_prices", "models"}
UPDATABLE = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
       AND has_column_privilege('app', attrelid, attnum, 'UPDATE')
     ORDER BY attname = 'tenant_id', attnum LIMIT 1
"""
CONTEXTS = ["none", "empty", "malformed", "other tenant's"]
VERBS = ["SELECT", "INSERT", "UPDATE", "DELETE"]
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidTextRepresentation)


@pytest.fixture
def tables(database) -> list[str]:
    with database.connect("app") as connection:
        found = {row[0] for row in connection.execute(TABLES)}
    assert found >= OPERATORS_OWN
    return sorted(found - OPERATORS_OWN)


def _enter(connection: psycopg.Connection[Any], context: str, other: Any) -> None:
    value = {"empty": "", "malformed": "not a uuid", "other tenant's": str(other)}.get(context)
    if value is not None:
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", [value])


def _attack(connection: psycopg.Connection[Any], verb: str, table: str, victim: Any) -> int:
    """Try a verb on the victim's rows and return how many it touched."""
    name = sql.SQL(table)
    if verb == "INSERT":
        row = victim.make(table)
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            name,
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        params = row
    else:
        found = connection.execute(UPDATABLE, {"table": table}).fetchone()
        column = sql.Identifier(found[0] if found else "tenant_id")
        what = {
            "SELECT": sql.SQL("SELECT * FROM {}").format(name),
            "UPDATE": sql.SQL("UPDATE {} SET {} = {}").format(name, column, column),
            "DELETE": sql.SQL("DELETE FROM {}").format(name),
        }[verb]
        query = what + sql.SQL(" WHERE tenant_id = %(tenant)s")
        params = {"tenant": victim.tenant}
    try:
        return connection.execute(query, params).rowcount
    except REFUSALS:
        return 0


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("verb", VERBS)
def test_another_tenants_rows_are_out_of_reach(database, rows_of, tables, verb, context):
    victim, attacker = rows_of(), rows_of()
    for table in tables:
        victim.insert(table)
        attacker.insert(table)
    with database.connect("app") as connection:
        _enter(connection, context, attacker.tenant)
        touched = {table: _attack(connection, verb, table, victim) for table in tables}
    assert touched == dict.fromkeys(tables, 0)


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_reader_sees_no_other_tenants_rows(database, rows_of, tables, context):
    victim, other = rows_of(), rows_of()
    for table in tables:
        victim.insert(table)
    with database.connect("reader") as connection:
        _enter(connection, context, other.tenant)
        touched = {table: _attack(connection, "SELECT", table, victim) for table in tables}
    assert touched == dict.fromkeys(tables, 0)


@pytest.mark.parametrize("role", ["app", "reader"])
def test_its_own_rows_are_within_reach(database, rows_of, tables, role):
    tenant = rows_of()
    for table in tables:
        tenant.insert(table)
    with database.connect(role) as connection:
        _enter(connection, "other tenant's", tenant.tenant)
        seen = {table: _attack(connection, "SELECT", table, tenant) for table in tables}
    assert seen == dict.fromkeys(tables, 1)


def test_a_row_cannot_be_moved_to_another_tenant(database, rows_of, tables):
    victim, attacker = rows_of(), rows_of()
    for table in tables:
        victim.insert(table)
        attacker.insert(table)
    with database.connect("app") as connection:
        _enter(connection, "other tenant's", attacker.tenant)
        for table in tables:
            move = sql.SQL("UPDATE {} SET tenant_id = %s").format(sql.SQL(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(move, [victim.tenant])


@pytest.mark.parametrize("role", ["app", "service", "reader"])
def test_nobody_can_truncate(database, tables, role):
    with database.connect(role) as connection:
        for table in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(table)))


def test_the_service_sees_every_tenant_on_its_own_tables_and_nothing_else(
    database, rows_of, tables
):
    first, second = rows_of(), rows_of()
    for table in tables:
        first.insert(table)
        second.insert(table)
    tenants = [first.tenant, second.tenant]
    open_tables = set()
    with database.connect("service") as connection:
        for table in tables:
            count = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = ANY(%s)")
            try:
                row = connection.execute(count.format(sql.SQL(table)), [tenants]).fetchone()
            except psycopg.errors.InsufficientPrivilege:
                continue
            assert row == (2,), table
            open_tables.add(table)
    assert open_tables == {
        "tenants",
        "administrators",
        "administrator_notifications",
        "billing_run_items",
        "billing_runs",
        "billing_settings",
        "invitations",
        "invoice_counters",
        "invoice_lines",
        "invoices",
        "outbox",
        "processed_events",
        "event_failures",
        "deliveries",
        "idempotency_keys",
        "usage_closings",
        "usage_event_keys",
        "stripe_credit_notes",
        "stripe_invoices",
        "stripe_events",
    }


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_the_operators_rows_are_read_by_all_where_they_must_and_written_by_nobody_else(
    database, rows_of, operators_rows, verb, context
):
    for table in sorted(OPERATORS_OWN):
        operators_rows.insert(table)
    attacker = rows_of()
    attacker.insert("tenants")
    with database.connect("app") as connection:
        _enter(connection, context, attacker.tenant)
        touched = {t: _attack(connection, verb, t, operators_rows) for t in OPERATORS_OWN}
    seen = READ_BY_ALL if verb == "SELECT" else set()
    assert touched == {table: int(table in seen) for table in OPERATORS_OWN}


def test_nobody_but_the_operator_has_rows_among_them(database, rows_of, operators_rows):
    other = rows_of()
    for table in ("approval_requests", "tenants"):
        other.insert(table)
    with database.connect("app") as connection:
        _enter(connection, "other tenant's", other.tenant)
        for table in OPERATORS_OWN:
            row = operators_rows.make(table) | {"tenant_id": other.tenant}
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(insertion(table, row), row)


@pytest.mark.parametrize("role", ["app", "service", "reader"])
def test_nobody_makes_themselves_the_operator(database, rows_of, role):
    tenant = rows_of()
    tenant.insert("tenants")
    with database.connect(role) as connection:
        _enter(connection, "other tenant's", tenant.tenant)
        for statement in (
            "UPDATE tenants SET is_operator = true",
            "INSERT INTO tenants (is_operator) VALUES (true)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_table_that_cannot_be_filled_fails_loudly(database, rows_of):
    with database.connect_owner() as connection:
        connection.execute(
            "CREATE TABLE shapes (tenant_id uuid NOT NULL PRIMARY KEY, shape text NOT NULL,"
            " CONSTRAINT known CHECK (shape = 'round'))"
        )
        connection.execute("CALL app.isolate_by_tenant('shapes')")
        connection.execute("GRANT INSERT ON shapes TO app")
    with pytest.raises(pytest.fail.Exception, match="cannot make a row of shapes"):
        rows_of().insert("shapes")


def test_only_the_application_may_ask_whose_machine_a_client_is(database, rows_of):
    rows = rows_of()
    client = rows.insert("machine_clients")["client_id"]
    question = "SELECT app.tenant_of_client(%s)"
    with database.connect("app") as connection:
        assert connection.execute(question, [client]).fetchone() == (rows.tenant,)
        assert connection.execute(question, ["4client"]).fetchone() == (None,)
    for role in ("service", "reader"):
        with (
            database.connect(role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(question, [client])
