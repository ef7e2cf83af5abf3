"""How long rendering one stack takes, against a plain `copier copy` of the same template.

Both run in a process that is already up, in turn. Rendering also makes the stack a git repository
with one commit, which a plain copy does not.
"""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figure import Figure
from saasgen import template

RUNS = 7
TARGET = 0.6
ANSWERS = {"stack_name": "acme"}


def measure() -> list[Figure]:
    """Render the template RUNS times into new folders, by the generator and by Copier."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        _rendered(Path(folder) / "first")  # makes the snapshot of the template, once for ever
        for run in range(RUNS):
            copied = _copied(Path(folder) / f"copied-{run}")
            times.append((_rendered(Path(folder) / f"rendered-{run}"), copied))
    took, baseline = (median(each) for each in zip(*times, strict=True))
    name = "render one stack (baseline: plain copier copy)"
    target = f"under {TARGET:g} x"
    return [Figure(name, took, "s", baseline, target, took < TARGET * baseline)]


def _rendered(folder: Path) -> float:
    began = perf_counter()
    source = template.source(None, None)
    template.render(source, folder / "acme", dict(ANSWERS), interactive=False)
    return perf_counter() - began


def _copied(folder: Path) -> float:
    from copier import run_copy

    source = template.source(None, None)
    with source.reachable():
        began = perf_counter()
        run_copy(source.address, folder / "acme", dict(ANSWERS), defaults=True, quiet=True)
        return perf_counter() - began
