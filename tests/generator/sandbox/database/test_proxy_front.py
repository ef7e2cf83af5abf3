"""RDS Proxy in the sandbox: an IAM token in front, the password of the secret behind."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import psycopg
import pytest

from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import DatabaseStatus
from saasgen.sandbox.state.model import Database, DatabaseProxy
from tests.generator.sandbox.conftest import Aws

CLUSTER = "billing.cluster-abc.us-east-1.rds.amazonaws.com"
PROXY = "billing.proxy-abc.us-east-1.rds.amazonaws.com"

Store = Callable[[str, str], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """A cluster without a proxy, and the logins that migrations make."""
    server = DatabaseServer(Layout(tmp_path_factory.mktemp("stack")))
    server.start()
    server.serve(_database(None))
    status = server.status()
    assert status is not None
    with psycopg.connect(status.superuser_dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE app_direct LOGIN")
        connection.execute("GRANT rds_iam TO app_direct")
        connection.execute("CREATE ROLE app_proxied LOGIN PASSWORD 'right'")
    yield server
    server.stop()


def _database(proxy: DatabaseProxy | None) -> Database:
    return Database(
        endpoints=(CLUSTER,),
        name="billing",
        master_user="billing_admin",
        master_secret_arn=None,
        master_password="master",
        proxy=proxy,
    )


@pytest.fixture
def secret(aws: Aws) -> Any:
    return aws("secretsmanager").create_secret(Name="app_proxied")["ARN"]


@pytest.fixture
def store(aws: Aws, secret: str) -> Store:
    def put(user: str, password: str) -> None:
        value = json.dumps({"username": user, "password": password})
        aws("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)

    return put


@pytest.fixture
def database(server: DatabaseServer, secret: str) -> DatabaseStatus:
    """The cluster behind a proxy that reads a secret which is still empty."""
    server.serve(_database(DatabaseProxy(endpoint=PROXY, secret_arns=(secret,))))
    status = server.status()
    assert status is not None
    return status


def token(user: str, host: str = PROXY) -> str:
    rds = boto3.client(
        "rds", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    return str(rds.generate_db_auth_token(host, 5432, user))


def connect(database: DatabaseStatus, **settings: Any) -> psycopg.Connection[Any]:
    described = {
        "host": PROXY,
        "hostaddr": "127.0.0.1",
        "port": database.proxy_port,
        "dbname": database.name,
        "user": "app_proxied",
        "password": token("app_proxied"),
        "sslmode": "verify-full",
        "sslrootcert": database.ca_file,
        "connect_timeout": 10,
    }
    return psycopg.connect(**(described | settings))


def test_a_token_opens_the_proxy_and_the_secret_the_database(
    database: DatabaseStatus, store: Store
) -> None:
    store("app_proxied", "right")
    with connect(database, application_name="tenants") as connection:
        query = "SELECT current_user, current_setting('application_name')"
        assert connection.execute(query).fetchone() == ("app_proxied", "tenants")
        [row] = connection.execute("SELECT repeat('x', 5000000)").fetchall()
        assert len(row[0]) == 5_000_000
        assert connection.info.server_version >= 160000


def test_an_empty_secret_is_noticed(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="no credentials for the role app_proxied"):
        connect(database)


def test_a_secret_of_another_login_is_noticed(database: DatabaseStatus, store: Store) -> None:
    store("service_proxied", "right")
    with pytest.raises(psycopg.OperationalError, match="no credentials for the role app_proxied"):
        connect(database)


def test_a_wrong_password_in_the_secret_is_noticed(database: DatabaseStatus, store: Store) -> None:
    store("app_proxied", "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(database)


def test_a_login_that_may_use_iam_only_cannot_be_had_by_password(
    database: DatabaseStatus, store: Store
) -> None:
    store("app_direct", "right")
    with pytest.raises(psycopg.OperationalError, match="couldn't log in"):
        connect(database, user="app_direct", password=token("app_direct"))


@pytest.mark.parametrize(
    "password",
    [
        "right",
        token("app_proxied", CLUSTER),
        token("service_proxied"),
        token("app_proxied").split("&X-Amz-Signature")[0],
    ],
    ids=["a password", "of the cluster", "of another login", "unsigned"],
)
def test_what_is_no_token_for_this_login_and_proxy_is_refused(
    database: DatabaseStatus, store: Store, password: str
) -> None:
    store("app_proxied", "right")
    with pytest.raises(psycopg.OperationalError, match="IAM authentication"):
        connect(database, password=password)


def test_the_proxy_is_verified_by_a_name_and_port_of_its_own(
    database: DatabaseStatus, store: Store
) -> None:
    store("app_proxied", "right")
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(database, host=CLUSTER)
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(database, port=database.port)
    with pytest.raises(psycopg.OperationalError, match="TLS is required"):
        connect(database, sslmode="disable")


def test_the_cluster_does_not_let_the_proxied_login_in_by_token(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(database, host=CLUSTER, port=database.port, password=token("app_proxied", CLUSTER))


def test_options_of_the_command_line_are_refused_as_on_aws(
    database: DatabaseStatus, store: Store
) -> None:
    store("app_proxied", "right")
    with pytest.raises(psycopg.OperationalError, match="command-line options"):
        connect(database, options="-c statement_timeout=1")


def test_functions_are_led_to_the_port_of_the_host_they_know(
    server: DatabaseServer, database: DatabaseStatus
) -> None:
    ports = {
        host: server.overrides({"DATABASE_HOST": host})["DATABASE_PORT"]
        for host in (PROXY, CLUSTER)
    }
    assert ports == {PROXY: str(database.proxy_port), CLUSTER: str(database.port)}
    server.serve(_database(None))
    status = server.status()
    assert status is not None
    assert status.proxy_port is None
    assert server.overrides({"DATABASE_HOST": PROXY})["DATABASE_PORT"] == str(database.port)
