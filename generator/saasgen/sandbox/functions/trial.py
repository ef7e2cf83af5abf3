"""Whether functions can be loaded from a folder of code, tried before any of them runs from it.

One process imports the code once and forks for each function, which loads its handler in its own
environment: what 32 processes would need many seconds for takes half of one.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

_PATIENCE_S: Final = 60.0
_PROGRAM: Final = """
import importlib, json, os, pathlib, pkgutil, sys, traceback

paths, functions = json.load(sys.stdin)
sys.path[:0] = paths

def load(handler):
    module, _, name = handler.rpartition(".")
    getattr(importlib.import_module(module.replace("/", ".")), name)

def fork(function):
    child = os.fork()
    if child:
        return child
    try:
        os.environ.update(function["environment"])
        load(function["handler"])
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

for found in pkgutil.walk_packages([paths[0]], onerror=lambda _: None):
    try:
        importlib.import_module(found.name)
    except BaseException:
        pass  # only a function that needs the module fails, and says why
children = {fork(function): function["name"] for function in functions}
failed = [name for child, name in children.items() if os.waitpid(child, 0)[1]]
print(json.dumps(failed))
"""


class Candidate(NamedTuple):
    """A function that is to be loaded."""

    name: str
    handler: str
    environment: Mapping[str, str]


def loading_failure(paths: Sequence[Path], functions: Sequence[Candidate]) -> str | None:
    """Load functions; return the names of those that fail, with their tracebacks.

    Args:
        paths: folders to put in front of `sys.path`; the first holds the functions' own code.
        functions: what to load; at least one.
    """
    order = json.dumps([[str(path) for path in paths], [one._asdict() for one in functions]])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", _PROGRAM],
            cwd=paths[0],
            env=dict(functions[0].environment),
            input=order,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return f"The functions were not loaded within {_PATIENCE_S:g} seconds."
    failed = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else ["all functions"]
    return f"{', '.join(failed)} cannot be loaded:\n{done.stderr.strip()}" if failed else None
