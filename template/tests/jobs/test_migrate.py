"""The migrate job on a fresh cluster, and again on one that is up to date."""

import json
from uuid import uuid4

import boto3
import psycopg
import pytest
from saasgen.testing import OPERATOR_TENANT_ID, Database, temporary_server

from handlers.jobs import migrate
from handlers.platform.base.settings import MisconfiguredError, settings
from handlers.platform.database import migrations, roles

LEVEL = len(migrations.read(migrate.MIGRATIONS))
PROXIED = ("app_proxied", "service_proxied")


@pytest.fixture(scope="module")
def server():
    """Start a server whose roles nobody else has made."""
    with temporary_server() as server:
        yield server


@pytest.fixture
def fresh(server, aws, monkeypatch):
    """Give a database that only its master user knows."""
    made = Database(server, f"fresh_{uuid4().hex}")
    server.create_master("root", "s3cret", made.name)
    secret = boto3.client("secretsmanager").create_secret(
        Name="master", SecretString=json.dumps({"username": "root", "password": "s3cret"})
    )
    monkeypatch.setenv("DATABASE_MASTER_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("DATABASE_HOST", "db.example")
    arns = {
        name: boto3.client("secretsmanager").create_secret(Name=name)["ARN"] for name in PROXIED
    }
    monkeypatch.setenv("PROXIED_LOGIN_SECRETS", json.dumps(arns))
    settings.cache_clear()
    return made


@pytest.fixture
def logins(fresh, monkeypatch):
    """Connect without TLS; return who logged in with what."""
    tried = []

    def connect_with(user, password, config):
        tried.append((user, password if user == "root" else "token"))
        return psycopg.connect(fresh.server.dsn(user, fresh.name))

    monkeypatch.setattr(migrate, "connect_with", connect_with)
    return tried


def _tenants(database):
    with database.connect("service") as connection:
        query = "SELECT tenant_id::text, name, email, status FROM tenants"
        return connection.execute(query).fetchall()


def test_a_fresh_database_gets_everything(logins, fresh, context):
    answer = migrate.handler({}, context)
    assert answer["level"] == LEVEL
    assert len(answer["applied"]) == LEVEL
    assert json.dumps(answer)
    assert _tenants(fresh) == [(OPERATOR_TENANT_ID, "Acme Inc.", "root@acme.example", "active")]


def test_again_it_does_nothing_and_keeps_what_the_operator_changed(logins, fresh, context):
    migrate.handler({}, context)
    with fresh.connect("service") as connection:
        connection.execute("UPDATE tenants SET name = 'Renamed'")
    assert migrate.handler({}, context) == {"applied": [], "level": LEVEL}
    assert _tenants(fresh)[0][1] == "Renamed"


def test_the_masters_password_is_used_only_while_there_is_no_migrator(logins, context):
    migrate.handler({}, context)
    used = len(logins)
    migrate.handler({}, context)
    assert logins[used:] == [("migrator", "token")]


def test_a_broken_off_bootstrap_is_made_good(logins, fresh, context):
    migrate.handler({}, context)
    with fresh.connect("root") as connection:
        connection.execute("REVOKE rds_iam FROM reader")
    assert migrate.handler({}, context)["level"] == LEVEL
    assert logins[-1] == ("root", "s3cret")
    with fresh.connect("migrator") as connection:
        assert roles.are_complete(connection)


def test_a_missing_setting_is_named(aws, context, monkeypatch):
    monkeypatch.setenv("DATABASE_HOST", "")
    monkeypatch.setenv("PROXIED_LOGIN_SECRETS", "{}")
    settings.cache_clear()
    with pytest.raises(MisconfiguredError, match="DATABASE_HOST is not set"):
        migrate.handler({}, context)


def test_a_dedicated_stack_begins_with_its_one_tenant(logins, fresh, context, monkeypatch):
    tenant = str(uuid4())
    monkeypatch.setenv("DEDICATED_TENANT_ID", tenant)
    monkeypatch.setenv("DEDICATED_TENANT_NAME", "Northwind")
    settings.cache_clear()

    migrate.handler({}, context)
    migrate.handler({}, context)

    assert {row[0]: row[1] for row in _tenants(fresh)} == {
        OPERATOR_TENANT_ID: "Acme Inc.",
        tenant: "Northwind",
    }


def test_the_first_administrator_waits_for_their_first_sign_in(logins, fresh, context):
    migrate.handler({}, context)
    migrate.handler({}, context)

    with fresh.connect("service") as connection:
        found = connection.execute(
            "SELECT tenant_id::text, email, role, status, cognito_sub FROM administrators"
        ).fetchall()
    assert found == [(OPERATOR_TENANT_ID, "root@acme.example", "super_admin", "active", None)]


def test_the_database_knows_whose_the_rows_of_the_whole_stack_are(logins, fresh, context):
    migrate.handler({}, context)
    with fresh.connect("service") as connection:
        connection.execute(
            "INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)"
            " VALUES (gen_random_uuid(), 'Initech', 'a@initech.example', now(), now())"
        )
        found = connection.execute("SELECT name, is_operator FROM tenants ORDER BY name")
        assert found.fetchall() == [("Acme Inc.", True), ("Initech", False)]
