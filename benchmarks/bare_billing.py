"""The least that billing can cost: for each tenant, four statements in one transaction.

Sum up the tenant's usage by model, insert an invoice, insert its lines, take the next number. No
row security, no terms, no tax, no checks, no events, no letters; as many workers as the run has.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg

from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import Database

_TABLES = """
    CREATE TABLE bare_invoices (invoice_id uuid PRIMARY KEY, tenant_id uuid, number bigint,
                                total numeric);
    CREATE TABLE bare_lines (invoice_id uuid, model_id text, cost numeric);
    CREATE TABLE bare_numbers (tenant_id uuid PRIMARY KEY, number bigint);
"""
_SUM = """
    SELECT model_id, sum(provider_cost), sum(request_count), sum(input_tokens), sum(output_tokens)
      FROM usage_rollups WHERE tenant_id = %s GROUP BY model_id ORDER BY model_id
"""
_INVOICE = "INSERT INTO bare_invoices VALUES (%s, %s, NULL, %s)"
_LINES = "INSERT INTO bare_lines SELECT %s, * FROM unnest(%s::text[], %s::numeric[])"
_NUMBER = """
    WITH next AS (
        INSERT INTO bare_numbers AS n VALUES (%s, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET number = n.number + 1 RETURNING number
    )
    UPDATE bare_invoices SET number = next.number FROM next WHERE invoice_id = %s
"""


def bill(database: Database, workers: int) -> None:
    """Bill every tenant of a database that has usage."""
    dsn = database.server.dsn(SUPERUSER, database.name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_TABLES.encode())
        found = connection.execute("SELECT DISTINCT tenant_id FROM usage_rollups").fetchall()
    tenants = [row[0] for row in found]
    shares = [tenants[worker::workers] for worker in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda share: _bill(dsn, share), shares))


def _bill(dsn: str, tenants: Sequence[UUID]) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for tenant in tenants:
            with connection.transaction():
                sums = connection.execute(_SUM, (tenant,)).fetchall()
                invoice = uuid4()
                costs = [row[1] for row in sums]
                connection.execute(_INVOICE, (invoice, tenant, sum(costs)))
                connection.execute(_LINES, (invoice, [row[0] for row in sums], costs))
                connection.execute(_NUMBER, (tenant, invoice))
