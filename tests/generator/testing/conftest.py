"""The plugin's own fixtures."""

from saasgen.testing import migrated_template, postgres_server, reused_database

__all__ = ["migrated_template", "postgres_server", "reused_database"]
