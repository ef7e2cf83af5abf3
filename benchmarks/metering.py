"""Metering: batches of usage with row security, duplicate check and roll-up, on one connection.

A batch has two baselines. One is the least that it can cost: COPY into a bare table and one upsert.
The other is the way of one event after the other: for each a look-up of the price and of the
margin, an insert and a roll-up, each a statement of its own. It finds no duplicates. The baseline
of a summary is its statements alone.

All sides are measured in turn, and so often that a busy machine slows them alike.
"""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg

from benchmarks import copied_usage
from benchmarks.figure import Figure
from benchmarks.statements import Statements, connect, recorded, run_alone, timed
from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import ENVIRONMENT, OPERATOR_TENANT_ID, Database, migrated, temporary_server

if TYPE_CHECKING:
    from handlers.domain.metering.usage_event import UsageEvent

TENANT = UUID("00000000-0000-7000-8000-00000000fade")
NOW = datetime.now(UTC)
MODELS = 20
USERS = 5
ROUNDS = 40
SIZES = (1, 10, 100, 1000)
TARGET_OF_COPY = 0.4
TARGET_OF_SINGLE = 10
TARGET_OF_SUMMARY = 1.5
_PER_EVENT = 20
"""Events of the baseline in each round."""

_SEED = """
    INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)
    VALUES (%(tenant)s, 'Initech', 'admin@initech.example', now(), now());
    INSERT INTO billing_settings (tenant_id, created_at, updated_at)
    VALUES (%(tenant)s, now(), now());
    INSERT INTO model_providers (tenant_id, provider_id, config, created_at, updated_at)
    VALUES (%(operator)s, 'example-ai', '{}', now(), now());
    INSERT INTO models (tenant_id, model_id, provider_id, created_at, updated_at)
    SELECT %(operator)s, 'model-' || n, 'example-ai', now(), now()
      FROM generate_series(0, %(models)s - 1) AS n;
    INSERT INTO model_prices (tenant_id, model_id, currency, valid_from, input_per_million,
                              output_per_million, created_at, applied_at)
    SELECT %(operator)s, 'model-' || n, 'USD', now() - month * interval '1 month', 1 + n, 3 + n,
           now(), now()
      FROM generate_series(0, %(models)s - 1) AS n, generate_series(1, 24) AS month;
"""
# A year of a busy tenant: every model on every day, by several people.
_YEAR = """
    INSERT INTO usage_rollups (tenant_id, billed_on, day, model_id, provider_id, user_id,
           request_type, currency, estimated, request_count, input_tokens, output_tokens,
           cached_count, phi_count, latency_ms_total, provider_cost)
    SELECT %(tenant)s, day, day, 'model-' || n, 'example-ai', 'user-' || person, 'chat', 'USD',
           false, 100, 120000, 30000, 10, 1, 85000, 1.234567
      FROM generate_series(%(today)s::date - 365, %(today)s::date - 1, interval '1 day') AS day,
           generate_series(1, 4) AS n, generate_series(1, %(users)s) AS person;
    -- as autovacuum would have
    ANALYZE usage_rollups;
"""
_PRICE = """
    SELECT input_per_million, output_per_million FROM model_prices
     WHERE tenant_id = %(operator)s AND model_id = %(model_id)s AND currency = 'USD'
       AND valid_from <= %(now)s ORDER BY valid_from DESC LIMIT 1
"""
_MARGIN = "SELECT margin_percent FROM billing_settings WHERE tenant_id = %(tenant)s"
_EVENT = """
    INSERT INTO usage_events (tenant_id, event_id, occurred_at, received_at, request_id, user_id,
           provider_id, model_id, request_type, input_tokens, output_tokens, latency_ms, is_cached,
           is_phi_detected, is_phi_sanitized, currency, provider_cost, estimated, billed_on)
    VALUES (%(tenant)s, %(event_id)s, %(now)s, %(now)s, %(request_id)s, %(user_id)s, 'example-ai',
            %(model_id)s, 'chat', 1200, 300, 850, false, false, false, 'USD', %(cost)s, false,
            %(day)s)
"""
_ROLLUP = """
    INSERT INTO usage_rollups AS r (tenant_id, billed_on, day, model_id, provider_id, user_id,
           request_type, currency, estimated, request_count, input_tokens, output_tokens,
           cached_count, phi_count, latency_ms_total, provider_cost)
    VALUES (%(tenant)s, %(day)s, %(day)s, %(model_id)s, 'example-ai', %(user_id)s, 'chat', 'USD',
            false, 1, 1200, 300, 0, 0, 850, %(cost)s)
    ON CONFLICT ON CONSTRAINT usage_rollups_pkey DO UPDATE
       SET request_count = r.request_count + 1,
           input_tokens = r.input_tokens + excluded.input_tokens,
           output_tokens = r.output_tokens + excluded.output_tokens,
           latency_ms_total = r.latency_ms_total + excluded.latency_ms_total,
           provider_cost = r.provider_cost + excluded.provider_cost
"""

_numbers = count()


def measure() -> list[Figure]:
    """Record events in batches of each size and one by one, in turn; then read a year."""
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, "template")
    from handlers.platform.database import sessions

    with temporary_server() as server:
        database = Database(server, migrated(server))
        _seed(database, _SEED)
        with sessions.connected_by(database.connect):
            figures = _ingest(database)
            _seed(database, _YEAR)
        connection = connect(database)
        with sessions.connected_by(lambda _role: connection):
            return [*figures, _summary(connection)]


