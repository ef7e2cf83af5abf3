"""The server from the wheel: started again, taken over, found in the way."""

import os
import shutil
import socket
import tempfile
from pathlib import Path

import psycopg
import pytest

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.database.postgres import SUPERUSER, Postgres


@pytest.fixture
def directory():
    with tempfile.TemporaryDirectory(prefix="saasgen-postgres-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def server(directory):
    server = Postgres(directory)
    server.start()
    yield server
    server.stop()


def _ask(server, query, database="postgres", user=SUPERUSER):
    with psycopg.connect(server.dsn(user, database), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone() if cursor.description else None


def test_data_survives_a_stop_and_a_start(server):
    _ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        _ask(server, "SELECT 1")
    server.start()
    assert _ask(server, "SELECT number FROM kept") == (7,)


def test_stopping_twice_is_stopping_once(server):
    server.stop()
    server.stop()


def test_a_running_server_is_taken_over_with_its_port(server, directory):
    heir = Postgres(directory)
    heir.start()
    assert heir.port == server.port
    heir.stop()
    with pytest.raises(psycopg.OperationalError):
        _ask(server, "SELECT 1")


def test_a_lock_file_of_a_process_that_is_something_else_is_no_obstacle(server):
    server.stop()
    (server.directory / "data/postmaster.pid").write_text(f"{os.getpid()}\n\n0\n1\n\n\n\nready\n")
    server.start()
    assert _ask(server, "SELECT 1") == (1,)


def test_an_interrupted_creation_is_begun_again(directory):
    (directory / "data").mkdir()
    (directory / "data.new").mkdir()
    server = Postgres(directory)
    server.start()
    assert _ask(server, "SELECT 1") == (1,)
    server.stop()


def test_a_port_in_use_is_named(directory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} on 127.0.0.1 is in use"):
            Postgres(directory, port=port).start()


def test_a_server_that_does_not_start_says_why(server):
    server.stop()
    with (server.directory / "data/postgresql.conf").open("a") as config:
        config.write("nonsense = on\n")
    with pytest.raises(OutsideFailure, match='unrecognized configuration parameter "nonsense"'):
        server.start()


def test_a_version_the_wheel_lacks_is_refused(directory):
    with pytest.raises(UserError, match="no PostgreSQL 9"):
        Postgres(directory, version=9)


def test_the_master_is_what_rds_makes(server):
    for password in ("first", "second"):
        server.create_master("root", password, "billing")
    query = """
        SELECT rolsuper, rolcreaterole, rolbypassrls, datdba = r.oid
          FROM pg_roles AS r, pg_database WHERE rolname = 'root' AND datname = 'billing'
    """
    assert _ask(server, query, "billing", "root") == (False, True, False, True)


def test_it_listens_on_this_machine_alone(server):
    assert _ask(server, "SHOW listen_addresses") == ("127.0.0.1",)
    assert _ask(server, "SHOW unix_socket_directories") == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_runs_it_in_a_folder_that_the_other_account_can_enter(directory):
    hidden = directory / "hidden"
    hidden.mkdir(mode=0o700)
    server = Postgres(hidden / "postgres")
    server.start()
    home = server.log.parent
    assert (hidden / "postgres/postgres").resolve() == home
    assert home.stat().st_uid != 0
    assert hidden.stat().st_mode & 0o777 == 0o700
    server.stop()
    shutil.rmtree(home)
