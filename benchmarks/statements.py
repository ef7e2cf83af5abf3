"""The statements of a piece of work, recorded from it and then run alone."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import psycopg
from psycopg.rows import dict_row

from saasgen.testing import Database

Statements = list[tuple[Any, Any]]


class _Recorder(psycopg.Cursor[dict[str, Any]]):
    """A cursor that remembers what was run, while somebody wants to know."""

    statements: Statements | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if _Recorder.statements is not None:
            _Recorder.statements.append((query, params))
        return super().execute(query, params, **options)


def connect(database: Database) -> psycopg.Connection[dict[str, Any]]:
    """Connect as the application does, with a cursor that can record."""
    return psycopg.connect(
        database.server.dsn("app_direct", database.name),
        autocommit=True,
        row_factory=dict_row,
        cursor_factory=_Recorder,
    )


def recorded(work: Callable[[], object]) -> Statements:
    """Do some work and return the statements it ran."""
    _Recorder.statements = statements = []
    try:
        work()
    finally:
        _Recorder.statements = None
    return statements


def run_alone(connection: psycopg.Connection[Any], statements: Statements) -> None:
    """Run statements and read their rows, and do nothing else."""
    for query, params in statements:
        cursor = connection.execute(query, params)
        if cursor.description:
            cursor.fetchall()


def timed(work: Callable[[], object]) -> float:
    """How many seconds something takes."""
    began = perf_counter()
    work()
    return perf_counter() - began
