"""checkov finds nothing in the plan of any tier in prod but what exceptions.yaml accepts."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.tiers import TIERS
from tests.end_to_end.conftest import PlannedStack
from tests.policies.checkov import Scan, scan_plans
from tests.policies.exceptions import Exceptions, unaccepted, unneeded


@pytest.fixture(scope="module")
def scan(
    planned: Callable[[str, str], PlannedStack], tmp_path_factory: pytest.TempPathFactory
) -> Scan:
    """All tiers at once: most of a scan's time is checkov's own start."""
    folder = tmp_path_factory.mktemp("plans")
    plans = [folder / f"{tier}.json" for tier in TIERS]
    for tier, copy in zip(TIERS, plans, strict=True):
        shutil.copy(planned(tier, "prod").plan, copy)
    return scan_plans(*plans)


def test_every_tier_was_scanned(scan: Scan):
    assert {Path(finding.file).stem for finding in scan.findings} == set(TIERS)
    assert scan.resources > 200 * len(TIERS)
    assert scan.passed > 400 * len(TIERS)


def test_nothing_is_found_but_what_was_accepted(scan: Scan):
    assert unaccepted(scan.findings, Exceptions.read().stack) == []


def test_every_exception_is_still_needed(scan: Scan):
    assert unneeded(scan.findings, Exceptions.read().stack) == []
