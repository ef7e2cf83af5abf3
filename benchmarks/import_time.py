"""Import time of an API function against the libraries it cannot do without.

Each run is a process of its own with the built layer, as in the sandbox. It imports the libraries,
then what the function adds to them, and times both: one process is as busy as itself. Of each part
the fastest run counts: what else the machine does can only make a run slower.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figure import Figure
from saasgen import template
from saasgen.artifacts.build import build
from saasgen.artifacts.runtime import SANDBOX
from saasgen.stack import Stack
from saasgen.testing import ENVIRONMENT

RUNS = 21
TARGET = 1.15
# By the names that functions use: `import pydantic` alone is lazy and imports next to nothing, and
# its schema builder is imported with the first model.
LIBRARIES = (
    "import chalice.app, psycopg, psycopg.rows\n"
    "from aws_lambda_powertools import Logger, Metrics\n"
    "from pydantic import BaseModel, ConfigDict, Field\n"
    "class One(BaseModel):\n"
    "    x: int"
)
FUNCTION = "from handlers import app; app.handler"
TIMED = f"""
import time
began = time.perf_counter()
{LIBRARIES}
between = time.perf_counter()
{FUNCTION}
print(between - began, time.perf_counter() - between)
"""


def measure() -> list[Figure]:
    """Import four libraries and the subscriptions function that needs them, RUNS times."""
    with tempfile.TemporaryDirectory() as folder:
        stack_dir = Path(folder) / "acme"
        answers = {"stack_name": "acme"}
        template.render(template.source(None, None), stack_dir, answers, interactive=False)
        build(Stack.open(stack_dir), SANDBOX, lambda _: None)
        built = stack_dir / "build" / "sandbox"
        path = os.pathsep.join([str(built / "layer"), str(built / "code")])
        parts = [_import(path) for _ in range(RUNS)]
    libraries, added = (min(part) * 1000 for part in zip(*parts, strict=True))
    function = libraries + added
    name = "import an API function (baseline: chalice, pydantic, psycopg, powertools)"
    target = f"within {TARGET} x"
    return [Figure(name, function, "ms", libraries, target, function / libraries <= TARGET)]


def _import(path: str) -> tuple[float, float]:
    """Import the libraries, then the function; return the seconds that each took."""
    environment = {**ENVIRONMENT, "PYTHONPATH": path, "API_FUNCTION": "subscriptions"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", TIMED],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    libraries, added = map(float, done.stdout.split())
    return libraries, added
