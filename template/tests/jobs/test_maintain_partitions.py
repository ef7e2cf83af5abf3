"""Months of raw usage: made ahead, dropped behind, and only by the job."""

from datetime import date

import psycopg
import pytest

from handlers.jobs import maintain_partitions
from handlers.platform.database import sessions

MONTHS = """
    SELECT inhrelid::regclass::text AS name FROM pg_inherits
     WHERE inhparent = 'usage_events'::regclass ORDER BY name
"""


def _months(database):
    with database.connect("app") as connection:
        return {row[0].removeprefix("usage_events_") for row in connection.execute(MONTHS)}


def test_there_is_room_from_90_days_ago_to_three_months_ahead(database, clock):
    before = _months(database)
    made = maintain_partitions.maintain(clock)["made"]
    wanted = {"2025_12", "2026_01", "2026_02", "2026_03", "2026_04", "2026_05", "2026_06"}
    assert {name.removeprefix("usage_events_") for name in made} == wanted - before
    assert maintain_partitions.maintain(clock)["made"] == []


def test_a_migrated_database_has_room_for_usage_of_today(database):
    with database.connect("app") as connection:
        (month,) = connection.execute(
            "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')"
        ).fetchone()
    assert month in _months(database)


def test_months_are_dropped_when_all_of_them_is_older_than_90_days(database, clock):
    kept = _months(database)
    with sessions.service_session() as session:
        session.one("SELECT app.make_usage_months('2020-01-15', '2020-06-15')")
    clock.now = clock.now.replace(year=2020, month=6, day=29)
    # 90 days before 29 June is 31 March: March is needed, February is not
    dropped = maintain_partitions.maintain(clock)["dropped"]
    assert dropped == ["usage_events_2020_01", "usage_events_2020_02"]
    clock.forward(days=1)
    assert maintain_partitions.maintain(clock)["dropped"] == ["usage_events_2020_03"]
    assert kept <= _months(database)


def test_the_last_90_days_stay_whatever_the_job_is_told(database):
    kept = _months(database)
    with sessions.service_session() as session:
        session.one("SELECT app.drop_usage_months('9999-12-31')")
        (today,) = session.one("SELECT (now() AT TIME ZONE 'UTC')::date AS today").values()
    assert f"{today:%Y_%m}" in _months(database) <= kept


def test_a_month_can_be_made_while_usage_is_written(database, tenant, clock):
    with sessions.tenant_session(tenant) as session, database.connect("service") as job:
        session.execute("LOCK TABLE usage_events IN ROW EXCLUSIVE MODE")
        made = job.execute("SELECT app.make_usage_months('2020-01-15', '2020-01-15')").fetchone()
    assert made == (["usage_events_2020_01"],)


@pytest.mark.parametrize("call", ["make_usage_months(%(d)s, %(d)s)", "drop_usage_months(%(d)s)"])
@pytest.mark.parametrize("role", ["app", "reader"])
def test_only_the_service_maintains_partitions(database, role, call):
    with (
        database.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT app.{call}", {"d": date(2020, 1, 1)})


@pytest.mark.parametrize("role", ["app", "service", "reader"])
def test_a_month_is_reached_by_its_parent_alone(database, clock, role):
    maintain_partitions.maintain(clock)
    with (
        database.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT 1 FROM usage_events_2026_03")


def test_nobody_asks_for_centuries(database):
    with (
        pytest.raises(psycopg.errors.InvalidParameterValue, match="more than a year"),
        sessions.service_session() as session,
    ):
        session.one("SELECT app.make_usage_months('2020-01-01', '2120-01-01')")


def test_the_handler_tells_what_it_did(database, context):
    assert maintain_partitions.handler({}, context) == {"made": [], "dropped": []}
