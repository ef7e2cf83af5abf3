"""SQL lives in the room that owns the table: in the domain or in the platform, nowhere above."""

import ast
import re
from pathlib import Path

import pytest

import handlers

ROOT = Path(str(handlers.__file__)).parent
ABOVE = ("api", "consumers", "jobs", "triggers", "services")
MODULES = sorted(path for layer in ABOVE for path in (ROOT / layer).rglob("*.py"))
# A function of the database, such as `SELECT app.enter_tenant(...)`, is no table.
STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+(\s+AS\s+\w+)?\s+SET)\b", re.S
)


def statements(text: str) -> list[str]:
    strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return [one for one in strings if isinstance(one, str) and STATEMENT.search(one)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_entrances_and_services_hold_no_sql(path: Path) -> None:
    assert statements(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("sql", "is_statement"),
    [
        ("SELECT 1\n  FROM tenants", True),
        ("UPDATE tenants AS t\n   SET name = 'x'", True),
        ("DELETE FROM outbox", True),
        ("WITH new AS (INSERT INTO outbox VALUES (1))", True),
        ("SELECT app.enter_tenant(%s)", False),
        ("Update the settings", False),
    ],
)
def test_the_guard_knows_a_statement(sql: str, is_statement: bool) -> None:
    assert bool(statements(repr(sql))) == is_statement
