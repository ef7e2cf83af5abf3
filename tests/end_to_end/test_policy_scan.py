"""checkov finds nothing in the plan of any tier in prod but what exceptions.yaml accepts.

Beside the tiers a stack is scanned that has what only some answers ask for.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from saasgen.tiers import TIERS
from tests.end_to_end.conftest import PlannedStack
from tests.policies.checkov import Scan, scan_plans
from tests.policies.exceptions import Exceptions, unaccepted, unneeded


@pytest.fixture(scope="module")
def scan(planned: Callable[..., PlannedStack], tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """All plans at once: most of a scan's time is checkov's own start."""
    folder = tmp_path_factory.mktemp("plans")
    stacks = {tier: planned(tier, "prod") for tier in TIERS}
    stacks["stripe"] = planned("seed", "prod", "payments=stripe")
    return scan_plans(
        *(shutil.copy(stack.plan, folder / f"{name}.json") for name, stack in stacks.items())
    )


def test_every_tier_was_scanned(scan: Scan):
    assert {Path(finding.file).stem for finding in scan.findings} == {*TIERS, "stripe"}
    assert scan.resources > 200 * len(TIERS)
    assert scan.passed > 400 * len(TIERS)


def test_nothing_is_found_but_what_was_accepted(scan: Scan):
    assert unaccepted(scan.findings, Exceptions.read().stack) == []


def test_every_exception_is_still_needed(scan: Scan):
    assert unneeded(scan.findings, Exceptions.read().stack) == []
