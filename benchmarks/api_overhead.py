"""What the API adds to the bare SQL of the same request: `GET /v1/invoices`, a page of 20.

The statements are recorded from the real request and then run alone on the same connection, so
both sides do the same work in the database. What the request takes longer is compared with the
round trips of its session: as many statements that do nothing.
"""

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.figure import Figure
from benchmarks.statements import Statements, connect, recorded, run_alone, timed
from saasgen.sandbox.database.postgres import SUPERUSER, Postgres
from saasgen.testing import ENVIRONMENT, Database, migrated

RUNS = 600
WARM_UP = 50
TARGET = 2.5
TENANT = UUID("00000000-0000-7000-8000-00000000beef")

_SEED = """
    INSERT INTO tenants (tenant_id, name, email, status, created_at, updated_at)
    VALUES (%(tenant)s, 'Initech', 'admin@initech.example', 'active', now(), now());
    INSERT INTO subscriptions (tenant_id, subscription_id, tier_id, billing_cycle, seat_count,
           unit_price_minor, total_price_minor, currency, status, current_period_start,
           current_period_end, cancel_at_period_end, created_at, updated_at)
    VALUES (%(tenant)s, %(subscription)s, 'TEAM', 'monthly', 5, 2500, 12500, 'USD', 'active',
           now(), now() + interval '1 month', false, now(), now());
    INSERT INTO invoices (tenant_id, invoice_id, number, subscription_id, reason, period_start,
           period_end, status, currency, subtotal_minor, tax_minor, total_minor, issued_at,
           due_at, created_at, updated_at)
    SELECT %(tenant)s, gen_random_uuid(), n, %(subscription)s, 'subscription_start',
           now() + n * interval '1 day', now() + (n + 1) * interval '1 day', 'pending', 'USD',
           12500, 0, 12500, now(), now(), now(), now()
      FROM generate_series(1, 40) n;
"""


def measure() -> list[Figure]:
    """Time the request and its statements alone, in turn."""
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, "template")
    with _quiet(), _database() as database:
        return [_compare(database)]


def _compare(database: Database) -> Figure:
    from handlers.app import create_app
    from handlers.platform.database import sessions

    connection = connect(database)
    app, event = create_app("invoices"), _event()
    with sessions.connected_by(lambda _role: connection):
        _answer(app, event)
        statements = recorded(lambda: _answer(app, event))
        trips: Statements = [("SELECT 1", None)] * len(statements)
        times = [
            (
                timed(lambda: _answer(app, event)),
                timed(lambda: run_alone(connection, statements)),
                timed(lambda: run_alone(connection, trips)),
            )
            for _ in range(WARM_UP + RUNS)
        ][WARM_UP:]
    request, bare, trip = (median(each) * 1000 for each in zip(*times, strict=True))
    added = request - bare
    name = (
        f"GET /v1/invoices ({request:.2f} ms) over its SQL alone "
        f"(baseline: {len(trips)} empty round trips)"
    )
    return Figure(name, added, "ms", trip, f"within {TARGET:g} x", added <= TARGET * trip)


def _answer(app: Any, event: dict[str, Any]) -> None:
    answer = app(event, None)
    if answer["statusCode"] != 200 or len(json.loads(answer["body"])["items"]) != 20:
        raise RuntimeError(f"the request failed: {answer}")


@contextmanager
def _database() -> Iterator[Database]:
    directory = Path(tempfile.mkdtemp(prefix="saasgen-bench-"))
    directory.chmod(0o755)
    server = Postgres(directory)
    try:
        server.start()
        name = migrated(server)
        with psycopg.connect(server.dsn(SUPERUSER, name)) as connection:
            ids = {"tenant": TENANT, "subscription": uuid4()}
            # the simple protocol takes several statements, but no parameters of its own
            connection.execute(psycopg.ClientCursor(connection).mogrify(_SEED, ids).encode())
        yield Database(server, name)
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Log lines cost the same where they go; here they go nowhere."""
    with Path(os.devnull).open("w") as nowhere:
        before, sys.stdout = sys.stdout, nowhere
        for handler in logging.getLogger().handlers:
            handler.flush()
        try:
            yield
        finally:
            sys.stdout = before


def _event() -> dict[str, Any]:
    claims = {
        "sub": str(uuid4()),
        "username": "bench",
        "tenant_id": str(TENANT),
        "cognito:groups": "super_admin",
        "token_use": "access",
        "client_id": "bench",
        "scope": "aws.cognito.signin.user.admin",
        "tenant_status": "active",
    }
    return {
        "httpMethod": "GET",
        "path": "/v1/invoices",
        "resource": "/v1/invoices",
        "headers": {"Accept": "application/json"},
        "multiValueQueryStringParameters": {"limit": ["20"]},
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": "/v1/invoices",
            "httpMethod": "GET",
            "requestId": str(uuid4()),
            "authorizer": {"claims": claims},
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "bench"},
        },
    }
