"""Where output goes: data to stdout, progress and prose to stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
)
from rich.progress import TimeElapsedColumn as Elapsed

# Output that is not a terminal has no width to fold to.
_WIDE = 200
# How often a pipe is told that work goes on: no reader waits ten seconds for a sign of life.
_BEAT_S = 4.0

out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, soft_wrap=True)


def say(message: str) -> None:
    """Print one line of prose for the person (stderr, markup allowed)."""
    err.print(message)


def emit_json(value: Any) -> None:
    """Print `value` as the one JSON document of a command (stdout)."""
    print(json.dumps(value, indent=2, default=str))


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator["Bar"]:
    """Show on stderr how work goes on: a bar on a terminal, elsewhere a line every few seconds.

    Args:
        description: what is being done, e.g. "Applying".
        total: number of steps, or None while it is not known.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("[bold]{task.description}[/bold]"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Elapsed(),
        TextColumn("{task.fields[now]}"),
    )
    display = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
    task = display.add_task(description, total=total, now="")
    bar = Bar(display, task)
    with display if err.is_terminal else _beating(bar):
        yield bar


class Bar:
    """One line of progress: steps done and the thing now being worked on."""

    def __init__(self, display: Progress, task: TaskID) -> None:
        self._display = display
        self._task = task

    def total(self, steps: int) -> None:
        """Set how many steps there are once that is known."""
        self._display.update(self._task, total=steps)

    def now(self, thing: str) -> None:
        """Name the thing now being worked on."""
        self._display.update(self._task, now=thing)

    def step(self) -> None:
        """Count one step as done."""
        self._display.advance(self._task)

    def line(self) -> str:
        """What the bar shows, in words."""
        [task] = self._display.tasks
        counted = f", {task.completed:g} of {task.total:g}" if task.total else ""
        now = f": {task.fields['now']}" if task.fields["now"] else ""
        return f"{task.description}{counted}{now}"


@contextmanager
def _beating(bar: Bar) -> Iterator[None]:
    """Print the bar's line every few seconds."""
    began, ended = monotonic(), Event()

    def beat() -> None:
        while not ended.wait(_BEAT_S):
            err.print(f"  {bar.line()} ({monotonic() - began:.0f} s)", markup=False)

    beater = Thread(target=beat, daemon=True)
    beater.start()
    try:
        yield
    finally:
        ended.set()
        beater.join()
