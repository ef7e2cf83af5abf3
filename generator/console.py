"""Where output goes: data to stdout, progress and prose to stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

# Output that is not a terminal has no width to fold to.
_WIDE = 200

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
    """Show a progress bar on stderr for work that takes over two seconds.

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
    with Progress(*columns, console=err, transient=True) as display:
        task = display.add_task(description, total=total, now="")
        yield Bar(display, task)


class Bar:
    """One line of progress: steps done and the thing now being worked on."""

    def __init__(self, display: Progress, task: Any) -> None:
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
