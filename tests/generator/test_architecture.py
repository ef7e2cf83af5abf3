"""The generator's imports run one way, as docs/architecture.md draws them."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import REPOSITORY

# From the top down; a module may import its own layer and what is below it.
LAYERS = (
    ("cli", "__main__"),
    ("lazy",),
    ("commands",),
    ("tour", "schema"),
    ("testing",),
    ("sandbox", "delivery"),
    ("artifacts",),
    ("terraform",),
    ("stack", "template", "renderer"),
    ("revision",),
    ("costs",),
    ("tiers", "prices"),
    ("extras",),
    ("console", "errors", "__init__"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(
    path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "generator").rglob("*.py")
)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str):
    path = REPOSITORY / module
    own = RANK[_part(module)]

    for imported in _imports(path):
        if imported.startswith("saasgen."):
            part = imported.split(".")[1]
            if part == "__version__":
                continue
            assert RANK[part] >= own, f"{module} imports {imported}"


@pytest.mark.parametrize("module", MODULES)
def test_what_is_heavy_is_imported_where_it_is_used(module: str):
    """`saasgen --help` must not wait for boto3, Copier or moto."""
    if module.startswith("generator/saasgen/sandbox/") or module == "generator/saasgen/renderer.py":
        return
    tree = ast.parse((REPOSITORY / module).read_text("utf-8"))
    top = {name.partition(".")[0] for node in tree.body for name in _names(node)}

    assert not top & {"boto3", "botocore", "copier", "moto"}


def test_every_part_of_the_generator_stands_in_the_architecture():
    drawn = (REPOSITORY / "docs/architecture.md").read_text("utf-8")

    for name in {_part(module) for module in MODULES} - {"__init__", "__main__"}:
        assert f"  {name}.py" in drawn or f"  {name}/" in drawn, name


def test_no_room_of_the_sandbox_is_imported_by_one_that_it_imports():
    prefix = "saasgen.sandbox."
    rooms: dict[str, set[str]] = {}
    for module in MODULES:
        folder, _, name = module.partition("generator/saasgen/sandbox/")
        if name and not folder:
            imported = {n for n in _imports(REPOSITORY / module) if n.startswith(prefix)}
            room = name.removesuffix(".py").split("/")[0]
            rooms.setdefault(room, set()).update(n.split(".")[2] for n in imported)

    assert [
        *TopologicalSorter({room: used - {room} for room, used in rooms.items()}).static_order()
    ]


def _part(module: str) -> str:
    return Path(module).parts[2].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {name for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        if node.module == "saasgen":
            return {f"saasgen.{alias.name}" for alias in node.names}
        return {node.module}
    return set()
