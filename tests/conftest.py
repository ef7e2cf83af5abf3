"""What was not run is said."""

from collections.abc import Sequence

import pytest

_not_run: list[str] = []


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember the tests that their marker keeps out of a usual run."""
    _not_run.extend(item.nodeid for item in items if item.get_closest_marker("tiers"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List them at the end, with what runs them."""
    if _not_run:
        terminalreporter.section("not run: `make test-tiers` does")
        for nodeid in _not_run:
            terminalreporter.line(nodeid)
