"""Imports run one way, and what is slow to import is imported where it is used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import handlers

ROOT = Path(handlers.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# What each layer may import besides itself.
LAYERS = {
    "api": {"services", "domain", "platform", "catalog"},
    "consumers": {"services", "domain", "platform", "catalog"},
    "jobs": {"services", "domain", "platform", "catalog"},
    "triggers": {"services", "domain", "platform", "catalog"},
    "services": {"domain", "platform", "catalog"},
    "domain": {"platform", "catalog"},
    "platform": {"catalog"},
    "catalog": set(),
}

# Which rooms of its own layer a room may import. No room imports one that imports it.
ROOMS = {
    "domain": {
        "base": set(),
        "tenants": {"base"},
        "audit": {"base"},
        "terms": {"base"},
        "access": {"base", "tenants"},
        "subscriptions": {"base", "tenants"},
        "metering": {"base", "terms"},
        "model_registry": {"base", "metering"},
        "notifications": {"base", "access"},
        "approvals": {"base", "access", "terms", "model_registry"},
        "billing": {"base", "terms", "subscriptions", "notifications"},
        "payments": {"base", "billing"},
    },
    "platform": {
        "base": set(),
        "database": {"base"},
        "messaging": {"base", "database"},
        "aws": {"base", "messaging"},
        "payments": {"base"},
    },
}
# What the domain may import of the platform: nothing that calls the outside.
OF_PLATFORM = {"base", "database", "messaging", "payments.stripe_objects"}

SLOW = {"boto3", "botocore", "fpdf", "stripe"}
OUTSIDE = SLOW - {"fpdf"} | {"chalice", "aws_lambda_powertools", "urllib", "http", "requests"}


def module_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_at_load(tree: ast.Module) -> Iterator[str]:
    """List what importing a module imports: not what stands in functions or is for types alone."""
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)
        waiting += ast.iter_child_nodes(node)


def layers_imported(path: Path) -> set[str]:
    names = imports(ast.parse(path.read_text()))
    parts = [name.split(".") for name in names if name.startswith("handlers.")]
    return {part[1] for part in parts if part[1] in LAYERS}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_run_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    if layer in LAYERS:
        assert layers_imported(path) <= LAYERS[layer] | {layer}


def imported_parts(path: Path) -> Iterator[tuple[str, ...]]:
    """List what a module imports of the stack, as in `("domain", "terms", "margins")`."""
    for name in imports(ast.parse(path.read_text())):
        if name.startswith("handlers."):
            yield tuple(name.split(".")[1:])


@pytest.mark.parametrize(("layer", "rooms"), ROOMS.items(), ids=ROOMS)
def test_every_room_is_one_we_know(layer: str, rooms: dict[str, set[str]]) -> None:
    assert {path.stem for path in (ROOT / layer).iterdir() if path.name[0] != "_"} == set(rooms)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_import_each_other_one_way(path: Path) -> None:
    layer, *rest = path.relative_to(ROOT).with_suffix("").parts
    if layer not in ROOMS or rest == ["__init__"]:
        return
    found = {parts[1] for parts in imported_parts(path) if parts[0] == layer and len(parts) > 1}
    assert found - {rest[0]} <= ROOMS[layer][rest[0]]


@pytest.mark.parametrize("rooms", ROOMS.values(), ids=ROOMS)
def test_no_room_is_imported_by_one_that_it_imports(rooms: dict[str, set[str]]) -> None:
    assert [*TopologicalSorter(rooms).static_order()]


@pytest.mark.parametrize("path", sorted((ROOT / "domain").rglob("*.py")), ids=module_name)
def test_the_domain_calls_nothing_outside(path: Path) -> None:
    found = {".".join(parts[1:]) for parts in imported_parts(path) if parts[0] == "platform"}
    packages = {"", *(name.partition(".")[0] for name in OF_PLATFORM)}
    assert not {name for name in found - packages if not name.startswith((*OF_PLATFORM,))}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_what_is_slow_is_imported_on_first_use(path: Path) -> None:
    loaded = {name.split(".")[0] for name in imports_at_load(ast.parse(path.read_text()))}
    assert not loaded & SLOW


@pytest.mark.parametrize("path", sorted((ROOT / "domain").rglob("*.py")), ids=module_name)
def test_the_domain_knows_neither_aws_nor_http(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(ast.parse(path.read_text()))} & OUTSIDE


@pytest.mark.parametrize("path", sorted((ROOT / "catalog").rglob("*.py")), ids=module_name)
def test_the_catalogue_is_data_that_needs_the_standard_library_only(path: Path) -> None:
    allowed = set(sys.stdlib_module_names) | {"handlers"}
    assert {name.split(".")[0] for name in imports(ast.parse(path.read_text()))} <= allowed


def test_every_layer_is_one_we_know() -> None:
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert folders == set(LAYERS)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import boto3", {"boto3"}),
        ("try:\n    import boto3\nexcept ImportError: ...", {"boto3"}),
        ("if True:\n    from botocore.config import Config", {"botocore"}),
        ("if TYPE_CHECKING:\n    import stripe", set()),
        ("if TYPE_CHECKING: ...\nelse:\n    import stripe", {"stripe"}),
        ("class A:\n    import stripe", {"stripe"}),
        ("def f():\n    import boto3", set()),
    ],
)
def test_the_guard_sees_an_import_wherever_loading_runs_it(code: str, found: set[str]) -> None:
    assert {name.split(".")[0] for name in imports_at_load(ast.parse(code))} & SLOW == found


@pytest.mark.parametrize(
    "module",
    [
        "handlers.app",
        "handlers.api.tenants",
        "handlers.api.billing.invoice_documents",
        "handlers.api.payments.payment_methods",
        "handlers.api.payments.webhooks",
        "handlers.consumers.collect_payments",
        "handlers.consumers.generate_invoice",
        "handlers.jobs.reconcile_payments",
        "handlers.triggers.pre_token",
    ],
)
def test_loading_a_function_loads_no_sdk(module: str) -> None:
    # Powertools itself brings a corner of botocore; its session is where the time goes
    code = (
        f"import sys, {module};"
        " print({'boto3', 'botocore.session', 'fpdf', 'stripe'} & {*sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
