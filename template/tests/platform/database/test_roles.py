"""Roles are made by a master user that is no superuser, as on RDS, on every version we support."""

import psycopg
import pytest
from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import migrated, temporary_server, with_roles

from handlers.platform.database import roles

BY_IAM = ("app_direct", "migrator", "reader", "service_direct")
MEMBERSHIPS = """
    SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members
     WHERE roleid IN ('owner'::regrole, 'rds_iam'::regrole, 'app'::regrole, 'service'::regrole)
       AND NOT (member = 'master'::regrole AND admin_option)  -- what PostgreSQL 16 gives the maker
     ORDER BY 1, 2
"""


@pytest.fixture
def server_18():
    with temporary_server(version=18) as server:
        yield server


def test_roles_and_migrations_work_on_postgresql_18(server_18):
    assert migrated(server_18)


def test_doing_it_again_changes_nothing(postgres_server):
    made = with_roles(postgres_server)
    with made.connect("master") as connection:
        before = connection.execute(MEMBERSHIPS).fetchall()
        roles.bootstrap(connection)
        assert connection.execute(MEMBERSHIPS).fetchall() == before


def test_rights_are_granted_to_a_login_for_each_way_to_the_database(empty_database):
    with empty_database.connect("master") as connection:
        assert set(connection.execute(MEMBERSHIPS)) == {
            ("owner", "master"),
            ("owner", "migrator"),
            *(
                (role, f"{role}_{way}")
                for role in ("app", "service")
                for way in ("direct", "proxied")
            ),
            *(("rds_iam", login) for login in BY_IAM),
        }


def test_whoever_logs_in_by_password_is_no_member_of_rds_iam_however_indirectly(empty_database):
    query = """
        SELECT rolname FROM pg_roles
         WHERE rolcanlogin AND rolname ~ '^(app|service|reader|migrator)'
           AND NOT pg_has_role(oid, 'rds_iam', 'MEMBER')
    """
    with empty_database.connect("master") as connection:
        assert set(connection.execute(query)) == {("app_proxied",), ("service_proxied",)}


def test_a_bootstrap_that_is_cut_short_leaves_nothing(monkeypatch):
    with temporary_server() as server:
        server.create_master("master", "unused", "fresh")
        with psycopg.connect(server.dsn("master", "fresh"), autocommit=True) as connection:
            with monkeypatch.context() as patch:
                patch.setattr(roles, "_BY_IAM", (*BY_IAM, "nobody"))
                with pytest.raises(psycopg.errors.UndefinedObject):
                    roles.bootstrap(connection)
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'migrator'")
            assert known.fetchone() is None
            roles.bootstrap(connection)
            assert roles.are_complete(connection)


def test_completeness_is_known(empty_database):
    with empty_database.connect("migrator") as connection:
        assert roles.are_complete(connection)
    with empty_database.connect(SUPERUSER) as connection:
        connection.execute("REVOKE rds_iam FROM reader GRANTED BY master")
    try:
        with empty_database.connect("migrator") as connection:
            assert not roles.are_complete(connection)
    finally:
        with empty_database.connect("master") as connection:
            roles.bootstrap(connection)


def test_a_proxied_login_that_could_no_longer_use_its_password_is_noticed(empty_database):
    with empty_database.connect(SUPERUSER) as connection:
        connection.execute("GRANT rds_iam TO app")
        try:
            assert not roles.are_complete(connection)
        finally:
            connection.execute("REVOKE rds_iam FROM app")
