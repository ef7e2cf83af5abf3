"""A stack of the largest tier, applied to its sandbox once for every benchmark of Terraform."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack
from saasgen.terraform.discovery import clean_environment, find_terraform

TIER = "enterprise"


class Applied(NamedTuple):
    """The stack, and how many seconds the command took that brought it up."""

    stack: Stack
    cold_s: float


@contextmanager
def applied() -> Iterator[Applied]:
    """Bring the stack up as a person does who has no cache, for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "globex"
        cache = os.environ.get("SAASGEN_CACHE")
        os.environ["SAASGEN_CACHE"] = str(Path(folder) / "cache")
        saasgen("new", str(path), "--defaults", "--data", f"deployment_tier={TIER}")
        try:
            began = perf_counter()
            saasgen("sandbox", "up", str(path))
            yield Applied(Stack.open(path), perf_counter() - began)
        finally:
            Sandbox(path).stop()
            if cache is None:
                del os.environ["SAASGEN_CACHE"]
            else:
                os.environ["SAASGEN_CACHE"] = cache


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


def saasgen(*arguments: str) -> None:
    """Run a command as a person does.

    Raises:
        CalledProcessError: it failed.
    """
    subprocess.run([sys.executable, "-m", "saasgen", *arguments], capture_output=True, check=True)
