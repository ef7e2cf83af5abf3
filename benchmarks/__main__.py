"""`make bench`: the figures of the README, as ratios of one run on one machine.

`python -m benchmarks NAME...` (`make bench ONLY="NAME..."`) measures single ones. Prints a table
and writes `build/bench.json`: a list of objects with `name`, `value`, `unit`, `baseline`, `ratio`,
`target`, `holds`.
"""

import argparse
import json
import sys
from collections.abc import Callable
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
    speed,
    start_time,
)
from benchmarks.figure import Figure

RESULT = Path("build/bench.json")


def _terraform() -> list[Figure]:
    with applied_stack.applied() as (stack, cold_s):
        return [
            *plan_time.measure(stack),
            *apply_time.measure(stack),
            *snapshots.measure(stack, cold_s),
        ]


BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "speed": speed.measure,
    "start": start_time.measure,
    "render": render.measure,
    "imports": import_time.measure,
    "api": api_overhead.measure,
    "metering": metering.measure,
    "billing": billing_run.measure,
    "terraform": _terraform,
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks; exit code 1 when a target does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("only", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    wanted = parser.parse_args(arguments).only or list(BENCHMARKS)
    # every run says how fast the hour is
    names = [name for name in BENCHMARKS if name in {*wanted, "speed"}]
    figures = [figure for name in names for figure in BENCHMARKS[name]()]
    _write(figures)
    _print(figures)
    return 0 if all(figure.holds for figure in figures) else 1


def _write(figures: list[Figure]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")


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
    sys.exit(main(sys.argv[1:]))
