"""Stacks that were stamped, built and planned once; the tests go on from there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from saasgen.artifacts.runtime import SANDBOX
from tests.running.once import Once

Stamp = Callable[..., Path]


def saasgen(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a person does; AWS credentials of the machine do not reach it."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name == "SAASGEN_CACHE" or not name.startswith(("AWS_", "SAASGEN_"))
    }
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "saasgen", *arguments],
        capture_output=True,
        text=True,
        env={**clean, **nowhere, "AWS_EC2_METADATA_DISABLED": "true", **environment},
    )


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that was applied before these tests is loaded in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAASGEN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def stamp(once: Once) -> Stamp:
    """Stamps a stack into a folder and builds it, from a dependency layer that was built once."""

    def stamp(folder: Path, *answers: str) -> Path:
        _run("new", str(folder), "--defaults", *(w for a in answers for w in ("--data", a)))
        shutil.copytree(once.make("layer", build_layer), folder / "build", symlinks=True)
        _run("build", str(folder), "--for", "sandbox")
        return folder

    def build_layer(into: Path) -> None:
        stack = into.parent / "layer-of" / "globex"
        _run("new", str(stack), "--defaults")
        _run("build", str(stack), "--for", "sandbox")
        shutil.copytree(stack / "build", into, dirs_exist_ok=True, symlinks=True)
        shutil.rmtree(into / SANDBOX.name / "code")  # each stack's own

    return stamp


def _run(*arguments: str) -> None:
    done = saasgen(*arguments)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class PlannedStack:
    """A stack that was stamped, built and planned against an empty sandbox.

    Attributes:
        code: exit code of `saasgen plan`.
        stdout: what it printed, as JSON.
        stderr: what it said.
    """

    path: Path
    code: int
    stdout: str
    stderr: str

    @property
    def plan(self) -> Path:
        """The plan, as `terraform show -json` printed it."""
        return self.path / ".saasgen/sandbox/show.stdout"


@pytest.fixture(scope="session")
def planned(stamp: Stamp, once: Once) -> Callable[..., PlannedStack]:
    """Plans a stack of a tier and environment, and further answers, once for all who ask."""

    def plan(tier: str, environment: str, *further: str) -> PlannedStack:
        answers = (f"deployment_tier={tier}", f"environment={environment}", *further)

        def into(folder: Path) -> None:
            stack = stamp(folder / "globex", *answers)
            done = saasgen("plan", str(stack), "--sandbox", "--json")
            said = {"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
            (folder / "planned.json").write_text(json.dumps(said), "utf-8")

        folder = once.make("-".join((tier, environment, *further)), into)
        said = json.loads((folder / "planned.json").read_text("utf-8"))
        return PlannedStack(folder / "globex", **said)

    return plan


class Said(Protocol):
    """What a command printed."""

    stdout: str
    stderr: str


def as_json(done: Said) -> Any:
    """The JSON a command printed."""
    assert done.stdout, done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


def resources_left(live_aws: Callable[[str], Any]) -> list[str]:
    """What an account still holds of the kinds a stack is made of."""
    cognito, rds, backup = live_aws("cognito-idp"), live_aws("rds"), live_aws("backup")
    vpcs = live_aws("ec2").describe_vpcs()["Vpcs"]
    alarms = live_aws("cloudwatch").describe_alarms()
    xray = live_aws("xray")
    scaling = live_aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="lambda"
    )
    queries = live_aws("logs").describe_query_definitions()["queryDefinitions"]
    return [
        *(f["FunctionName"] for f in live_aws("lambda").list_functions()["Functions"]),
        *live_aws("sqs").list_queues().get("QueueUrls", []),
        *(t["TopicArn"] for t in live_aws("sns").list_topics()["Topics"]),
        *(p["Id"] for p in cognito.list_user_pools(MaxResults=10)["UserPools"]),
        *(c["DBClusterIdentifier"] for c in rds.describe_db_clusters()["DBClusters"]),
        *(p["DBProxyName"] for p in rds.describe_db_proxies()["DBProxies"]),
        *(s["Name"] for s in live_aws("secretsmanager").list_secrets()["SecretList"]),
        *(v["BackupVaultName"] for v in backup.list_backup_vaults()["BackupVaultList"]),
        *(p["BackupPlanName"] for p in backup.list_backup_plans()["BackupPlansList"]),
        *(i["DBInstanceIdentifier"] for i in rds.describe_db_instances()["DBInstances"]),
        *(a["id"] for a in live_aws("apigateway").get_rest_apis()["items"]),
        *(v["VpcId"] for v in vpcs if not v["IsDefault"]),
        *(s["Name"] for s in live_aws("scheduler").list_schedules()["Schedules"]),
        *(a["AlarmName"] for a in alarms["MetricAlarms"] + alarms["CompositeAlarms"]),
        *(d["DashboardName"] for d in live_aws("cloudwatch").list_dashboards()["DashboardEntries"]),
        *(q["name"] for q in queries),
        *(r["SamplingRule"]["RuleName"] for r in xray.get_sampling_rules()["SamplingRuleRecords"]),
        *(p["PolicyName"] for p in xray.list_resource_policies()["ResourcePolicies"]),
        *(t["ResourceId"] for t in scaling["ScalableTargets"]),
        *(f["filterName"] for f in live_aws("logs").describe_metric_filters()["metricFilters"]),
        *(g["logGroupName"] for g in live_aws("logs").describe_log_groups()["logGroups"]),
        *(
            r["RoleName"]
            for r in live_aws("iam").list_roles()["Roles"]
            if not r["Path"].startswith("/aws-service-role/")
        ),
        *(p["PolicyName"] for p in live_aws("iam").list_policies(Scope="Local")["Policies"]),
        *(
            p["Arn"]
            for p in live_aws("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
        ),
    ]


__all__ = [
    "Path",
    "PlannedStack",
    "Stamp",
    "as_json",
    "resources_left",
    "saasgen",
]
