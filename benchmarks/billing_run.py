"""The billing run: 10,000 tenants, each with 30 days of roll-ups, drafted, checked and issued.

The baseline bills the same tenants, by as many workers, in four bare statements each.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from benchmarks import bare_billing
from benchmarks.figure import Figure
from benchmarks.statements import timed
from saasgen.sandbox.database.postgres import SUPERUSER, Postgres
from saasgen.testing import ENVIRONMENT, Database, migrated

TENANTS = 10_000
DAYS = 30
WORKERS = 4
TARGET = 10.0
AS_OF = datetime(2026, 5, 1, 2, tzinfo=UTC)

# The tables that the run fills stay unanalysed, as autovacuum leaves empty ones: told that they are
# empty, the planner would scan them for every key, in plans that are kept.
_SEED = """
    INSERT INTO tenants (tenant_id, name, email, status, created_at, updated_at)
    SELECT gen_random_uuid(), 'Tenant ' || n, 'billing@tenant.example', 'active', '2026-04-01Z',
           '2026-04-01Z'
      FROM generate_series(1, %(tenants)s) AS n;
    INSERT INTO usage_rollups (tenant_id, billed_on, day, model_id, provider_id, user_id,
           request_type, currency, estimated, request_count, input_tokens, output_tokens,
           cached_count, phi_count, latency_ms_total, provider_cost)
    SELECT tenant_id, day, day, 'model-' || extract(day FROM day)::integer %% 3, 'example-ai', 'u',
           'chat', 'USD', false, 100, 100000, 20000, 5, 0, 50000, 0.123456789
      FROM tenants,
           LATERAL (SELECT date '2026-04-01' + n AS day FROM generate_series(0, %(days)s - 1) AS n);
    ANALYZE tenants, usage_rollups;
"""


class _Context:
    function_name = "bench"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def measure() -> list[Figure]:
    """Time one run over all tenants, from nothing to the last number."""
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, "template")
    with _database() as database:
        baseline = timed(lambda: bare_billing.bill(database, WORKERS))
        seconds = _run(database)
    name = f"billing run, {TENANTS:,} tenants with {DAYS} days of roll-ups (baseline: bare SQL)"
    holds = seconds <= TARGET * baseline
    return [Figure(name, seconds, "s", baseline, f"within {TARGET:g} x", holds)]


def _run(database: Database) -> float:
    from handlers.jobs.billing_run import BillingRunOrder, Work
    from handlers.platform.base.telemetry import log
    from handlers.platform.database import sessions

    log.setLevel("WARNING")
    with sessions.connected_by(database.connect):
        began = perf_counter()
        answer: dict[str, Any] = {"state": None}
        while answer["state"] != "done":
            answer = Work(BillingRunOrder(workers=WORKERS), lambda: AS_OF, _Context()).run()
            if answer["state"] == "stopped" or answer["failed"]:
                raise RuntimeError(f"the run went wrong: {answer}")
        seconds = perf_counter() - began
    if answer["invoices"] != TENANTS:
        raise RuntimeError(f"not every tenant has its invoice: {answer}")
    return seconds


@contextmanager
def _database() -> Iterator[Database]:
    directory = Path(tempfile.mkdtemp(prefix="saasgen-bench-"))
    directory.chmod(0o755)
    server = Postgres(directory)
    try:
        server.start()
        name = migrated(server)
        with psycopg.connect(server.dsn(SUPERUSER, name)) as connection:
            sizes = {"tenants": TENANTS, "days": DAYS}
            # the simple protocol takes several statements, but no parameters of its own
            connection.execute(psycopg.ClientCursor(connection).mogrify(_SEED, sizes).encode())
        yield Database(server, name)
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
