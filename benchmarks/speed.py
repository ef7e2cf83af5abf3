"""How fast the machine is at this hour: a fixed piece of Python and a fixed piece of SQL.

Both are for information. A figure of another hour, or another machine, can be read beside them.
"""

from hashlib import sha256
from statistics import median
from time import perf_counter

import psycopg

from benchmarks.figure import Figure
from saasgen.sandbox.database.postgres import SUPERUSER
from saasgen.testing import temporary_server

RUNS = 7
_SQL = "SELECT count(DISTINCT md5(n::text)) FROM generate_series(1, 200000) AS n"


def measure() -> list[Figure]:
    """Time both RUNS times."""
    with (
        temporary_server() as server,
        psycopg.connect(server.dsn(SUPERUSER, "postgres")) as connection,
    ):
        pairs = [(_python(), _sql(connection)) for _ in range(RUNS)]
    python, sql = (median(each) * 1000 for each in zip(*pairs, strict=True))
    return [
        Figure("speed of the hour: a fixed piece of Python", python, "ms", None, "", holds=True),
        Figure("speed of the hour: a fixed piece of SQL", sql, "ms", None, "", holds=True),
    ]


def _python() -> float:
    began = perf_counter()
    words = [sha256(str(number).encode()).hexdigest() for number in range(100_000)]
    if len({word[:12] for word in words}) < 99_000:
        raise RuntimeError("SHA-256 is broken")
    return perf_counter() - began


def _sql(connection: psycopg.Connection[tuple[object, ...]]) -> float:
    began = perf_counter()
    connection.execute(_SQL).fetchall()
    return perf_counter() - began
