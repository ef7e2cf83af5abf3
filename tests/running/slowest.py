"""The end of a run names the files that took longest, over all workers."""

from collections import Counter

import pytest

_SHOWN = 10
_seconds: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up a phase of a test; the process that prints hears of those of every worker."""
    _seconds[report.nodeid.partition("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the slowest files, in seconds of the workers that ran them."""
    terminalreporter.section(f"slowest {_SHOWN} files, of {_seconds.total():.0f} worker-seconds")
    for file, seconds in _seconds.most_common(_SHOWN):
        terminalreporter.line(f"{seconds:7.1f} s  {file}")
