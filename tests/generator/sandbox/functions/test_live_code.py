"""A saved handler is what the next invocation runs; a broken one is not run."""

import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from saasgen.errors import UserError
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.state.model import Function
from tests.generator.sandbox.small_functions import function

GREETING = "from handlers.words import WORD\ndef handler(event, context): return WORD\n"


class Stack:
    """The handlers of a stack, and a runner that began with what was built of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runner = Runner(Layout(root), lambda _environment: {})
        self.save("__init__", "")
        self.save("words", "WORD = 'old'\n")
        self.save("greet", GREETING)

    def save(self, module: str, text: str) -> None:
        path = self.root / f"handlers/{module}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def serve(self, **handlers: str) -> None:
        self.runner.serve([self._function(name, module) for name, module in handlers.items()])

    def answer(self, name: str = "greet") -> Any:
        return self.runner.invoke(name, {}).payload

    def _function(self, name: str, module: str) -> Function:
        archive = self.root / "code.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in sorted((self.root / "handlers").glob("*.py")):
                file.write(path, f"handlers/{path.name}")
        made = function(self.root, "", name, handler=f"handlers.{module}.handler")
        return Function(**(vars(made) | {"code": archive}))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path)
    made.serve(greet="greet")
    yield made
    made.runner.close()


def test_the_next_invocation_runs_what_was_saved(stack: Stack) -> None:
    assert stack.answer() == "old"
    stack.save("words", "WORD = 'new'\n")

    replaced = stack.runner.replace_code()

    assert (replaced.files, replaced.error) == (("handlers/words.py",), None)
    assert stack.answer() == "new"


def test_a_file_that_is_new_and_one_that_is_gone_are_seen(stack: Stack) -> None:
    stack.save("names", "WORD = 'newer'\n")
    stack.save("greet", GREETING.replace("words", "names"))
    (stack.root / "handlers/words.py").unlink()

    replaced = stack.runner.replace_code()

    assert replaced.files == ("handlers/greet.py", "handlers/names.py", "handlers/words.py")
    assert stack.answer() == "newer"


def test_nothing_happens_where_nothing_was_saved(stack: Stack) -> None:
    stack.answer()
    before = stack.runner.status()

    assert stack.runner.replace_code().files == ()
    assert stack.runner.status() == before


def test_code_that_cannot_be_imported_is_named_and_the_old_code_goes_on(stack: Stack) -> None:
    stack.answer()
    stack.save("words", "import nothing_like_this\n")

    replaced = stack.runner.replace_code()

    assert replaced.error is not None
    assert "No module named 'nothing_like_this'" in replaced.error
    assert stack.answer() == "old"
    assert not list(stack.root.glob(".sandbox/unpacked/live-*"))

    stack.save("words", "WORD = 'mended'\n")
    assert stack.runner.replace_code().error is None
    assert stack.answer() == "mended"


def test_a_file_that_is_not_python_is_named_with_its_line(stack: Stack) -> None:
    stack.save("words", "WORD = 'new\n")

    with pytest.raises(UserError, match=r"handlers/words\.py is not valid Python.*line 1"):
        stack.runner.replace_code()
    assert stack.answer() == "old"


def test_an_error_in_a_function_that_nobody_called_yet_is_found(stack: Stack) -> None:
    stack.save("other", "def handler(event, context): return 'fine'\n")
    stack.serve(greet="greet", other="other")
    stack.save("other", "raise RuntimeError('at import')\n")

    assert "at import" in (stack.runner.replace_code().error or "")
    assert stack.answer("other") == "fine"


def test_what_a_handler_imports_when_it_is_loaded_is_tried_too(stack: Stack) -> None:
    lazy = """
import importlib
def __getattr__(name):
    return importlib.import_module("handlers.greet").handler
"""
    stack.save("app", lazy)
    stack.serve(lazy="app")
    stack.save("greet", "import nothing_like_this\n")

    assert "nothing_like_this" in (stack.runner.replace_code().error or "")
    assert stack.answer("lazy") == "old"


def test_an_invocation_under_way_ends_on_the_code_that_it_began_on(stack: Stack) -> None:
    began = stack.root / "began"
    slow = f"""
import pathlib, time
def handler(event, context):
    pathlib.Path({str(began)!r}).touch()
    time.sleep(1)
    from handlers.words import WORD
    return WORD
"""
    stack.save("greet", slow)
    stack.runner.replace_code()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(stack.answer)
        while not began.exists():
            time.sleep(0.01)
        stack.save("words", "WORD = 'new'\n")
        stack.runner.replace_code()
        assert first.result() == "old"
    assert stack.answer() == "new"


def test_what_is_built_again_takes_the_place_of_what_was_saved(stack: Stack) -> None:
    stack.save("words", "WORD = 'saved'\n")
    stack.runner.replace_code()
    stack.save("words", "WORD = 'built'\n")

    stack.serve(greet="greet")

    assert stack.answer() == "built"
