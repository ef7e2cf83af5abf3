"""Nothing of a stack talks to anything without TLS, and queues listen to their topic alone."""

from typing import Any

import pytest

from tests.terraform.applied import Resource, Resources, Statement, listed, of_type, statements

WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}

# What nobody may do without TLS, by the type of what it is done to.
REFUSED = {
    "aws_sqs_queue": {"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"},
    "aws_sns_topic": {"sns:Publish"},
    "aws_s3_bucket": {"s3:GetObject", "s3:PutObject"},
}


def _policy(resource: Resource, resources: Resources) -> list[Statement]:
    """Statements of a resource's own policy, be it inline or a resource beside it."""
    beside = of_type(resources, f"{resource.type}_policy")
    policies = [p for p in [resource, *beside] if p is resource or _belongs(p, resource)]
    return [statement for _, statement in statements(policies)]


def _belongs(policy: Resource, resource: Resource) -> bool:
    module = resource.address.rpartition(f"{resource.type}.")[0]
    return policy.address.startswith(module) and policy["bucket"] in (None, resource["id"])


def refused_without_tls(policy: list[Statement]) -> set[str]:
    """The actions that a policy refuses whoever comes without TLS."""
    return {
        action
        for statement in policy
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Condition"] == WITHOUT_TLS
        for action in listed(statement["Action"])
    }


@pytest.mark.parametrize("kind", REFUSED)
def test_whoever_comes_without_tls_is_refused(resources: Resources, kind: str) -> None:
    found = of_type(resources, kind)

    assert found
    assert [
        resource.address
        for resource in found
        if not REFUSED[kind] <= refused_without_tls(_policy(resource, resources))
    ] == []


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": WITHOUT_TLS | {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}},
    ],
)
def test_a_refusal_of_some_refuses_nobody(change: dict[str, Any]) -> None:
    refusal = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Condition": WITHOUT_TLS,
    }

    assert refused_without_tls([refusal]) == {"sns:Publish"}
    assert refused_without_tls([refusal | change]) == set()


def test_a_queue_accepts_messages_of_its_one_source_alone(resources: Resources) -> None:
    [topic] = [
        t["name"] for t in of_type(resources, "aws_sns_topic") if t["name"].endswith("-events")
    ]
    sources = {
        "module.deployments": ("events.amazonaws.com", "rule/acme-dev-deployments/approved"),
        "module.events": ("sns.amazonaws.com", topic),
    }

    for queue in of_type(resources, "aws_sqs_queue"):
        for statement in _policy(queue, resources):
            if statement["Effect"] == "Allow":
                service, name = sources[queue.address.partition(".aws_")[0]]
                source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
                assert statement["Principal"] == {"Service": service}, queue.address
                assert source.rpartition(":")[2] == name, queue.address


def test_usage_is_taken_from_the_api_and_from_who_replays_it_alone(resources: Resources) -> None:
    [queue] = [q for q in of_type(resources, "aws_sqs_queue") if q["name"].endswith("record-usage")]
    refused = [s["Condition"] for s in _policy(queue, resources) if s["Sid"] == "RefuseStrangers"]
    admitted = [f"arn:aws:iam::123456789012:role/acme-dev-{key}" for key in ("ingest", "redrive")]

    assert refused == [{"ArnNotEquals": {"aws:PrincipalArn": admitted}}]
    names = {role["name"] for role in of_type(resources, "aws_iam_role")}
    assert {arn.rpartition("/")[2] for arn in admitted} <= names


def test_every_subscribed_queue_accepts_its_topic(resources: Resources) -> None:
    subscribed = {s.key for s in of_type(resources, "aws_sns_topic_subscription")}
    accepting = {
        queue.key
        for queue in of_type(resources, "aws_sqs_queue")
        for statement in _policy(queue, resources)
        if statement["Effect"] == "Allow" and "sqs:SendMessage" in listed(statement["Action"])
    }

    assert subscribed
    assert subscribed <= accepting


def test_a_topic_is_published_to_from_this_account_alone(resources: Resources) -> None:
    for topic in of_type(resources, "aws_sns_topic"):
        for statement in _policy(topic, resources):
            if statement["Effect"] == "Allow":
                account = statement.get("Condition", {}).get("StringEquals", {})
                ours = statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
                assert ours or account == {"aws:SourceAccount": "123456789012"}, topic.address


def test_the_database_takes_no_connection_without_tls(resources: Resources) -> None:
    groups = of_type(resources, "aws_rds_cluster_parameter_group")

    assert len(groups) == len(of_type(resources, "aws_rds_cluster"))
    for group in groups:
        parameters = {p["name"]: p["value"] for p in group["parameter"]}
        assert parameters["rds.force_ssl"] == "1"
    assert all(proxy["require_tls"] for proxy in of_type(resources, "aws_db_proxy"))
