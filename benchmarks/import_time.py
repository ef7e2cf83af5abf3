"""Import time of an API function against the libraries it cannot do without.

Each import is a process of its own with the built layer, as in the sandbox; runs alternate. Of each
side the fastest run counts: what else the machine does can only make a run slower.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figure import Figure
from generator import template
from generator.artifacts.build import build
from generator.artifacts.runtime import SANDBOX
from generator.stack import Stack
from generator.testing import ENVIRONMENT

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
TIMED = "import time; began = time.perf_counter()\n{code}\nprint(time.perf_counter() - began)"


def measure() -> list[Figure]:
    """Import the subscriptions function, and its four libraries alone, RUNS times each."""
    with tempfile.TemporaryDirectory() as folder:
        stack_dir = Path(folder) / "acme"
        answers = {"stack_name": "acme"}
        template.render(template.source(None, None), stack_dir, answers, interactive=False)
        build(Stack.open(stack_dir), SANDBOX, lambda _: None)
        built = stack_dir / "build" / "sandbox"
        path = os.pathsep.join([str(built / "layer"), str(built / "code")])
        pairs = [(_import(path, FUNCTION), _import(path, LIBRARIES)) for _ in range(RUNS)]
    function, libraries = (min(side) * 1000 for side in zip(*pairs, strict=True))
    name = "import an API function (baseline: chalice, pydantic, psycopg, powertools)"
    target = f"within {TARGET} x"
    return [Figure(name, function, "ms", libraries, target, function / libraries <= TARGET)]


def _import(path: str, code: str) -> float:
    environment = {**ENVIRONMENT, "PYTHONPATH": path, "API_FUNCTION": "subscriptions"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", TIMED.format(code=code)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
