"""The largest stack: brought up after an interruption, planned again, and taken down."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import requests

from saasgen.sandbox.control.client import Sandbox
from tests.end_to_end.conftest import Stamp, as_json, resources_left, saasgen
from tests.end_to_end.iam_actions import allowed as allowed_actions
from tests.end_to_end.iam_actions import called

ADD = "a right is missing: add it in template/terraform/modules/ci_role"


@pytest.fixture(scope="module")
def path(stamp: Stamp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    stack = stamp(
        tmp_path_factory.mktemp("largest") / "globex",
        "deployment_tier=enterprise",
        "environment=dev",
        "ci=github",
        "ci_repository=globex@1042/billing@778899",
    )
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
        [sys.executable, "-m", "saasgen", "sandbox", "up", str(path)],
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
    sandbox = Sandbox(path)
    cluster = _client(sandbox, "rds").describe_db_clusters()["DBClusters"][0]
    gateways = _client(sandbox, "ec2").describe_nat_gateways()["NatGateways"]

    assert cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] == 4
    assert cluster["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == 128
    assert len(cluster["DBClusterMembers"]) == 3
    assert len([g for g in gateways if g["State"] == "available"]) == 3


def test_who_is_waited_for_is_kept_warm_and_scales(path: Path):
    sandbox = Sandbox(path)
    config = _client(sandbox, "lambda").get_provisioned_concurrency_config(
        FunctionName="globex-dev-ingest", Qualifier="live"
    )
    scaling = _client(sandbox, "application-autoscaling")
    [target] = scaling.describe_scalable_targets(ServiceNamespace="lambda")["ScalableTargets"]
    [policy] = scaling.describe_scaling_policies(ServiceNamespace="lambda")["ScalingPolicies"]

    assert config["RequestedProvisionedConcurrentExecutions"] == 20
    assert target["ResourceId"] == policy["ResourceId"] == "function:globex-dev-ingest:live"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (20, 80)


def test_what_the_scaling_did_is_no_drift(path: Path):
    _client(Sandbox(path), "lambda").put_provisioned_concurrency_config(
        FunctionName="globex-dev-ingest",
        Qualifier="live",
        ProvisionedConcurrentExecutions=57,
    )

    planned = saasgen("plan", str(path), "--sandbox", "--json")

    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_requests_go_by_the_proxy_which_wants_tls_and_iam_tokens(path: Path):
    sandbox = Sandbox(path)
    status = sandbox.status()
    rds = _client(sandbox, "rds")
    [proxy] = rds.describe_db_proxies()["DBProxies"]
    [target] = rds.describe_db_proxy_targets(DBProxyName=proxy["DBProxyName"])["Targets"]
    assert proxy["RequireTLS"] is True
    assert {auth["IAMAuth"] for auth in proxy["Auth"]} == {"REQUIRED"}
    assert target["RdsResourceId"] == "globex-dev"

    answer = requests.get(f"{status.api_url.rstrip('/')}/v1/health", timeout=60)

    assert answer.status_code == 200, answer.text
    assert status.database is not None
    assert status.database.proxy_host == proxy["Endpoint"]
    with psycopg.connect(status.database.superuser_dsn) as connection:
        query = "SELECT usename FROM pg_stat_activity WHERE application_name = 'health'"
        assert connection.execute(query).fetchall() == [("app_proxied",)]


def test_the_proxys_passwords_are_in_its_secrets_and_not_in_the_state(path: Path):
    sandbox = Sandbox(path)
    [proxy] = _client(sandbox, "rds").describe_db_proxies()["DBProxies"]
    secrets = _client(sandbox, "secretsmanager")
    values = [
        json.loads(secrets.get_secret_value(SecretId=auth["SecretArn"])["SecretString"])
        for auth in proxy["Auth"]
    ]
    shown = as_json(saasgen("output", str(path), "--sandbox", "--json"))

    assert {value["username"] for value in values} == {"app_proxied", "service_proxied"}
    state = _state(sandbox)
    assert "app_proxied" in state
    assert not any(value["password"] in state + json.dumps(shown) for value in values)


def test_the_database_is_copied_to_a_vault_every_day(path: Path):
    backup = _client(Sandbox(path), "backup")
    [vault] = backup.list_backup_vaults()["BackupVaultList"]
    [plan] = backup.list_backup_plans()["BackupPlansList"]
    rules = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]

    assert vault["BackupVaultName"] == "globex-dev"
    assert [(rule["RuleName"], rule["Lifecycle"]["DeleteAfterDays"]) for rule in rules] == [
        ("daily", 7)
    ]


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
    sandbox = Sandbox(path)
    assert resources_left(lambda service: _client(sandbox, service)) == []

    assert called(_trail(path)) - allowed["apply"] == set(), ADD


def _trail(path: Path) -> Path:
    return path / ".sandbox/logs/aws-calls.log"


def _client(sandbox: Sandbox, service: str) -> Any:
    environment = sandbox.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _state(sandbox: Sandbox) -> str:
    """All of Terraform's state, as it lies in its bucket."""
    s3 = _client(sandbox, "s3")
    found = [
        s3.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read().decode()
        for bucket in s3.list_buckets()["Buckets"]
        for item in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", [])
        if item["Key"].endswith(".tfstate")
    ]
    return "".join(found)


def _wait_until_resources_are_made(path: Path) -> None:
    journal = path / ".saasgen/sandbox/apply.stdout"
    deadline = time.monotonic() + 120
    while not (journal.is_file() and journal.read_text().count('"apply_complete"') > 20):
        assert time.monotonic() < deadline, "the apply did not begin"
        time.sleep(0.2)
