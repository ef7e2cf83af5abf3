"""`--changed`: only the tests that a change can have broken.

Three rules find them, for each file that git says is changed:

* It is a test, or a conftest.py above one.
* A test imports it, however indirectly, itself or by a conftest.py above it.
* `BY_PATH` names tests that reach it in another way: through Terraform, a rendered stack, or a
  command that they start.

What a module imports is read from its source, so that nothing has to be recorded first. A file that
no rule knows, such as pyproject.toml, may break everything.
"""

import ast
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support import REPOSITORY

_OWN_STACK: Final = "tests/end_to_end/smallest/"
_COMMANDS: Final = tuple(
    f"tests/generator/{name}"
    for name in ("artifacts/", "commands/", "costs/", "delivery/", "terraform/", "tour/", "test_")
)
_EVERYTHING: Final = ("tests/", "template/tests/")

BY_PATH: Final[Mapping[str, Sequence[str]]] = {
    "template/terraform/tests/*": ("tests/terraform/",),
    "template/terraform/modules/*/tests/*": ("tests/terraform/",),
    "template/terraform/*": (
        "template/tests/consumers/test_event_types.py",
        "tests/terraform/",
        "tests/permissions/",
        "tests/policies/",
        "tests/generator/costs/",
        "tests/end_to_end/",
    ),
    "template/handlers/*": (
        "tests/permissions/",
        "tests/terraform/test_observability.py",
        "tests/generator/artifacts/test_artifacts.py",
        "template/tests/architecture/",
        "template/tests/api/test_openapi.py",
        _OWN_STACK,
    ),
    "template/migrations/*": ("template/tests/", _OWN_STACK),
    "template/requirements.*": ("tests/generator/artifacts/test_artifacts.py", _OWN_STACK),
    "template/.github/*": ("tests/generator/delivery/", "tests/generator/commands/"),
    "template/*.jinja": (*_COMMANDS, "tests/terraform/test_rendered_files.py", _OWN_STACK),
    "copier.yml": (*_COMMANDS, _OWN_STACK),
    "generator/*": (*_COMMANDS, _OWN_STACK),
    "tools/*": ("tests/generator/test_documentation.py", "tests/generator/delivery/"),
    "docs/*": ("tests/generator/test_documentation.py", "tests/generator/test_architecture.py"),
    "*.md": ("tests/generator/test_documentation.py",),
    "benchmarks/*": (),
    ".gitignore": (),
}
"""Tests by the paths whose change they would notice without importing it; the first that fits."""


IMPORTING_BY_NAME: Final[Mapping[str, str]] = {
    "template/handlers/app.py": "template/handlers/api",
    "generator/saasgen/lazy.py": "generator/saasgen/commands",
    "generator/saasgen/sandbox/aws/__init__.py": "generator/saasgen/sandbox/aws",
    "generator/saasgen/sandbox/snapshots/aws.py": "generator/saasgen/sandbox/aws",
}
"""Files that import modules by names that they put together, and the folder of those modules."""


_FOLDERS: Final[Mapping[str, Sequence[str]]] = {"handlers": ["template"], "saasgen": ["generator"]}
"""The folders that hold a package, where it is not at the top."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--changed` and what it counts from."""
    parser.addoption(
        "--changed",
        metavar="REF",
        help="run only what the changes since a commit can have broken, uncommitted ones included",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no change can have broken."""
    since = config.getoption("--changed")
    if since is None:
        return
    paths = {item.nodeid.partition("::")[0] for item in items}
    chosen = broken_by(changed_files(since), paths)
    left_out = [item for item in items if item.nodeid.partition("::")[0] not in chosen]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item.nodeid.partition("::")[0] in chosen]


def changed_files(since: str) -> list[str]:
    """The files that differ from a commit, and those that git does not know yet."""
    tracked = _git("diff", "--name-only", since)
    return [*tracked, *_git("ls-files", "--others", "--exclude-standard")]


def broken_by(changed: Iterable[str], tests: Iterable[str]) -> set[str]:
    """Of the test files `tests`, those that changes of the files `changed` can have broken."""
    chosen: set[str] = set()
    tests = set(tests)
    for path in changed:
        importing = {test for test in tests if path in _reached(test)}
        named = _named(path)
        if named is None and not importing:
            named = _EVERYTHING
        chosen |= importing | {test for test in tests if test.startswith(tuple(named or ()))}
    return chosen


def _named(path: str) -> Sequence[str] | None:
    return next((tests for pattern, tests in BY_PATH.items() if fnmatch(path, pattern)), None)


@cache
def _reached(test: str) -> frozenset[str]:
    """The files that a test file consists of: itself, each conftest.py above it, their imports."""
    waiting = {test, *(f"{folder}/conftest.py" for folder in Path(test).parents)}
    reached: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file not in reached and (REPOSITORY / file).is_file():
            reached.add(file)
            waiting |= _imported(file)
    return frozenset(reached)


@cache
def _imported(file: str) -> frozenset[str]:
    """The files of ours that a file imports, at its top or within its functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((REPOSITORY / file).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(file, node)
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    by_name = IMPORTING_BY_NAME.get(file)
    folder = (REPOSITORY / by_name).rglob("*.py") if by_name else ()
    return frozenset(
        [
            *(path for name in names for path in _paths(name)),
            *(path.relative_to(REPOSITORY).as_posix() for path in folder),
        ]
    )


def _absolute(file: str, node: ast.ImportFrom) -> str:
    """The module that is imported from; one of the stack's tests is named by its folders."""
    if not node.level:
        return str(node.module)
    folder = Path(file).parents[node.level - 1]
    return ".".join((*folder.parts, *([node.module] if node.module else [])))


def _paths(module: str) -> Iterator[str]:
    """The file of a module and those of its packages, if they are ours."""
    parts = module.split(".")
    roots = [*_FOLDERS.get(parts[0], ()), *parts]
    for end in range(1, len(roots) + 1):
        path = "/".join(roots[:end])
        yield from (f"{path}/__init__.py", f"{path}.py")


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise pytest.UsageError(f"--changed: git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.splitlines()
