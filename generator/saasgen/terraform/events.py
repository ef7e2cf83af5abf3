"""The JSON lines of `terraform plan -json` and `apply -json`, as typed events.

Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diagnostic:
    """An error or warning: what, in which file or address, and the detail."""

    severity: str
    summary: str
    detail: str
    address: str | None
    where: str | None

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        thing = f"{self.address}: " if self.address else ""
        detail = f"\n  {self.detail.strip()}" if self.detail.strip() else ""
        return f"{thing}{self.summary}{place}{detail}"


@dataclass(frozen=True)
class Progress:
    """A resource operation that starts, ends or fails.

    Attributes:
        state: `start`, `complete` or `errored`.
        action: `create`, `update`, `delete`, `replace`, `read`, ...
        elapsed_s: whole seconds the operation took (0 at the start).
    """

    address: str
    action: str
    state: str
    elapsed_s: int


@dataclass(frozen=True)
class ChangeSummary:
    """How many resources an operation adds, changes and removes."""

    operation: str
    add: int
    change: int
    remove: int


@dataclass(frozen=True)
class PlannedChange:
    """One resource that a plan would change."""

    address: str
    action: str


Event = Diagnostic | Progress | ChangeSummary | PlannedChange


def parse(line: str) -> Event | None:
    """Read one line; None for lines that say nothing to us (drift, versions, outputs)."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    read = _READERS.get(message.get("type", "")) if isinstance(message, dict) else None
    return read(message) if read else None


def _progress(message: dict[str, Any]) -> Progress:
    hook = message["hook"]
    state = str(message["type"]).removeprefix("apply_")
    elapsed = int(hook.get("elapsed_seconds", 0))
    return Progress(hook["resource"]["addr"], hook["action"], state, elapsed)


def _planned_change(message: dict[str, Any]) -> PlannedChange:
    change = message["change"]
    return PlannedChange(change["resource"]["addr"], change["action"])


def _change_summary(message: dict[str, Any]) -> ChangeSummary:
    counts = message["changes"]
    return ChangeSummary(counts["operation"], counts["add"], counts["change"], counts["remove"])


def _diagnostic(message: dict[str, Any]) -> Diagnostic:
    found = message["diagnostic"]
    place = found.get("range") or {}
    line = place.get("start", {}).get("line")
    return Diagnostic(
        severity=found["severity"],
        summary=found["summary"],
        detail=found.get("detail", ""),
        address=found.get("address"),
        where=f"{place['filename']}:{line}" if place.get("filename") else None,
    )


_READERS: dict[str, Callable[[dict[str, Any]], Event]] = {
    "apply_start": _progress,
    "apply_complete": _progress,
    "apply_errored": _progress,
    "change_summary": _change_summary,
    "diagnostic": _diagnostic,
    "planned_change": _planned_change,
}
