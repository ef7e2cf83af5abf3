"""Rows for any table, made from what pg_catalog says of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from saasgen.testing import OPERATOR_TENANT_ID

from handlers.platform.base.ids import TenantId

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=31)

# What a type alone does not tell. A new table whose checks refuse the row made for it needs a line.
SEEDS: dict[str, dict[str, object]] = {
    "tenants": {"email": "admin@initech.example"},
    "subscriptions": {
        "billing_cycle": "monthly",
        "currency": "USD",
        "status": "active",
        "current_period_end": LATER,
    },
    "invoices": {"currency": "USD", "status": "draft", "period_end": LATER, "total_minor": 2},
    "usage_rollups": {"currency": "USD"},
    "budget_alerts": {"threshold": 50},
    "billing_runs": {"state": "done"},
    "administrators": {"email": "ada@initech.example", "role": "admin"},
    "invitations": {"email": "bob@initech.example", "role": "auditor"},
    "administrator_notifications": {
        "category": "security",
        "priority": "low",
        "link_path": "/settings",
    },
    "approval_requests": {
        "type": "deployment",
        "priority": "low",
        "details": "{}",
        "before": "{}",
        "content_hash": "0" * 64,
    },
    "deployments": {"environment": "dev"},
    "machine_clients": {"client_id": "4client1", "scopes": ["billing.read"]},
    "models": {"status": "inactive", "thermal_state": "off"},
    "model_prices": {"currency": "USD"},
    # a day for which there is room, whenever the tests run
    "usage_events": {"request_type": "chat", "occurred_at": datetime.now(UTC)},
    "outbox": {"event_type": "test.made"},
    "deliveries": {"state": "claimed"},
    "idempotency_keys": {"status": 200},
}

# What nobody may insert: the table whose rows make it.
FILLED_BY = {"audit_heads": "audit_entries"}

BY_TYPE: dict[str, Callable[[], object]] = {
    "uuid": uuid4,
    "text": lambda: "text",
    "int4": lambda: 1,
    "int8": lambda: 1,
    "bool": lambda: False,
    "numeric": lambda: 1,
    "jsonb": lambda: "{}",
    "timestamptz": lambda: NOW,
    "date": NOW.date,
    "_text": list,
}

COLUMNS = """
    SELECT a.attname AS name, t.typname AS type
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
     ORDER BY a.attnum
"""
PARENTS = """
    SELECT c.confrelid::regclass::text AS parent,
           array_agg(mine.attname::text ORDER BY k.n) AS columns,
           array_agg(theirs.attname::text ORDER BY k.n) AS parent_columns
      FROM pg_constraint AS c
     CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (mine, theirs, n)
      JOIN pg_attribute AS mine ON mine.attrelid = c.conrelid AND mine.attnum = k.mine
      JOIN pg_attribute AS theirs ON theirs.attrelid = c.confrelid AND theirs.attnum = k.theirs
     WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND c.confrelid <> c.conrelid
     GROUP BY c.oid, c.confrelid
    HAVING bool_and(mine.attnotnull)
"""


class Rows:
    """Makes and inserts rows of one tenant; parents first, each table at most once."""

    def __init__(self, database: Any, tenant: TenantId) -> None:
        self._app = database.connect("app")
        self._service = database.connect("service")
        self._app.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
        self.tenant = tenant
        self.made: dict[str, dict[str, object]] = {}

    def insert(self, table: str) -> dict[str, object]:
        """Insert the tenant's row of a table, and the rows it refers to."""
        if table not in self.made:
            row = self.make(table)
            if table in FILLED_BY:
                self.insert(FILLED_BY[table])
            else:
                self._store(table, row)
            self.made[table] = row
        return self.made[table]

    def make(self, table: str) -> dict[str, object]:
        """Make a row that a tenant could insert, without inserting it."""
        row: dict[str, object] = {}
        for column in self._ask(COLUMNS, table):
            if column["type"] not in BY_TYPE:
                pytest.fail(f"{table}.{column['name']}: add type {column['type']} to BY_TYPE")
            row[column["name"]] = BY_TYPE[column["type"]]()
        row |= SEEDS.get(table, {}) | {"tenant_id": self.tenant}
        for reference in self._ask(PARENTS, table):
            parent = self.insert(reference["parent"])
            for mine, theirs in zip(reference["columns"], reference["parent_columns"], strict=True):
                row[mine] = parent[theirs]
        return row

    def _store(self, table: str, row: dict[str, object]) -> None:
        makers = [self._app, self._service]
        for maker in makers:
            try:
                maker.execute(insertion(table, row), row)
            except psycopg.errors.InsufficientPrivilege:
                continue
            except psycopg.Error as error:
                pytest.fail(f"cannot make a row of {table}, add what it needs to SEEDS: {error}")
            return
        pytest.fail(f"neither app nor service may insert into {table}: nobody can fill it")

    def _ask(self, query: str, table: str) -> list[dict[str, Any]]:
        with self._app.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [table]).fetchall()


def insertion(table: str, row: dict[str, object]) -> sql.Composed:
    """Return the INSERT of a row with named parameters."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.SQL(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
    )


@pytest.fixture
def rows_of(database: Any) -> Callable[[], Rows]:
    """Make rows for a tenant that is new."""
    return lambda: Rows(database, TenantId(UUID(int=uuid4().int)))


@pytest.fixture
def operators_rows(database: Any) -> Rows:
    """Make rows for the operator's tenant, which is there already."""
    rows = Rows(database, TenantId(UUID(OPERATOR_TENANT_ID)))
    rows.made["tenants"] = {"tenant_id": rows.tenant}
    return rows
