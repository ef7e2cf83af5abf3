"""A wrong value is refused by `saasgen plan`, in a sentence that names it and what it may be."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Stamp, saasgen


@pytest.fixture(scope="module")
def stamped(stamp: Stamp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stamp(tmp_path_factory.mktemp("wrong") / "acme")


@pytest.fixture
def stack(stamped: Path):
    """The stack; what a test writes into its values is undone."""
    folder = stamped / "terraform"
    before = {path: path.read_bytes() for path in folder.rglob("*.tfvars.json")}
    yield stamped
    for path in folder.rglob("*.tfvars.json"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def write(stack: Path, name: str, change: dict[str, Any]) -> Path:
    """Merge values into a file of the stack's root."""
    path = stack / "terraform" / name
    values = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(_merged(values, change)))
    return path


def _merged(values: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = {
        key: _merged(values.get(key, {}), new) if isinstance(new, dict) else new
        for key, new in change.items()
    }
    return {**values, **merged}


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "tiers/seed.tfvars.json",
            {"tier": {"aurora": {"reader": 1}}},
            (
                "tier -> aurora -> reader is unknown: did you mean readers? "
                "Known: max_acu, min_acu, readers."
            ),
        ),
        (
            "environments/dev.tfvars.json",
            {"environment": {"log_retention": 30}},
            "environment -> log_retention is unknown: did you mean log_retention_days?",
        ),
        (
            "stack.auto.tfvars.json",
            {"stack": {"colour": "red"}},
            "stack -> colour is unknown. Known: admin_email,",
        ),
        (
            "firewall.auto.tfvars.json",
            {"firewall": {"blocked_country": ["KP"]}},
            "firewall -> blocked_country is unknown: did you mean blocked_countries?",
        ),
        (
            "alerts.auto.tfvars.json",
            {"alert_subscriptions": {"team": {"severity": ["critical"]}}},
            "alert_subscriptions -> team -> severity is unknown: did you mean severities?",
        ),
        (
            "terraform.tfvars.json",
            {"vpc_cdir": "10.1.0.0/16"},
            "vpc_cdir is unknown: did you mean vpc_cidr?",
        ),
    ],
)
@pytest.mark.parametrize("command", [("plan", "--sandbox"), ("sandbox", "up")])
def test_a_name_that_nobody_reads_is_refused(
    stack: Path, command: tuple[str, ...], name: str, change: dict[str, Any], sentence: str
):
    path = write(stack, name, change)

    refused = saasgen(*command, str(stack))

    assert refused.returncode == 1, refused.stdout
    assert f"{path}: {sentence}" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "is not JSON"), ("[]", "must hold an object: values by name of variable")],
)
def test_a_file_without_values_is_refused(stack: Path, content: str, sentence: str):
    (stack / "terraform/own.auto.tfvars.json").write_text(content)

    refused = saasgen("plan", str(stack), "--sandbox")

    assert refused.returncode == 1
    assert f"own.auto.tfvars.json {sentence}" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "tiers/seed.tfvars.json",
            {"tier": {"aurora": {"max_acu": 300}}},
            "tier -> aurora -> max_acu: Input should be less than or equal to 256 (got 300).",
        ),
        (
            "environments/dev.tfvars.json",
            {"environment": {"cognito_mfa": "always"}},
            "environment -> cognito_mfa: Input should be 'optional' or 'required' (got 'always').",
        ),
    ],
)
def test_a_wrong_size_or_safety_is_refused(
    stack: Path, name: str, change: dict[str, Any], sentence: str
):
    path = write(stack, name, change)

    refused = saasgen("plan", str(stack), "--sandbox")

    assert refused.returncode == 1
    assert f"{path}: {sentence}" in " ".join(refused.stderr.split())


def test_terraform_says_of_each_wrong_value_what_it_may_be(stack: Path):
    write(stack, "network.auto.tfvars.json", {"vpc_cidr": "10.0.0.0/24"})
    write(stack, "tiers/seed.tfvars.json", {"tier": {"aurora": {"min_acu": 8, "max_acu": 4}}})
    write(stack, "firewall.auto.tfvars.json", {"firewall": {"blocked_countries": ["Utopia"]}})
    write(stack, "stack.auto.tfvars.json", {"stack": {"tenancy": "shared"}})

    refused = saasgen("plan", str(stack), "--sandbox")

    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    for sentence in (
        (
            "vpc_cidr must be a private IPv4 range (of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16)"
            " of /16, /17 or /18 that begins at its first address, such as 10.42.0.0/16, "
            'got "10.0.0.0/24"'
        ),
        "tier.aurora must hold 0 <= min_acu <= max_acu and 1 <= max_acu <= 256.",
        (
            "firewall.blocked_countries must be ISO 3166-1 codes of two capital letters such as KP,"
            " got Utopia"
        ),
        'stack.tenancy must be pooled or dedicated, got "shared"',
    ):
        assert sentence in said
    assert "Traceback" not in said


def test_a_country_that_does_not_exist_is_refused(stack: Path):
    write(stack, "firewall.auto.tfvars.json", {"firewall": {"blocked_countries": ["UK"]}})

    refused = saasgen("plan", str(stack), "--sandbox")

    assert refused.returncode == 1
    assert (
        "blocked_countries must be ISO 3166-1 codes of two capital letters such as KP "
        "(the United Kingdom is GB), got UK"
    ) in " ".join(refused.stderr.split())


def test_a_network_of_ones_own_is_planned(stack: Path):
    write(stack, "network.auto.tfvars.json", {"vpc_cidr": "172.20.0.0/17"})

    planned = saasgen("plan", str(stack), "--sandbox", "--json")

    assert planned.returncode == 2, planned.stderr
    plan = json.loads((stack / ".saasgen/sandbox/show.stdout").read_text())
    [vpc] = [c for c in plan["resource_changes"] if c["type"] == "aws_vpc"]
    assert vpc["change"]["after"]["cidr_block"] == "172.20.0.0/17"
