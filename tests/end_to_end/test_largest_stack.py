"""The largest stack: brought up after an interruption, planned again, and taken down."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from generator.sandbox.client import Sandbox
from tests.end_to_end.conftest import as_json, resources_left, saasgen
from tests.end_to_end.iam_actions import allowed as allowed_actions
from tests.end_to_end.iam_actions import called

ADD = "a right is missing: add it in template/terraform/modules/ci_role"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    stack = tmp_path_factory.mktemp("largest") / "globex"
    answers = {
        "deployment_tier": "enterprise",
        "environment": "dev",
        "ci": "github",
        "ci_repository": "globex@1042/billing@778899",
    }
    options = [option for name in answers for option in ("--data", f"{name}={answers[name]}")]
    made = saasgen("new", str(stack), "--defaults", *options)
    assert made.returncode == 0, made.stderr
    try:
        yield stack
    finally:
        Sandbox(stack).stop()


@pytest.fixture(scope="module")
def allowed(path: Path) -> dict[str, set[str]]:
    """What the roles of its workflows may do, read while it stands."""
    environment = Sandbox(path).environment()
    iam = boto3.client(
        "iam",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    roles = ("plan", "apply")
    return {role: allowed_actions(iam, f"globex-dev-ci-{role}") for role in roles}


def test_kill_9_during_the_apply_and_then_again_succeeds(path: Path):
    first = subprocess.Popen(
        [sys.executable, "-m", "generator", "sandbox", "up", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_until_resources_are_made(path)
    first.send_signal(signal.SIGKILL)
    first.wait()

    again = saasgen("sandbox", "up", str(path), "--json")

    assert again.returncode == 0, again.stderr[-4000:]
    assert "beginning again" in again.stderr


def test_a_second_plan_right_after_the_apply_is_empty(path: Path):
    planned = saasgen("plan", str(path), "--sandbox", "--json")

    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_it_has_the_size_of_its_tier(path: Path):
    environment = Sandbox(path).environment()
    aws = {"endpoint_url": environment["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    cluster = boto3.client("rds", **aws, **keys).describe_db_clusters()["DBClusters"][0]
    gateways = boto3.client("ec2", **aws, **keys).describe_nat_gateways()["NatGateways"]

    assert cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] == 4
    assert cluster["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == 128
    assert len(cluster["DBClusterMembers"]) == 3
    assert len([g for g in gateways if g["State"] == "available"]) == 3


def test_the_workflows_may_do_what_an_apply_does(path: Path, allowed: dict[str, set[str]]):
    assert called(_trail(path)) - allowed["apply"] == set(), ADD


def test_a_smaller_tier_is_one_word_away_and_loses_no_data(
    path: Path, allowed: dict[str, set[str]]
):
    _trail(path).write_text("")
    planned = saasgen("plan", str(path), "--sandbox", "--tier", "scale", "--json")

    assert planned.returncode == 2, planned.stderr
    result = as_json(planned)
    assert result["tier"] == "scale"
    assert result["counts"]["replace"] == 0
    assert called(_trail(path)) - allowed["plan"] == set(), ADD


def test_destroy_leaves_nothing(path: Path, allowed: dict[str, set[str]]):
    destroyed = saasgen("destroy", str(path), "--sandbox", "--confirm", "globex", "--json")

    assert destroyed.returncode == 0, destroyed.stderr
    environment = Sandbox(path).environment()

    def aws(service: str):
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    assert resources_left(aws) == []
    assert called(_trail(path)) - allowed["apply"] == set(), ADD


def _trail(path: Path) -> Path:
    return path / ".sandbox/logs/aws-calls.log"


def _wait_until_resources_are_made(path: Path) -> None:
    journal = path / ".saasgen/sandbox/apply.stdout"
    deadline = time.monotonic() + 120
    while not (journal.is_file() and journal.read_text().count('"apply_complete"') > 20):
        assert time.monotonic() < deadline, "the apply did not begin"
        time.sleep(0.2)
