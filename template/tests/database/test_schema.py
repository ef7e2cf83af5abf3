"""`schema.sql` is what the migrations make."""

from pathlib import Path

from saasgen.schema import dump

import handlers

SCHEMA = Path(handlers.__file__).parents[1] / "migrations/schema.sql"


def test_schema_sql_equals_the_migrations(postgres_server, migrated_template):
    assert dump(postgres_server, migrated_template) == SCHEMA.read_text(), (
        f"run: python -m saasgen.schema {SCHEMA}"
    )
