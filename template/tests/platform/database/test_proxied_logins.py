"""The proxy's passwords: in the secret and in the database, whatever happens in between."""

import json

import boto3
import psycopg
import pytest
from moto import mock_aws
from saasgen.sandbox.database.postgres import SUPERUSER

from handlers.platform.database import proxied_logins, roles, sessions

VERIFIERS = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE '%\\_proxied'"


@pytest.fixture
def secrets_manager(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


@pytest.fixture
def arns(secrets_manager):
    return {name: secrets_manager.create_secret(Name=name)["ARN"] for name in roles.PROXIED}


@pytest.fixture
def passwords(secrets_manager, arns):
    """Read what the proxy would read."""

    def read():
        found = {}
        for arn in arns.values():
            value = json.loads(secrets_manager.get_secret_value(SecretId=arn)["SecretString"])
            found[value["username"]] = value["password"]
        return found

    return read


@pytest.fixture
def forgotten(database):
    """Take the passwords away again: logins belong to the server, which other tests share."""
    yield
    with database.connect(SUPERUSER) as connection:
        for login in roles.PROXIED:
            connection.execute(f"ALTER ROLE {login} PASSWORD NULL")


pytestmark = pytest.mark.usefixtures("forgotten")


def opens(database, login, password):
    """Whether the password fits the verifier, by the arithmetic of RFC 5802."""
    with database.connect(SUPERUSER) as connection:
        verifier = dict(connection.execute(VERIFIERS))[login]
        return _fits(verifier, password)


def _fits(verifier, password):
    from base64 import b64decode
    from hashlib import pbkdf2_hmac, sha256
    from hmac import digest

    scheme, counted, keys = verifier.split("$")
    iterations, salt = counted.split(":")
    stored, _ = map(b64decode, keys.split(":"))
    salted = pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(iterations))
    return (
        scheme == "SCRAM-SHA-256"
        and sha256(digest(salted, b"Client Key", "sha256")).digest() == stored
    )


@pytest.mark.parametrize("user", ["migrator", "master"])
def test_an_empty_secret_gets_a_password_that_opens_the_database(database, arns, passwords, user):
    with database.connect(user) as connection:
        proxied_logins.provide(connection, arns)
        assert connection.execute("SELECT current_user").fetchone() == (user,)
    made = passwords()
    assert set(made) == set(roles.PROXIED)
    assert len(set(made.values())) == len(made)
    assert all(opens(database, login, password) for login, password in made.items())


def test_again_it_keeps_the_passwords(database, arns, passwords):
    with database.connect("migrator") as connection:
        proxied_logins.provide(connection, arns)
        before = passwords()
        proxied_logins.provide(connection, arns)
    assert passwords() == before
    assert all(opens(database, *made) for made in before.items())


def test_a_run_cut_short_after_the_secret_is_made_good(database, arns, passwords, monkeypatch):
    with database.connect("migrator") as connection:
        with monkeypatch.context() as patch:
            patch.setattr(proxied_logins, "_set", _cut_short)
            with pytest.raises(KeyboardInterrupt):
                proxied_logins.provide(connection, arns)
        proxied_logins.provide(connection, arns)
    assert all(opens(database, *made) for made in passwords().items())


def _cut_short(*_):
    raise KeyboardInterrupt


def test_a_password_that_somebody_changed_in_the_database_is_set_back(database, arns, passwords):
    with database.connect("migrator") as connection:
        proxied_logins.provide(connection, arns)
        with database.connect(SUPERUSER) as superuser:
            superuser.execute("ALTER ROLE app_proxied PASSWORD 'other'")
        proxied_logins.provide(connection, arns)
    assert opens(database, "app_proxied", passwords()["app_proxied"])


def test_no_password_reaches_the_servers_log(database, arns, passwords):
    with database.connect(SUPERUSER) as superuser:
        superuser.execute(f"ALTER DATABASE {database.name} SET log_statement = 'all'")
    with database.connect("migrator") as connection:
        proxied_logins.provide(connection, arns)
    written = database.server.log.read_text()
    assert "ALTER ROLE" in written
    assert not any(password in written for password in passwords().values())


def test_a_missing_secret_is_named(database, secrets_manager):
    gone = {"app_proxied": "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone-123456"}
    with (
        database.connect("migrator") as connection,
        pytest.raises(secrets_manager.exceptions.ResourceNotFoundException),
    ):
        proxied_logins.provide(connection, gone)


@pytest.mark.parametrize("role", ["app", "service"])
def test_nobody_but_the_migrator_may_set_them(database, arns, role):
    with (
        database.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        proxied_logins.provide(connection, arns)


def test_sessions_over_the_proxy_see_one_tenant(database, make_tenant):
    mine, other = make_tenant("Mine"), make_tenant("Other", "admin@other.example")
    with sessions.connected_by(lambda role: database.connect(roles.login(role, "proxied"))):
        with sessions.tenant_session(mine) as session:
            assert session.one("SELECT session_user::text AS login") == {"login": "app_proxied"}
            assert session.all("SELECT name FROM tenants") == [{"name": "Mine"}]
            hidden = "UPDATE tenants SET name = 'x' WHERE tenant_id = %s"
            assert session.execute(hidden, [other]) == 0
        with sessions.service_session() as session:
            names = {row["name"] for row in session.all("SELECT name FROM tenants")}
    assert {"Mine", "Other"} <= names


@pytest.mark.parametrize("setting", ["superuser", "bypassrls"])
def test_a_privileged_login_of_the_proxy_is_refused(database, setting):
    with database.connect(SUPERUSER) as connection:
        connection.execute(f"ALTER ROLE app_proxied {setting}")
        try:
            with (
                sessions.connected_by(lambda role: database.connect(roles.login(role, "proxied"))),
                pytest.raises(sessions.UnsafeLoginError, match="app_proxied"),
                sessions.tenant_session("00000000-0000-0000-0000-000000000001"),
            ):
                pass
        finally:
            connection.execute(f"ALTER ROLE app_proxied no{setting}")
