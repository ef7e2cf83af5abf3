"""How long rendering one stack takes, in a process that is already up."""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figure import Figure
from generator import template

RUNS = 7
TARGET_S = 1.0


def measure() -> list[Figure]:
    """Render the template RUNS times into new folders."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS):
            began = perf_counter()
            source = template.source(None, None)
            destination = Path(folder) / str(run) / "acme"
            template.render(source, destination, {"stack_name": "acme"}, interactive=False)
            times.append(perf_counter() - began)
    took = median(times)
    return [Figure("render one stack", took, "s", None, "under 1 s", took < TARGET_S)]
