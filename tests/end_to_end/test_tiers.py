"""Each tier applied, planned again, moved up, and destroyed: `make test-tiers`, some half an hour.

Not part of `make test`, which applies the smallest and the largest tier; pytest says at its end
that these did not run.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from saasgen.sandbox.control.client import Sandbox
from saasgen.tiers import TIERS
from tests.end_to_end.conftest import as_json, resources_left, saasgen
from tests.end_to_end.listing import listed

pytestmark = [pytest.mark.tiers, pytest.mark.timeout(3600)]
NAME = "globex-dev"
PUBLIC = {
    "GET /v1/health",
    "GET /v1/subscription-tiers",
    "POST /v1/admin/invitations/accept",
    "POST /v1/webhooks/stripe",
}


@pytest.fixture
def stack(tmp_path: Path, tier: str) -> Iterator[Path]:
    path = tmp_path / "globex"
    made = saasgen("new", str(path), "--defaults", "--data", f"deployment_tier={tier}")
    assert made.returncode == 0, made.stderr
    try:
        yield path
    finally:
        Sandbox(path).stop()


@pytest.fixture
def aws(stack: Path) -> Callable[[str], Any]:
    def client(service: str) -> Any:
        environment = Sandbox(stack).environment()
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return client


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_is_applied_moved_up_and_destroyed(
    stack: Path, tier: str, aws: Callable[[str], Any]
):
    _apply(stack, tier)
    _require_no_change(stack, tier)
    _require_what_no_plan_shows(aws)
    assert listed(aws, NAME), "a listing that finds nothing would find nothing left"

    for larger in TIERS[TIERS.index(tier) + 1 :][:1]:
        _require_that_it_keeps_its_state(stack, larger)
        _apply(stack, larger)
        _require_no_change(stack, larger)

    destroyed = saasgen("destroy", str(stack), "--sandbox", "--confirm", "globex", "--json")
    assert destroyed.returncode == 0, destroyed.stderr
    assert resources_left(aws) == []
    assert listed(aws, NAME) == []


def _apply(stack: Path, tier: str) -> None:
    up = saasgen("sandbox", "up", str(stack), "--tier", tier, "--json")
    assert up.returncode == 0, up.stderr[-4000:]


def _require_no_change(stack: Path, tier: str) -> None:
    planned = saasgen("plan", str(stack), "--sandbox", "--tier", tier, "--json")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert as_json(planned)["changes"] == []


def _require_that_it_keeps_its_state(stack: Path, tier: str) -> None:
    """The command refuses a plan that would lose data; nothing else is to be replaced either."""
    planned = saasgen("plan", str(stack), "--sandbox", "--tier", tier, "--json")
    assert planned.returncode == 2, planned.stderr
    replaced = [c for c in as_json(planned)["changes"] if c["action"] == "replace"]
    assert replaced == []


def _require_what_no_plan_shows(aws: Callable[[str], Any]) -> None:
    """An empty plan proves little of an imported API or of what an alarm tells: ask the account."""
    _require_guarded_routes(aws)
    _require_filtered_queues(aws)
    _require_alarms_that_tell_somebody(aws)
    _require_forced_tls(aws)


def _require_guarded_routes(aws: Callable[[str], Any]) -> None:
    gateway = aws("apigateway")
    [api] = gateway.get_rest_apis()["items"]
    items = gateway.get_resources(restApiId=api["id"], embed=["methods"], limit=500)["items"]
    methods = {
        f"{verb} {item['path']}": method
        for item in items
        for verb, method in item.get("resourceMethods", {}).items()
        if verb != "OPTIONS"
    }
    assert set(methods) > PUBLIC
    for route, method in methods.items():
        assert (route in PUBLIC) == (method["authorizationType"] == "NONE"), route
        assert route in PUBLIC or method["authorizerId"], route
        assert not method.get("requestModels") or method["requestValidatorId"], route


def _require_filtered_queues(aws: Callable[[str], Any]) -> None:
    sns, sqs = aws("sns"), aws("sqs")
    unfiltered = []
    for found in sns.list_subscriptions()["Subscriptions"]:
        arn = found["SubscriptionArn"]
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        queue = found["Endpoint"].rpartition(":")[2]
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert json.loads(held["RedrivePolicy"])["deadLetterTargetArn"].endswith(f"{queue}-dlq")
        if not json.loads(attributes.get("FilterPolicy") or "{}"):
            unfiltered.append(queue)
    assert unfiltered == [f"{NAME}-write-audit"], "who keeps everything, and nobody else"


def _require_alarms_that_tell_somebody(aws: Callable[[str], Any]) -> None:
    found = aws("cloudwatch").describe_alarms()
    topics = {topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]}
    rules = " ".join(alarm["AlarmRule"] for alarm in found["CompositeAlarms"])
    alarms = found["MetricAlarms"] + found["CompositeAlarms"]
    for alarm in alarms:
        assert set(alarm["AlarmActions"]) <= topics, alarm["AlarmName"]
        assert alarm["AlarmActions"] or f'"{alarm["AlarmName"]}"' in rules, alarm["AlarmName"]
    watched = {d["Value"] for alarm in found["MetricAlarms"] for d in alarm["Dimensions"]}
    queues = [url.rpartition("/")[2] for url in aws("sqs").list_queues()["QueueUrls"]]
    ends = {queue for queue in queues if queue.endswith("-dlq") or "failed" in queue}
    assert len(ends) > 3
    assert ends <= watched


def _require_forced_tls(aws: Callable[[str], Any]) -> None:
    rds, sqs = aws("rds"), aws("sqs")
    for cluster in rds.describe_db_clusters()["DBClusters"]:
        group = cluster["DBClusterParameterGroup"]
        given = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=group)["Parameters"]
        assert {p["ParameterName"]: p["ParameterValue"] for p in given}["rds.force_ssl"] == "1"
    for url in sqs.list_queues()["QueueUrls"]:
        held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
        assert "aws:SecureTransport" in held["Policy"], url
