"""A name says what it names: no two classes below the API share one, and nothing is just found."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import handlers

ROOT = Path(str(handlers.__file__)).parent
MODULES = sorted(ROOT.rglob("*.py"))
# The API's models bear the names of the domain's classes that they show.
BELOW_API = [path for path in MODULES if path.relative_to(ROOT).parts[0] != "api"]
VAGUE = {"found"}


def trees(paths: list[Path]) -> list[ast.Module]:
    return [ast.parse(path.read_text("utf-8")) for path in paths]


def test_classes_below_the_api_have_names_of_their_own() -> None:
    classes = Counter(
        node.name
        for tree in trees(BELOW_API)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    )

    public = {name: number for name, number in classes.items() if not name.startswith("_")}
    assert {name for name, number in public.items() if number > 1} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_variable_is_named_after_what_it_holds(path: Path) -> None:
    names = {
        node.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }

    assert not names & VAGUE
