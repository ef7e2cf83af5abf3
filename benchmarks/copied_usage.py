"""The least that usage can cost: COPY into a bare table, and one upsert of its sums.

No row security, no keys against repetition, no prices, no checks: the tables have the columns, the
primary keys and nothing else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg

from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import Database

if TYPE_CHECKING:
    from handlers.domain.metering.usage_event import UsageEvent

TABLES = """
    CREATE TABLE bare_events (LIKE usage_events, PRIMARY KEY (tenant_id, event_id));
    CREATE TABLE bare_rollups (LIKE usage_rollups, PRIMARY KEY (
        tenant_id, billed_on, day, model_id, provider_id, user_id, request_type, currency,
        estimated));
"""
_COPY = """
    COPY bare_events (tenant_id, event_id, occurred_at, received_at, request_id, user_id,
         provider_id, model_id, request_type, input_tokens, output_tokens, latency_ms, is_cached,
         is_phi_detected, is_phi_sanitized, currency, provider_cost, estimated, billed_on)
    FROM STDIN
"""
_UPSERT = """
    INSERT INTO bare_rollups AS r
    SELECT %(tenant)s, %(day)s, %(day)s, model_id, 'example-ai', user_id, 'chat', 'USD', false,
           count(*), 1200 * count(*), 300 * count(*), 0, 0, 850 * count(*), 0.0081 * count(*)
      FROM unnest(%(models)s::text[], %(users)s::text[]) AS e (model_id, user_id)
     GROUP BY model_id, user_id ORDER BY model_id, user_id
    ON CONFLICT ON CONSTRAINT bare_rollups_pkey DO UPDATE
       SET request_count = r.request_count + excluded.request_count,
           input_tokens = r.input_tokens + excluded.input_tokens,
           output_tokens = r.output_tokens + excluded.output_tokens,
           latency_ms_total = r.latency_ms_total + excluded.latency_ms_total,
           provider_cost = r.provider_cost + excluded.provider_cost
"""


def connect(database: Database) -> psycopg.Connection[Any]:
    """Make the bare tables and connect to them."""
    dsn = database.server.dsn(SUPERUSER, database.name)
    connection = psycopg.connect(dsn, autocommit=True)
    for statement in TABLES.split(";")[:-1]:
        connection.execute(statement.encode())
    return connection


def write(
    connection: psycopg.Connection[Any], tenant: UUID, events: "Sequence[UsageEvent]"
) -> None:
    """Write events and their sums in one transaction."""
    now = datetime.now(UTC)
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for event in events:
                copy.write_row(_row(tenant, now, event))
        values = {
            "tenant": tenant,
            "day": now.date(),
            "models": [event.model_id for event in events],
            "users": [event.user_id for event in events],
        }
        cursor.execute(_UPSERT, values)


def _row(tenant: UUID, now: datetime, event: "UsageEvent") -> tuple[object, ...]:
    identity = (tenant, uuid4(), now, now, event.request_id, event.user_id)
    measured = ("example-ai", event.model_id, "chat", 1200, 300, 850, False, False, False)
    return (*identity, *measured, "USD", Decimal("0.0081"), False, now.date())
