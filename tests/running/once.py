"""What is made once for all workers: on disk, by the first that asks, while the others wait."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


class Once:
    """Folders that several processes share.

    Args:
        root: where they are.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def make(self, name: str, into: Callable[[Path], None]) -> Path:
        """The folder `name`, which `into` has filled; a maker that failed is followed by the next.

        Args:
            name: of the folder, and so what distinguishes it.
            into: fills a folder that is empty.
        """
        folder, made = self._root / name, self._root / f"{name}.made"
        with (self._root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                into(folder)
                made.touch()
        return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """What the workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    root = (own.parent if is_worker else own) / "made-once"
    root.mkdir(exist_ok=True)
    return Once(root)
