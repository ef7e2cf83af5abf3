"""The handlers as they are saved now, as a folder that functions can run from.

It is like the unpacked artifact that it begins with: bytecode beside each module, for processes
write none. Files that did not change are linked, so that a saved file costs one copy.
"""

import importlib.util
import os
import py_compile
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from saasgen.errors import UserError

_HANDLERS: Final = "handlers"
_OPT: Final = "/opt"  # as in an artifact: recorded paths do not tell where a stack lies


class Tree(NamedTuple):
    """A folder of code.

    Attributes:
        folder: where it is.
        changed: the files in which it differs from the tree before it, relative to both.
    """

    folder: Path
    changed: tuple[str, ...] = ()


class LiveCode:
    """Makes trees of a stack's handlers.

    Args:
        stack: the stack's folder.
        folder: where trees are kept.
    """

    def __init__(self, stack: Path, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    def tree(self, current: Path) -> Tree:
        """Make a tree of what is saved; it is `current` if nothing was saved since.

        Raises:
            UserError: a file is not valid Python; the message shows the line.
        """
        changed = self._changed(current)
        gone = [file for file in _files(current) if not (self._stack / file).is_file()]
        if not (changed or gone):
            return Tree(current)
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self._folder, prefix="live-"))
        try:
            shutil.copytree(current, fresh, copy_function=os.link, dirs_exist_ok=True)
            for file in gone:
                _remove(fresh / file)
            for file in changed:
                self._replace(fresh, file)
        except BaseException:
            shutil.rmtree(fresh)
            raise
        return Tree(fresh, (*map(str, changed), *map(str, gone)))

    @staticmethod
    def discard(tree: Tree) -> None:
        """Remove a tree that nothing runs from."""
        if tree.changed:
            shutil.rmtree(tree.folder)

    def _changed(self, current: Path) -> Sequence[Path]:
        return [
            file
            for file in _files(self._stack)
            if not (current / file).is_file()
            or (current / file).read_bytes() != (self._stack / file).read_bytes()
        ]

    def _replace(self, tree: Path, file: Path) -> None:
        target = tree / file
        _remove(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._stack / file, target)
        if file.suffix == ".py":
            _compile(target, file)


def _files(root: Path) -> Iterator[Path]:
    """The files of the handlers in a folder, relative to it, without bytecode."""
    for path in sorted((root / _HANDLERS).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root)


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    if file.suffix == ".py":
        _bytecode(file).unlink(missing_ok=True)


def _compile(target: Path, file: Path) -> None:
    try:
        py_compile.compile(
            str(target),
            cfile=str(_bytecode(target)),
            dfile=f"{_OPT}/{file}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except py_compile.PyCompileError as error:
        raise UserError(f"{file} is not valid Python: {error.msg.strip()}") from error


def _bytecode(file: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(file)))
