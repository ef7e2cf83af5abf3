"""Sessions: whose rows they see, what survives them, and what happens when the server goes."""

import gc
from contextlib import suppress

import psycopg
import pytest
from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import Database

from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.database import roles, sessions


def test_a_session_sees_its_own_tenant_alone(make_tenant):
    mine, other = make_tenant("Mine"), make_tenant("Other")
    with sessions.tenant_session(mine) as session:
        assert [row["tenant_id"] for row in session.all("SELECT tenant_id FROM tenants")] == [mine]
    with sessions.tenant_session(other) as session:
        assert [row["tenant_id"] for row in session.all("SELECT tenant_id FROM tenants")] == [other]


def test_the_context_does_not_survive_the_transaction(tenant):
    with sessions.tenant_session(tenant) as session:
        connection = session.connection
    row = connection.execute("SELECT count(*) AS n FROM tenants").fetchone()
    assert row == {"n": 0}


def test_a_transaction_serves_one_tenant(make_tenant):
    mine, other = make_tenant(), make_tenant()
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        sessions.tenant_session(mine) as session,
    ):
        session.one("SELECT app.enter_tenant(%s)", [other])


def test_an_exception_rolls_everything_back(tenant):
    def rename_and_fail():
        with sessions.tenant_session(tenant) as session:
            session.execute("UPDATE tenants SET name = 'Renamed'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT name FROM tenants") == {"name": "Initech"}


def test_an_ignored_failure_cannot_pass_for_a_commit(tenant):
    def rename_and_ignore_a_failure():
        with sessions.tenant_session(tenant) as session:
            session.execute("UPDATE tenants SET name = 'Renamed'")
            with suppress(psycopg.errors.DivisionByZero):
                session.execute("SELECT 1 / 0")

    with pytest.raises(psycopg.InternalError, match="lost"):
        rename_and_ignore_a_failure()


def test_a_stream_that_breaks_off_leaves_nothing_to_a_later_transaction(tenant):
    kept = []

    def break_off():
        with (
            sessions.tenant_session(tenant) as session,
            session.stream("SELECT generate_series(1, 3000) AS n") as rows,
        ):
            kept.append(rows)
            raise RuntimeError(f"after {next(rows)}")

    with pytest.raises(RuntimeError, match="after"):
        break_off()
    with sessions.tenant_session(tenant) as session:
        kept.clear()
        gc.collect()
        assert session.one("SELECT 1 AS n") == {"n": 1}


def test_a_session_within_a_session_is_refused(tenant):
    with (
        pytest.raises(RuntimeError, match="one transaction"),
        sessions.tenant_session(tenant),
        sessions.tenant_session(tenant),
    ):
        pass


def test_sessions_share_one_connection_per_role(tenant):
    with sessions.tenant_session(tenant) as session:
        first = session.connection
    with sessions.tenant_session(tenant) as session:
        assert session.connection is first
    with sessions.service_session() as session:
        assert session.connection is not first


def _drop_connections(database: Database) -> None:
    with database.connect(SUPERUSER) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_the_server_dropped_is_replaced(database, tenant):
    with sessions.tenant_session(tenant):
        pass
    _drop_connections(database)
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT name FROM tenants") == {"name": "Initech"}


def test_a_connection_lost_within_a_transaction_is_a_503_and_then_replaced(database, tenant):
    def rename_on_a_dropped_connection():
        with sessions.tenant_session(tenant) as session:
            _drop_connections(database)
            session.execute("UPDATE tenants SET name = 'Renamed'")

    with pytest.raises(ServiceUnavailable) as caught:
        rename_on_a_dropped_connection()
    assert caught.value.retryable
    with sessions.tenant_session(tenant) as session:
        assert session.one("SELECT name FROM tenants") == {"name": "Initech"}


def test_a_transaction_that_cannot_begin_does_not_block_the_next(empty_database, operator):
    with sessions.connected_by(empty_database.connect):
        for _ in range(2):
            with pytest.raises(psycopg.errors.InvalidSchemaName), sessions.tenant_session(operator):
                pass


@pytest.mark.parametrize("route", ["direct", "proxied"])
@pytest.mark.parametrize("role", ["app", "service"])
def test_statements_have_eight_seconds(database, role, route):
    with database.connect(roles.login(role, route)) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("8s",)


def test_a_statement_that_is_cut_off_is_a_503(tenant):
    def sleep():
        with sessions.tenant_session(tenant) as session:
            session.execute("SET LOCAL statement_timeout = '20ms'")
            session.execute("SELECT pg_sleep(5)")

    with pytest.raises(ServiceUnavailable):
        sleep()


def test_a_superuser_is_refused(database):
    with (
        sessions.connected_by(lambda role: database.connect(SUPERUSER)),
        pytest.raises(sessions.UnsafeLoginError, match="postgres is superuser"),
        sessions.service_session(),
    ):
        pass


def test_a_login_that_bypasses_row_security_is_refused(database):
    with database.connect(SUPERUSER) as connection:
        connection.execute("DROP ROLE IF EXISTS sneaky")
        connection.execute("CREATE ROLE sneaky LOGIN BYPASSRLS")
        connection.execute(f"GRANT CONNECT ON DATABASE {database.name} TO sneaky")
    with (
        sessions.connected_by(lambda role: database.connect("sneaky")),
        pytest.raises(sessions.UnsafeLoginError, match="sneaky is superuser or BYPASSRLS"),
        sessions.service_session(),
    ):
        pass


def test_a_login_without_a_limit_on_statements_is_refused(database):
    with (
        sessions.connected_by(lambda role: database.connect("migrator")),
        pytest.raises(sessions.UnsafeLoginError, match="statement_timeout"),
        sessions.service_session(),
    ):
        pass


def test_a_refused_login_is_a_503_for_the_caller_and_its_reason_a_line_in_the_log(capsys):
    def refuse(role: str) -> psycopg.Connection:
        raise psycopg.OperationalError(f'FATAL: PAM authentication failed for user "{role}"')

    with (
        sessions.connected_by(refuse),
        pytest.raises(ServiceUnavailable) as caught,
        sessions.service_session(),
    ):
        pass
    assert "PAM" not in caught.value.detail
    assert caught.value.headers()["Retry-After"] == "2"
