"""Extensions of the database, made by the cluster's master user where the server has them."""

from collections.abc import Iterable
from typing import Any, Final

import psycopg
from psycopg import sql

WANTED: Final = ("pg_stat_statements",)
"""Which statements take the time, over all functions; the parameter group loads its library."""

_AVAILABLE: Final = """
    SELECT name FROM pg_available_extensions
     WHERE name = ANY(%s) AND installed_version IS NULL
     ORDER BY name
"""


def create(connection: psycopg.Connection[Any], wanted: Iterable[str] = WANTED) -> list[str]:
    """Create what the server offers of the extensions; returns those that were missing."""
    missing = [row[0] for row in connection.execute(_AVAILABLE, [list(wanted)])]
    for name in missing:
        connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
    return missing
