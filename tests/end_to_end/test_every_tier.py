"""A stack of any tier and environment can be planned without an AWS account."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import as_json, saasgen

# Each tier and each environment at least once; the modules' own tests hold every pair.
PAIRS = [
    ("seed", "prod"),
    ("startup", "staging"),
    ("growth", "prod"),
    ("scale", "dev"),
    ("enterprise", "prod"),
]


@pytest.mark.parametrize(("tier", "environment"), PAIRS)
def test_plan_against_an_empty_sandbox(tmp_path: Path, tier: str, environment: str):
    stack = str(tmp_path / "globex")
    answers = ("--data", f"deployment_tier={tier}", "--data", f"environment={environment}")
    assert saasgen("new", stack, "--defaults", *answers).returncode == 0
    assert saasgen("build", stack, "--for", "sandbox").returncode == 0

    planned = saasgen("plan", stack, "--sandbox", "--json")

    assert planned.returncode == 2, planned.stderr
    result = as_json(planned)
    assert result["tier"] == tier
    assert result["counts"]["create"] > 150
    assert result["counts"]["delete"] == result["counts"]["replace"] == 0


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
