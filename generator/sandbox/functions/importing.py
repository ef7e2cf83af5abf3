"""Whether code can be imported, tried in a process of its own before any function runs it."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

_PATIENCE_S: Final = 60.0
_PROGRAM: Final = """
import importlib, sys, traceback
count = int(sys.argv[1])
sys.path[:0] = sys.argv[2 : 2 + count]
for module in sys.argv[2 + count :]:
    try:
        importlib.import_module(module)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
"""


def import_failure(
    handlers: Iterable[str], paths: Sequence[Path], environment: Mapping[str, str]
) -> str | None:
    """Import the modules of `handlers`; return the traceback of the first that fails.

    Args:
        handlers: as in the configuration of functions.
        paths: folders to put in front of `sys.path`.
        environment: the complete environment.
    """
    modules = sorted({handler.rpartition(".")[0].replace("/", ".") for handler in handlers})
    command = [sys.executable, "-I", "-B", "-c", _PROGRAM, str(len(paths)), *map(str, paths)]
    try:
        done = subprocess.run(
            [*command, *modules],
            cwd=paths[0],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return f"the handlers were not imported within {_PATIENCE_S:g} seconds"
    return done.stderr.strip() if done.returncode else None
