"""A stack of the largest tier, applied to its sandbox once for every benchmark of Terraform."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.sandbox.client import Sandbox
from generator.stack import Stack
from generator.terraform.discovery import clean_environment, find_terraform

TIER = "enterprise"


@contextmanager
def applied() -> Iterator[Stack]:
    """Bring the stack up as a person does, for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "globex"
        _saasgen("new", str(path), "--defaults", "--data", f"deployment_tier={TIER}")
        try:
            _saasgen("sandbox", "up", str(path))
            yield Stack.open(path)
        finally:
            Sandbox(path).stop()


def terraform(stack: Stack, *arguments: str, folder: Path | None = None) -> str:
    """Run Terraform against the stack's sandbox and return what it printed.

    Args:
        folder: another root than the stack's own, with its own data beside it.
    """
    environment = {**os.environ, **Sandbox(stack.root).environment()}
    if folder is not None:
        environment["TF_DATA_DIR"] = str(folder / ".terraform")
    done = subprocess.run(
        [find_terraform(), *arguments],
        cwd=folder or stack.terraform_dir,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _saasgen(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "generator", *arguments], capture_output=True, check=True)
