"""SQL lives in the room that owns the table, as whole statements that one can paste into psql."""

import ast
import re
from pathlib import Path

import pytest

import handlers
from handlers.domain.billing import due_tenants, runs
from handlers.domain.metering import corrections, repricing, writing

ROOT = Path(str(handlers.__file__)).parent
ABOVE = ("api", "consumers", "jobs", "triggers", "services")
MODULES = sorted(path for layer in ABOVE for path in (ROOT / layer).rglob("*.py"))
OWNERS = sorted(path for layer in ("domain", "platform") for path in (ROOT / layer).rglob("*.py"))
KEYWORD = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|RETURNING)\b")
CLAUSE = re.compile(r"\s*(WHERE|FOR (NO KEY )?UPDATE)\b")
# A function of the database, such as `SELECT app.enter_tenant(...)`, is no table.
STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+(\s+AS\s+\w+)?\s+SET)\b",
    re.DOTALL,
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


def assembled(text: str) -> list[str]:
    """List the SQL that is put together, but for a whole statement with conditions or a lock."""
    expressions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.JoinedStr | ast.BinOp) and not is_completed(node)
    ]
    return [one for one in map(ast.unparse, expressions) if KEYWORD.search(one)]


def is_completed(node: ast.AST) -> bool:
    """Tell whether a statement that has a name is followed by a clause that ends it."""
    match node:
        case ast.BinOp(left=ast.Name(), op=ast.Add(), right=ast.Constant(value=str(clause))):
            return CLAUSE.match(clause) is not None
    return False


@pytest.mark.parametrize("path", OWNERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_statement_stands_in_one_piece(path: Path) -> None:
    assert assembled(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("code", "is_assembled"),
    [
        ('f"SELECT {COLUMNS} FROM tenants"', True),
        ('_READ + " WHERE tenant_id = %s"', False),
        ("_READ + COLUMNS", False),
        ('_WITH + " SELECT 1 FROM tenants"', True),
        ('"SELECT " + COLUMNS', True),
        ('_READ + " FOR UPDATE"', False),
        ('_READ + " FOR NO KEY UPDATE"', False),
        ('"SELECT tenant_id FROM tenants"', False),
        ('f"{name} is due"', False),
    ],
)
def test_the_guard_knows_what_is_assembled(code: str, is_assembled: bool) -> None:
    assert bool(assembled(code)) == is_assembled


def part(statement: str, begin: str, end: str) -> list[str]:
    """Give the words of a part of a statement, however it is indented."""
    assert statement.count(begin) == 1
    return statement.partition(begin)[2].partition(end)[0].split()


def test_all_that_changes_usage_changes_the_rollups_alike() -> None:
    merges = [
        part(statement, "INSERT INTO usage_rollups AS r", "+ excluded.provider_cost")
        for statement in (writing._WRITE, corrections._TAKE_BACK, repricing._REPRICE)
    ]

    assert merges == [merges[0]] * 3


def test_a_run_starts_with_the_tenants_that_are_due() -> None:
    ends = ((due_tenants._PAGE, "SELECT tenant_id FROM due"), (runs._START, ", started AS"))
    due = [part(" ".join(statement.split()), "WITH due AS", end) for statement, end in ends]

    assert due[0] == due[1]
