"""Logging in: a token as AWS makes it, and verified TLS."""

import ssl

import boto3
import psycopg
import pytest

from handlers.platform.base.settings import MisconfiguredError, settings
from handlers.platform.database import login


@pytest.fixture
def config(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "session/token+",
        "AWS_REGION": "eu-central-1",
        "DATABASE_ROUTE": "direct",
        "DATABASE_HOST": "acme.cluster-abc.eu-central-1.rds.amazonaws.com",
        "DATABASE_PORT": "5433",
        "DATABASE_NAME": "billing",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return settings()


def test_the_token_is_the_one_boto3_makes(config):
    client = boto3.client("rds", region_name="eu-central-1")
    for _ in range(3):  # both are signed with the second of the day
        ours = login.iam_token("app", config)
        theirs = client.generate_db_auth_token(config.database_host, 5433, "app")
        if ours == theirs:
            return
    assert ours == theirs


def test_connections_verify_the_servers_name_against_the_roots_of_rds(config, monkeypatch):
    asked = {}
    monkeypatch.setattr(psycopg, "connect", lambda **options: asked.update(options))
    login.connect("app")
    assert asked["sslmode"] == "verify-full"
    assert asked["host"] == config.database_host
    assert asked["user"] == "app_direct"
    assert "DBUser=app_direct" in asked["password"]
    assert asked["prepare_threshold"] is not None
    with open(asked["sslrootcert"]) as bundle:  # noqa: PTH123
        assert bundle.read().count("BEGIN CERTIFICATE") > 100


def test_a_proxy_is_reached_by_its_own_login_and_verified_against_amazons_public_roots(
    config, monkeypatch
):
    asked = {}
    monkeypatch.setenv("DATABASE_ROUTE", "proxied")
    settings.cache_clear()
    monkeypatch.setattr(psycopg, "connect", lambda **options: asked.update(options))
    login.connect("service")
    assert asked["user"] == "service_proxied"
    assert "DBUser=service_proxied" in asked["password"]
    assert asked["sslmode"] == "verify-full"
    roots = ssl.create_default_context(cafile=asked["sslrootcert"]).get_ca_certs()
    assert all(root["issuer"] == root["subject"] for root in roots)
    assert {dict(part[0] for part in root["subject"])["commonName"] for root in roots} == {
        *(f"Amazon Root CA {number}" for number in (1, 2, 3, 4)),
        "Starfield Services Root Certificate Authority - G2",
    }


def test_nothing_is_prepared_by_way_of_a_proxy_which_would_pin_the_connection(config, monkeypatch):
    asked = {}
    monkeypatch.setenv("DATABASE_ROUTE", "proxied")
    settings.cache_clear()
    monkeypatch.setattr(psycopg, "connect", lambda **options: asked.update(options))
    login.connect("app")
    assert asked["prepare_threshold"] is None


def test_a_function_that_is_not_told_its_way_says_so(config, monkeypatch):
    monkeypatch.delenv("DATABASE_ROUTE")
    settings.cache_clear()
    with pytest.raises(MisconfiguredError, match="DATABASE_ROUTE is not set"):
        login.connect("app")


def test_another_root_can_be_given(config, monkeypatch):
    asked = {}
    monkeypatch.setenv("DATABASE_CA_FILE", "/other.pem")
    settings.cache_clear()
    monkeypatch.setattr(psycopg, "connect", lambda **options: asked.update(options))
    login.connect("service")
    assert asked["sslrootcert"] == "/other.pem"


def test_a_server_without_tls_is_refused(config, postgres_server, monkeypatch):
    monkeypatch.setenv("DATABASE_HOST", "127.0.0.1")
    monkeypatch.setenv("DATABASE_PORT", str(postgres_server.port))
    settings.cache_clear()
    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        login.connect("app")


def test_missing_credentials_are_named(config, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(MisconfiguredError, match="no AWS credentials"):
        login.iam_token("app", config)
