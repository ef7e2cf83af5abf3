"""The end of a run names the tests that were not run, whichever process left them out."""

from collections.abc import Sequence
from typing import Any

import pytest

_not_run: set[str] = set()


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember the tests that their marker keeps out of a usual run."""
    _not_run.update(item.nodeid for item in items if item.get_closest_marker("tiers"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints, if this one is a worker."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = sorted(_not_run)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker left out."""
    _not_run.update(getattr(node, "workeroutput", {}).get("not_run", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List them at the end, with what runs them."""
    if _not_run:
        terminalreporter.section("not run: `make test-tiers` does")
        for nodeid in sorted(_not_run):
            terminalreporter.line(nodeid)
