"""Who is due, in one statement over all tenants: the same as the rule for one."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from psycopg.rows import dict_row
from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import Database

from handlers.domain.billing import due_tenants
from handlers.domain.billing.books import Books
from handlers.domain.terms.billing_periods import day_of
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

OFFSETS = [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]
# close to one another, around a leap day and the end of a year; or anywhere
DAYS = (
    st.dates(date(2024, 1, 27), date(2024, 3, 3))
    | st.dates(date(2024, 12, 27), date(2025, 3, 3))
    | st.dates(date(2023, 12, 1), date(2025, 12, 31))
)
MOMENTS = st.builds(
    lambda day, past, zone: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(microseconds=past)
    ).astimezone(zone),
    DAYS,
    st.sampled_from([0, 1, 86_400_000_000 - 1]) | st.integers(0, 86_400_000_000 - 1),
    st.sampled_from(OFFSETS),
)
CYCLE_DAYS = st.none() | st.integers(1, 28)
CLOSINGS = st.none() | st.just(date.min) | DAYS

_INSERT = """
    WITH t AS (
        INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)
        VALUES (%(tenant)s, 'Initech', 'admin@initech.example', %(created)s, %(created)s)),
    c AS (
        INSERT INTO usage_closings (tenant_id, closed_until)
        SELECT %(tenant)s, %(closed)s WHERE %(closed)s::date IS NOT NULL)
    INSERT INTO billing_settings (tenant_id, currency, billing_cycle_day, created_at, updated_at)
    SELECT %(tenant)s, 'USD', %(cycle_day)s, now(), now() WHERE %(cycle_day)s::integer IS NOT NULL
"""


@pytest.fixture
def connection(database: Database) -> Any:
    """Connect as one who may write every tenant's books, to take them back after each example."""
    dsn = database.server.dsn(SUPERUSER, database.name)
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        yield connection


@limits(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    books=st.lists(st.tuples(MOMENTS, CYCLE_DAYS, CLOSINGS), min_size=1, max_size=20),
    as_of=MOMENTS,
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "America/New_York"]),
)
def test_the_statement_is_the_rule(
    connection: psycopg.Connection[dict[str, Any]],
    books: list[tuple[datetime, int | None, date | None]],
    as_of: datetime,
    zone: str,
) -> None:
    tenants = {TenantId(uuid4()): found for found in books}
    connection.execute("SELECT set_config('TimeZone', %s, true)", [zone])
    for tenant, (created, cycle_day, closed) in tenants.items():
        values = {"created": created, "cycle_day": cycle_day, "closed": closed}
        connection.execute(_INSERT, values | {"tenant": tenant})
    found = due_tenants.find(Session(connection, None), as_of, None, 1000)
    connection.rollback()
    due = {tenant for tenant, known in tenants.items() if is_due(tenant, *known, as_of)}
    assert set(found) & tenants.keys() == due


def is_due(
    tenant: TenantId,
    created: datetime,
    cycle_day: int | None,
    closed: date | None,
    as_of: datetime,
) -> bool:
    settings = BillingSettings("USD")
    if cycle_day is not None:
        settings = settings._replace(billing_cycle_day=cycle_day)
    found = Books(tenant, closed or date.min, day_of(created), settings)
    return found.next_period.ends_at <= as_of
