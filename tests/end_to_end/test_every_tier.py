"""A stack of any tier and environment can be planned without an AWS account."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saasgen.tiers import TIERS
from tests.end_to_end.conftest import PlannedStack, as_json, saasgen

# Every tier as customers meet it; the other environments once (dev is what other tests apply).
# Then what costs something by an answer.
STACKS = [
    *((tier, "prod") for tier in TIERS),
    ("startup", "staging"),
    ("seed", "prod", "payments=stripe"),
    ("seed", "prod", "waf=false"),
]


@pytest.mark.parametrize("answers", STACKS, ids=" ".join)
def test_plan_against_an_empty_sandbox(
    planned: Callable[..., PlannedStack], answers: tuple[str, ...]
):
    stack = planned(*answers)

    assert stack.code == 2, stack.stderr
    result = as_json(stack)
    assert result["tier"] == answers[0]
    assert result["counts"]["create"] > 150
    assert result["counts"]["delete"] == result["counts"]["replace"] == 0
    _require_the_estimate_to_hold(str(stack.path), result["monthlyCostChange"])


# What a plan counts, and what of the estimate counts the same.
_SAME = {
    "NAT gateways": "NAT gateways",
    "Public addresses": "NAT gateways' addresses",
    "Interface endpoints": "Interface endpoints",
    "Aurora at its least": "Aurora capacity",
    "RDS Proxy": "RDS Proxy",
    "Provisioned concurrency": "Provisioned concurrency",
    "Keys": "Keys",
    "Secrets": "Secrets",
    "Alarms": "Alarms",
    "Anomaly alarms": "Anomaly alarms",
    "Composite alarms": "Composite alarms",
    "Dashboards": "Dashboards",
    "Web ACLs": "Web ACL",
    "Firewall rules": "Rules",
}


def _require_the_estimate_to_hold(stack: str, change: dict[str, Any]) -> None:
    """`saasgen cost` of an idle stack assumes as many of everything as the plan makes."""
    idle = ("--assume", "aurora_acu=0", "--assume", "aurora_awake_hours=0")
    cost = as_json(saasgen("cost", stack, *idle, "--json"))
    lines = [line for part in cost["tiers"][0]["components"] for line in part["lines"]]
    estimated = {line["item"]: line["perMonth"] for line in lines}
    planned = {found["component"]: found["after"] for found in change["components"]}

    assert change["before"] == "0"
    assert planned, "nothing has a price"
    assert planned == {name: estimated.get(_SAME[name]) for name in planned}, (
        "mend generator/saasgen/costs/usage.json"
    )


def test_a_protected_stack_cannot_be_destroyed(tmp_path: Path):
    stack = str(tmp_path / "globex")
    assert saasgen("new", stack, "--defaults", "--data", "environment=prod").returncode == 0

    refused = saasgen("destroy", stack, "--sandbox", "--confirm", "globex")

    assert refused.returncode == 1
    assert "deletion_protection" in refused.stderr


def test_a_plan_without_artifacts_says_to_build_them(tmp_path: Path):
    stack = str(tmp_path / "globex")
    assert saasgen("new", stack, "--defaults").returncode == 0

    planned = saasgen("plan", stack, "--sandbox")

    assert planned.returncode == 1
    assert "saasgen build" in planned.stderr


@pytest.mark.parametrize("command", ["apply", "migrate", "output"])
def test_what_needs_a_running_sandbox_says_so(tmp_path: Path, command: str):
    stack = str(tmp_path / "globex")
    assert saasgen("new", stack, "--defaults").returncode == 0

    refused = saasgen(command, stack, "--sandbox")

    assert refused.returncode == 1
    assert "saasgen sandbox up" in refused.stderr
