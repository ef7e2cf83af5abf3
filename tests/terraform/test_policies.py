"""Who may do what: policies of roles, of trust and of resources."""

import json
from typing import Any

import pytest

from tests.terraform.applied import Resources, Statement, listed, of_type, statements

# AWS has no resource to name for these; anything else must name its own.
REASONED_WILDCARDS = {
    "Trace": "a trace segment belongs to the account",
    "AttachToVpc": "Lambda checks these before the network interface has a name",
    "KeepNetworkFromOwnCode": "it denies",
    "AdministerKey": "in the policy of a key, all resources are that key",
    "PublishAlarms": "in the policy of a key, all resources are that key",
    "KeepRecoveryPoints": "it denies, in the policy of a vault",
    "TraceEventTopics": "a trace segment belongs to the account; the condition names topics",
    "Boundary": "a boundary grants nothing",
    "BoundaryOfGrants": "a boundary grants nothing",
    "EncryptVault": "AWS takes no resource for the storage of vaults",
    "LetTopicsTrace": "AWS takes no resource for who may write traces",
    "MakeProxy": "a proxy has no name before it is made; the condition names the stack",
    "ReadSettings": "AWS takes no resource where these describe settings",
    "MakeEventSources": "a mapping has no name before it is made; the condition names functions",
    "ChangeSubscriptions": "AWS takes no resource for a subscription",
    "MakeUserPool": "a pool has no name before it is made; the condition names the stack",
    "ChangeQueriesAndDeliveries": "AWS takes no resource for queries, nor for who delivers logs",
}

ACCOUNT = "123456789012"


def wildcard_actions(statement: Statement) -> list[str]:
    """Actions of a statement that stand for more than one."""
    return [action for action in listed(statement["Action"]) if "*" in action]


def unreasoned_wildcard(statement: Statement) -> bool:
    """Whether a statement is about every resource without a reason on the list."""
    everything = "*" in listed(statement.get("Resource", []))
    return everything and statement.get("Sid") not in REASONED_WILDCARDS


def test_no_policy_has_a_wildcard_action(resources: Resources) -> None:
    found = {
        address: found for address, s in statements(resources) if (found := wildcard_actions(s))
    }

    assert found == {}


def test_resources_are_named_unless_there_is_a_reason(
    resources: Resources,
) -> None:
    found = [(address, s["Sid"]) for address, s in statements(resources) if unreasoned_wildcard(s)]

    assert found == []


def test_every_statement_says_what_it_is_for(resources: Resources) -> None:
    assert [address for address, s in statements(resources) if not s.get("Sid")] == []


def about_everybody(statement: Statement) -> bool:
    """Whether a statement lets in whoever asks, of whatever account."""
    account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalAccount")
    everybody = statement.get("Principal") in ("*", {"AWS": "*"})
    return everybody and statement["Effect"] == "Allow" and account != ACCOUNT


def test_only_refusals_are_about_everybody(resources: Resources) -> None:
    assert [address for address, s in statements(resources) if about_everybody(s)] == []


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:PrincipalAccount": "210987654321"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
    ],
)
def test_the_check_of_principals_finds_everybody(condition: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}

    assert about_everybody(statement | {"Condition": condition})


def test_endpoints_of_the_network_lead_to_the_stack_only(
    resources: Resources,
) -> None:
    prefix = "module.vpc_endpoints.aws_vpc_endpoint."
    endpoints = {a.removeprefix(prefix): s for a, s in statements(resources) if prefix in a}

    assert len(endpoints) == 9
    for address, statement in endpoints.items():
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
        assert all(r not in ("*", "arn:aws:*") for r in statement["Resource"]), address


@pytest.mark.parametrize(
    "statement",
    [
        {"Sid": "Trace", "Action": "*", "Resource": "*"},
        {"Sid": "Trace", "Action": ["s3:Get*"], "Resource": "*"},
    ],
)
def test_the_check_of_actions_finds_wildcards(statement: Statement) -> None:
    assert wildcard_actions(statement)


@pytest.mark.parametrize("resource", ["*", ["arn:aws:s3:::bucket", "*"]])
def test_the_check_of_resources_finds_wildcards(resource: str | list[str]) -> None:
    assert unreasoned_wildcard({"Sid": "Read", "Action": "s3:GetObject", "Resource": resource})


def _roles(resources: Resources) -> Resources:
    """The stack's roles, without those of its workflows."""
    found = of_type(resources, "aws_iam_role")
    return [role for role in found if not role.address.startswith("module.ci_role")]


def test_a_role_is_assumed_by_one_service(resources: Resources) -> None:
    services = {
        role.address: json.loads(role["assume_role_policy"])["Statement"][0]["Principal"]
        for role in _roles(resources)
    }

    assert all(list(principal) == ["Service"] for principal in services.values()), services


def test_database_users_are_granted_by_name(resources: Resources) -> None:
    granted = {
        resource.rsplit(":", 1)[1]
        for address, statement in statements(resources)
        if address.startswith("module.iam.") and "rds-db:connect" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert granted == {
        "cluster-ABCDEFGHIJKLMNOP/migrator",
        "prx-0123456789abcdef0/app_proxied",
        "prx-0123456789abcdef0/service_proxied",
    }


def test_roles_stay_within_the_boundary_their_workflows_can_give_them(
    resources: Resources,
) -> None:
    [boundary] = [p for p in of_type(resources, "aws_iam_policy") if p.address.endswith("boundary")]
    within = {a for s in json.loads(boundary["policy"])["Statement"] for a in listed(s["Action"])}
    granted = {
        action
        for address, found in statements(resources)
        if "aws_iam_role_policy." in address and found["Effect"] == "Allow"
        for action in listed(found["Action"])
    }

    assert {role["permissions_boundary"] for role in _roles(resources)} == {boundary["arn"]}
    assert granted - within == set(), "add to template/terraform/modules/ci_role/boundary.tf"
