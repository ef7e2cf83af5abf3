"""`migrations/schema.sql`: what all migrations together make of an empty database.

    python -m saasgen.schema template/migrations/schema.sql

It is generated, so that a review shows what a migration does, and a test holds it to be true.
"""

import argparse
import subprocess
from pathlib import Path
from typing import Final

from saasgen.errors import OutsideFailure
from saasgen.sandbox.database.postgres import SUPERUSER, Postgres

_HEADER: Final = "-- Generated from the migrations; do not edit.\n\n"
# Partitions come and go by the month
_PARTITIONS: Final = "public.usage_events_[0-9]*"
# Versions, session settings and the guard of psql say nothing about the schema
_NOISE: Final = ("--", "SET ", "SELECT pg_catalog.set_config", "\\restrict", "\\unrestrict")


def dump(server: Postgres, database: str) -> str:
    """Return the definition of everything in a database, without what varies between dumps."""
    command: list[str | Path] = [
        server.binaries / "pg_dump",
        "--schema-only",
        f"--exclude-table={_PARTITIONS}",
        f"--dbname={server.dsn(SUPERUSER, database)}",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OutsideFailure(f"pg_dump failed: {done.stderr.strip()}")
    lines = [line for line in done.stdout.splitlines() if not line.startswith(_NOISE)]
    paragraphs = [part.strip("\n") for part in "\n".join(lines).split("\n\n")]
    return _HEADER + "\n\n".join(filter(None, paragraphs)) + "\n"


def main() -> None:
    """Write the schema of a freshly migrated database to a file."""
    from saasgen.testing import migrated, temporary_server

    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s FILE")
    parser.add_argument("file", type=Path, help="such as template/migrations/schema.sql")
    target = parser.parse_args().file
    with temporary_server() as server:
        target.write_text(dump(server, migrated(server)))


if __name__ == "__main__":
    main()