def _ingest(database: Database) -> list[Figure]:
    with copied_usage.connect(database) as bare:
        ways: dict[str, Callable[[], float]] = {
            "one by one": lambda: _per_s(_one_by_one, _PER_EVENT),
            "copied": lambda: _per_s(partial(copied_usage.write, bare, TENANT), 100),
        } | {f"{size}": partial(_per_s, _batch, size) for size in SIZES}
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(1 + ROUNDS):
            for way, measured in ways.items():
                rates[way].append(measured())
    rate = {way: median(measured[1:]) for way, measured in rates.items()}
    return [
        _figure("100", "COPY and one upsert", rate["100"], rate["copied"], TARGET_OF_COPY),
        *(
            _figure(
                f"{size}",
                "event by event",
                rate[f"{size}"],
                rate["one by one"],
                TARGET_OF_SINGLE if size == 100 else 0,
            )
            for size in SIZES
        ),
    ]


def _per_s(write: "Callable[[Sequence[UsageEvent]], None]", size: int) -> float:
    """Write some events; return how many that makes in a second."""
    events = _events(size)
    return size / timed(lambda: write(events))


def _figure(size: str, way: str, rate: float, baseline: float, target: float) -> Figure:
    name = f"metering ingest, batches of {size} (baseline: {way})"
    words = f"at least {target:g} x" if target else ""
    return Figure(name, rate, "events/s", baseline, words, rate >= target * baseline)


def _summary(connection: psycopg.Connection[Any]) -> Figure:
    from handlers.domain.metering import reading
    from handlers.platform.base.ids import TenantId
    from handlers.platform.database import sessions

    today, rows = NOW.date(), 365 * 4 * USERS

    def read() -> None:
        with sessions.tenant_session(TenantId(TENANT)) as session:
            found = reading.summary(session, TenantId(TENANT), today - timedelta(days=365), today)
            if found[0].request_count < rows * 100:
                raise RuntimeError(f"the summary lacks something: {found}")

    read()
    statements = recorded(read)
    pairs = [(timed(read), timed(lambda: _alone(connection, statements))) for _ in range(ROUNDS)]
    took, baseline = (median(each) * 1000 for each in zip(*pairs, strict=True))
    name = f"summary over a year of roll-ups, {rows} rows (baseline: its SQL alone)"
    target = f"within {TARGET_OF_SUMMARY:g} x"
    return Figure(name, took, "ms", baseline, target, took <= TARGET_OF_SUMMARY * baseline)


def _alone(connection: psycopg.Connection[Any], statements: Statements) -> None:
    with connection.transaction():  # the tenant's context is the transaction's
        run_alone(connection, statements)


def _batch(events: "Sequence[UsageEvent]") -> None:
    """Record a batch as the API does."""
    from handlers.domain.metering.ingest import record
    from handlers.domain.metering.writing import UsagePricing
    from handlers.platform.base.ids import TenantId
    from handlers.platform.base.settings import settings
    from handlers.platform.database import sessions

    with sessions.tenant_session(TenantId(TENANT)) as session:
        pricing = UsagePricing.of(settings())
        outcomes = record(session, NOW, TenantId(TENANT), events, pricing, "bench")
    if any(outcome.status != "accepted" or outcome.estimated for outcome in outcomes):
        raise RuntimeError(f"not recorded: {outcomes}")


def _one_by_one(events: "Sequence[UsageEvent]") -> None:
    """Record events as one would without a thought for batches."""
    from handlers.platform.base.ids import TenantId
    from handlers.platform.database import sessions

    for event in events:
        values: dict[str, Any] = {
            "tenant": TENANT,
            "operator": OPERATOR_TENANT_ID,
            "event_id": uuid4(),
            "request_id": event.request_id,
            "model_id": event.model_id,
            "user_id": event.user_id,
            "now": NOW,
            "day": NOW.date(),
        }
        with sessions.tenant_session(TenantId(TENANT)) as session:
            price = session.one(_PRICE, values)
            margin = session.one(_MARGIN, values)
            if price is None or margin is None:
                raise RuntimeError("the benchmark lacks a price or a margin")
            cost = 1200 * price["input_per_million"] + 300 * price["output_per_million"]
            values["cost"] = cost.scaleb(-6)
            session.execute(_EVENT, values)
            session.execute(_ROLLUP, values)


def _events(size: int) -> "Sequence[UsageEvent]":
    from handlers.domain.metering.usage_event import UsageEvent

    return [UsageEvent.model_validate(_reported(number)) for number in islice(_numbers, size)]


def _reported(number: int) -> dict[str, Any]:
    return {
        "requestId": f"request-{uuid4()}",
        "providerId": "example-ai",
        "modelId": f"model-{number % MODELS}",
        "requestType": "chat",
        "inputTokens": 1200,
        "outputTokens": 300,
        "latencyMs": 850,
        "userId": f"user-{number % USERS}",
    }


def _seed(database: Database, script: str) -> None:
    values = {
        "tenant": TENANT,
        "operator": OPERATOR_TENANT_ID,
        "models": MODELS,
        "users": USERS,
        "today": NOW.date(),
    }
    with psycopg.connect(database.server.dsn(SUPERUSER, database.name)) as connection:
        # the simple protocol takes several statements, but no parameters of its own
        connection.execute(psycopg.ClientCursor(connection).mogrify(script, values).encode())
