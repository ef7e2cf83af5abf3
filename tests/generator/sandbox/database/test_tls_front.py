import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import DatabaseStatus
from saasgen.sandbox.state.model import Database

WRITER = "billing.cluster-abc.us-east-1.rds.amazonaws.com"
READER = "billing.cluster-ro-abc.us-east-1.rds.amazonaws.com"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseStatus]:
    """A cluster with a master user, and an IAM role as migrations make it."""
    server = DatabaseServer(Layout(tmp_path_factory.mktemp("stack")))
    server.start()
    server.serve(
        Database(
            endpoints=(WRITER, READER),
            name="billing",
            master_user="billing_admin",
            master_secret_arn=None,
            master_password="right",
        )
    )
    status = server.status()
    assert status is not None
    with psycopg.connect(status.superuser_dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN")
        connection.execute("GRANT rds_iam TO app")
        connection.execute("CREATE ROLE stranger LOGIN")
    yield status
    server.stop()


def connect(database: DatabaseStatus, **settings: Any) -> psycopg.Connection[Any]:
    described = {
        "host": WRITER,
        "hostaddr": "127.0.0.1",
        "port": database.port,
        "dbname": database.name,
        "user": "billing_admin",
        "password": "right",
        "sslmode": "verify-full",
        "sslrootcert": database.ca_file,
        "connect_timeout": 10,
    }
    return psycopg.connect(**(described | settings))


@pytest.mark.parametrize("host", [WRITER, READER])
def test_clusters_names_are_verified_in_full(database: DatabaseStatus, host: str) -> None:
    with connect(database, host=host) as connection:
        query = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(query).fetchone() == ("billing_admin", False)


def test_another_host_name_is_refused_by_the_client(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(database, host="billing.example.com")


def test_another_authority_is_refused_by_the_client(
    database: DatabaseStatus, tmp_path: Path
) -> None:
    from saasgen.sandbox.database.tls import CertificateAuthority

    other = CertificateAuthority(tmp_path)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(database, sslrootcert=str(other.file))


def test_connection_without_tls_is_turned_away(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="TLS is required"):
        connect(database, sslmode="disable")


def test_wrong_password_is_turned_away(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(database, password="wrong")


def test_role_with_iam_login_needs_no_password(database: DatabaseStatus) -> None:
    with connect(database, user="app", password="an IAM token") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)


def test_role_without_iam_login_needs_its_password(database: DatabaseStatus) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(database, user="stranger", password="any")


def test_large_answers_come_through_whole(database: DatabaseStatus) -> None:
    with connect(database) as connection:
        [row] = connection.execute("SELECT repeat('x', 5000000)").fetchall()
    assert len(row[0]) == 5_000_000


def test_client_that_talks_nonsense_does_no_harm(database: DatabaseStatus) -> None:
    with socket.create_connection(("127.0.0.1", database.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        client.settimeout(5)
        assert client.recv(100).startswith(b"E")
    with connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
