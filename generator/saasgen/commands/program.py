"""What a person types to call this `saasgen` from where they are."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def command(*words: str | Path) -> str:
    """A command line that works as it is printed, in the folder that the person is in.

    Args:
        words: what follows `saasgen`; paths are written as seen from that folder.
    """
    shown = [from_here(word) if isinstance(word, Path) else word for word in words]
    return shlex.join([*_program(), *shown])


def from_here(path: Path) -> str:
    """A path as seen from the current folder, if it is in it; else the whole of it."""
    seen = os.path.relpath(path)
    return str(path) if seen.startswith(os.pardir) else seen


def _program() -> list[str]:
    """`saasgen` where PATH leads to this installation, else its own place."""
    script = Path(sys.executable).with_name("saasgen")
    if not script.exists():
        return [from_here(Path(sys.executable)), "-m", "saasgen"]
    found = shutil.which("saasgen")
    if found is not None and Path(found).resolve() == script.resolve():
        return ["saasgen"]
    return [from_here(script)]
