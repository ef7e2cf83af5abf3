"""How long `saasgen` takes to start, against importing the library that its commands stand on.

Each run is a process of its own; the four alternate. Of each the fastest run counts: what else the
machine does can only make a run slower.
"""

import subprocess
import sys
from time import perf_counter

from benchmarks.figure import Figure

RUNS = 15
TARGET = 1.5
_SAASGEN = "import sys; from saasgen.cli import run; sys.exit(run(sys.argv[1:]))"


def measure() -> list[Figure]:
    """Start Python RUNS times for each: two options, and what each cannot do without."""
    runs = [
        (
            _seconds(_SAASGEN, "--version"),
            _seconds("import typer"),
            _seconds(_SAASGEN, "--help"),
            _seconds("import typer.rich_utils"),
        )
        for _ in range(RUNS)
    ]
    version, typer, shown, rich = (min(times) * 1000 for times in zip(*runs, strict=True))
    return [
        _figure("saasgen --version (baseline: import typer)", version, typer),
        _figure("saasgen --help (baseline: import what Typer writes help with)", shown, rich),
    ]


def _figure(name: str, took: float, baseline: float) -> Figure:
    target = f"within {TARGET:g} x"
    return Figure(name, took, "ms", baseline, target, took <= TARGET * baseline)


def _seconds(program: str, *arguments: str) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=True)
    return perf_counter() - began
