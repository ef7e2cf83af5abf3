"""An extension is created where the server has it, and missed nowhere else."""

from saasgen.sandbox.database.postgres import SUPERUSER

from handlers.platform.database import extensions


def test_what_the_server_offers_is_created_once(empty_database):
    with empty_database.connect(SUPERUSER) as connection:
        assert extensions.create(connection, ["vector", "of_another_server"]) == ["vector"]
        assert extensions.create(connection, ["vector", "of_another_server"]) == []
        installed = connection.execute("SELECT extname FROM pg_extension").fetchall()

    assert ("vector",) in installed
