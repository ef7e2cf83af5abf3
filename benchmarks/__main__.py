"""`make bench`: the figures of the README, as ratios of one run on one machine.

Prints a table and writes `build/bench.json`: a list of objects with `name`, `value`, `unit`,
`baseline`, `ratio`, `target`, `holds`.
"""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    api_overhead,
    applied_stack,
    apply_time,
    billing_run,
    import_time,
    metering,
    plan_time,
    render,
    snapshots,
)
from benchmarks.figure import Figure

RESULT = Path("build/bench.json")


def main() -> int:
    """Run every benchmark; exit code 1 when a target does not hold."""
    figures: list[Figure] = []
    for benchmark in (render, import_time, api_overhead, metering, billing_run):
        figures += benchmark.measure()
    with applied_stack.applied() as (stack, cold_s):
        figures += plan_time.measure(stack)
        figures += apply_time.measure(stack)
        figures += snapshots.measure(stack, cold_s)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    _print(figures)
    return 0 if all(figure.holds for figure in figures) else 1


def _print(figures: list[Figure]) -> None:
    table = Table("what", "value", "baseline", "ratio", "target", "holds", box=None, pad_edge=False)
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        baseline = "" if figure.baseline is None else f"{figure.baseline:.3g} {figure.unit}"
        holds = "yes" if figure.holds else "NO"
        value = f"{figure.value:.3g} {figure.unit}"
        table.add_row(figure.name, value, baseline, ratio, figure.target, holds)
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main())
