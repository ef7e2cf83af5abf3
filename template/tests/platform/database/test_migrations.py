"""Migrations: in order, once, resumed after a kill, refused when their past was changed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psycopg
import pytest

from handlers.platform.base.clock import system_clock
from handlers.platform.database import migrations
from handlers.platform.database.migrations import MigrationError, migrate

FIRST = "CREATE TABLE first (id int);"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
SECOND = "CREATE TABLE second (id int); INSERT INTO second VALUES (2);"


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "0001_first.sql").write_text(FIRST)
    (tmp_path / "0002_second.sql").write_text(SECOND)
    (tmp_path / "schema.sql").write_text("not a migration")
    return tmp_path


@pytest.fixture
def owner(empty_database):
    with empty_database.connect_owner() as connection:
        yield connection


def test_applies_every_file_in_order_and_records_it(owner, directory):
    report = migrate(owner, directory, system_clock)
    assert report.applied == ("0001_first.sql", "0002_second.sql")
    assert report.level == 2
    recorded = owner.execute("SELECT version, name FROM app.migrations ORDER BY version")
    assert recorded.fetchall() == [(1, "0001_first.sql"), (2, "0002_second.sql")]


def test_again_does_nothing(owner, directory):
    migrate(owner, directory, system_clock)
    report = migrate(owner, directory, system_clock)
    assert report.applied == ()
    assert report.level == 2


def test_applies_only_what_is_new(owner, directory):
    migrate(owner, directory, system_clock)
    (directory / "0003_third.sql").write_text("CREATE TABLE third (id int)")
    assert migrate(owner, directory, system_clock).applied == ("0003_third.sql",)


def test_a_file_changed_after_it_was_applied_is_refused_by_name(owner, directory):
    migrate(owner, directory, system_clock)
    (directory / "0001_first.sql").write_text(FIRST + " -- harmless?")
    (directory / "0003_third.sql").write_text("CREATE TABLE third (id int)")
    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed .* new migration"):
        migrate(owner, directory, system_clock)
    assert owner.execute("SELECT to_regclass('third')").fetchone() == (None,)


def test_older_code_on_a_newer_database_is_refused(owner, directory):
    migrate(owner, directory, system_clock)
    (directory / "0002_second.sql").unlink()
    with pytest.raises(MigrationError, match=r"level 2 and has 0002_second\.sql.*newer version"):
        migrate(owner, directory, system_clock)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("0004_gap.sql", "should be 0003"),
        ("0002_twice.sql", "should be 0003"),
        ("03_x.sql", "name"),
    ],
)
def test_misnumbered_files_are_refused(directory, name, complaint):
    (directory / name).write_text("SELECT 1")
    with pytest.raises(MigrationError, match=complaint):
        migrations.read(directory)


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(MigrationError, match="holds no migrations"):
        migrations.read(tmp_path)


def test_a_failing_file_changes_nothing_and_is_named(owner, directory):
    (directory / "0002_second.sql").write_text(SECOND + " SELECT 1 / 0;")
    with pytest.raises(MigrationError, match=r"0002_second\.sql failed .* division by zero"):
        migrate(owner, directory, system_clock)
    assert owner.execute("SELECT to_regclass('second')").fetchone() == (None,)
    (directory / "0002_second.sql").write_text(SECOND)
    assert migrate(owner, directory, system_clock).applied == ("0002_second.sql",)


def test_a_table_in_use_is_not_waited_for_for_long(owner, directory, empty_database, monkeypatch):
    migrate(owner, directory, system_clock)
    (directory / "0003_third.sql").write_text("ALTER TABLE first ADD more int")
    monkeypatch.setattr(migrations, "_TABLE_PATIENCE", "50ms")
    with empty_database.connect_owner() as user, user.transaction():
        user.execute("SELECT * FROM first")
        with pytest.raises(MigrationError, match=r"for a table in use .* run the migration again"):
            migrate(owner, directory, system_clock)
    assert migrate(owner, directory, system_clock).applied == ("0003_third.sql",)


def test_the_second_of_two_migrators_waits_and_does_nothing(owner, directory, empty_database):
    reports = []

    def late():
        with empty_database.connect_owner() as connection:
            reports.append(migrate(connection, directory, system_clock))

    with migrations.locked(owner):
        thread = threading.Thread(target=late)
        thread.start()
        _wait_for(
            owner, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        migrate(owner, directory, system_clock)
        assert reports == []
    thread.join(10)
    assert reports[0].applied == ()
    assert reports[0].level == 2


@pytest.mark.parametrize(
    ("second", "left"),
    [
        ("SELECT pg_sleep(60);", [(1,)]),  # between the files
        (SECOND + "SELECT pg_sleep(60);", [(1,)]),  # inside the second
    ],
)
def test_a_killed_migrator_leaves_whole_files_and_the_next_goes_on(
    owner, directory, empty_database, second, left
):
    (directory / "0002_second.sql").write_text(second)
    script = f"""
        import psycopg, pathlib
        from handlers.platform.database.migrations import migrate
        from handlers.platform.base.clock import system_clock
        dsn = {empty_database.server.dsn("migrator", empty_database.name)!r}
        connection = psycopg.connect(dsn, autocommit=True)
        connection.execute("SET ROLE owner")
        migrate(connection, pathlib.Path({str(directory)!r}), system_clock)
    """
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], env=environment)
    with empty_database.connect("migrator") as connection:
        _wait_for(connection, SLEEPING)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert owner.execute("SELECT version FROM app.migrations").fetchall() == left
    assert owner.execute("SELECT to_regclass('second')").fetchone() == (None,)
    (directory / "0002_second.sql").write_text(SECOND)
    assert migrate(owner, directory, system_clock).applied == ("0002_second.sql",)


def _wait_for(connection: psycopg.Connection, query: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        row = connection.execute(query).fetchone()
        if row and row[0]:
            return
        time.sleep(0.02)
    raise AssertionError(f"never: {query}")
