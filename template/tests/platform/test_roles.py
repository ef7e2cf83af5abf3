"""Roles are made by a master user that is no superuser, as on RDS, on every version we support."""

import pytest
from generator.sandbox.database.postgres import SUPERUSER
from generator.testing import migrated, temporary_server, with_roles

from handlers.platform import roles

MEMBERSHIPS = """
    SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members
     WHERE roleid IN ('owner'::regrole, 'rds_iam'::regrole) ORDER BY 1, 2
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


def test_every_login_may_use_iam_and_the_master_is_a_member_of_owner_alone(empty_database):
    with empty_database.connect("master") as connection:
        assert set(connection.execute(MEMBERSHIPS)) == {
            ("owner", "master"),
            ("owner", "migrator"),
            ("rds_iam", "master"),  # the server's own, to be able to grant it
            *(("rds_iam", login) for login in ("app", "migrator", "reader", "service")),
        }


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
