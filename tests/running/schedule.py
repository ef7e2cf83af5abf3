"""Which worker runs what, and in which order.

A worker gets a file at a time, so that what a file's tests share is made once. A file of minutes
whose tests share little is handed out test by test. What takes longest begins first, so that no
worker drags it alone at the end.

Much of the suite waits: for an apply, whose provider sleeps; for a process that starts; for the
other side of a socket. So there are more workers than processors.
"""

import os
from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_WORKERS_PER_PROCESSOR = 2
_MOST_WORKERS = 8

# Their first tests wait for an apply, or start a provider: longest first.
_FIRST = (
    "tests/end_to_end/smallest/test_changes.py",
    "tests/end_to_end/test_largest_stack.py",
    "tests/end_to_end/test_bootstrap.py",
    "tests/end_to_end/test_every_tier.py",
    "tests/end_to_end/test_policy_scan.py",
    "tests/end_to_end/test_wrong_values.py",
    "tests/end_to_end/",
    "tests/terraform/",
    "tests/permissions/",
    "template/tests/crashes/",
    "tests/generator/artifacts/test_artifacts.py",
    "tests/generator/delivery/test_delivery.py",
    "tests/generator/sandbox/",
)
_TEST_BY_TEST = (
    "tests/end_to_end/test_every_tier.py",
    "tests/terraform/test_modules.py",
    "tests/terraform/test_root.py",
    "template/tests/crashes/test_crashes.py",
)


class Schedule(LoadScopeScheduling):
    """Hands out files, and some of them test by test."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in _TEST_BY_TEST else file


def pytest_xdist_auto_num_workers() -> int:
    """Say how many workers `-n auto` starts."""
    return min(_WORKERS_PER_PROCESSOR * (os.cpu_count() or 1), _MOST_WORKERS)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Schedule:
    """Replace the scheduler of `--dist`, whichever it is."""
    config.option.loadscopereorder = False  # by number of tests, which says little of their time
    return Schedule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest; the rest keeps its order."""
    items.sort(key=lambda item: _rank(item.nodeid, _FIRST))


def _rank(nodeid: str, first: Sequence[str]) -> int:
    return next((n for n, prefix in enumerate(first) if nodeid.startswith(prefix)), len(first))
