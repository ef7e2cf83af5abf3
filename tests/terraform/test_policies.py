"""Who may do what, read from a whole stack applied to a mocked provider.

A plan does not know policies that name a key or a cluster still to be made; the state of a mocked
apply knows each of them to the last character.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

# AWS has no resource to name for these; anything else must name its own.
REASONED_WILDCARDS = {
    "Trace": "a trace segment belongs to the account",
    "TraceEventTopics": "a trace segment belongs to the account",
    "AttachToVpc": "Lambda checks these before the network interface has a name",
    "KeepNetworkFromOwnCode": "it denies",
    "AdministerKey": "in the policy of a key, all resources are that key",
    "PublishAlarms": "in the policy of a key, all resources are that key",
    "KeepRecoveryPoints": "it denies, in the policy of a vault",
    "Boundary": "a boundary grants nothing",
    "ReadSettings": "AWS takes no resource where these describe settings",
    "MakeEventSources": "a mapping has no name before it is made; the condition names functions",
    "ChangeSubscriptions": "AWS takes no resource for a subscription",
    "MakeUserPool": "a pool has no name before it is made; the condition names the stack",
    "ChangeQueriesAndDeliveries": "AWS takes no resource for queries, nor for who delivers logs",
}

ACCOUNT = "123456789012"

Statement = dict[str, Any]


def _statements(resources: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Statement]]:
    """Every statement of every policy: of roles, of trust, and of resources."""
    for address, values in resources.items():
        for text in values.values():
            if isinstance(text, str) and '"Statement"' in text:
                for statement in json.loads(text)["Statement"]:
                    yield address, statement


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def wildcard_actions(statement: Statement) -> list[str]:
    """Actions of a statement that stand for more than one."""
    return [action for action in _listed(statement["Action"]) if "*" in action]


def unreasoned_wildcard(statement: Statement) -> bool:
    """Whether a statement is about every resource without a reason on the list."""
    everything = "*" in _listed(statement.get("Resource", []))
    return everything and statement.get("Sid") not in REASONED_WILDCARDS


def test_no_policy_has_a_wildcard_action(resources: dict[str, dict[str, Any]]) -> None:
    found = {
        address: found for address, s in _statements(resources) if (found := wildcard_actions(s))
    }

    assert found == {}


def test_resources_are_named_unless_there_is_a_reason(
    resources: dict[str, dict[str, Any]],
) -> None:
    found = [(address, s["Sid"]) for address, s in _statements(resources) if unreasoned_wildcard(s)]

    assert found == []


def test_every_statement_says_what_it_is_for(resources: dict[str, dict[str, Any]]) -> None:
    assert [address for address, s in _statements(resources) if not s.get("Sid")] == []


def about_everybody(statement: Statement) -> bool:
    """Whether a statement lets in whoever asks, of whatever account."""
    account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalAccount")
    everybody = statement.get("Principal") in ("*", {"AWS": "*"})
    return everybody and statement["Effect"] == "Allow" and account != ACCOUNT


def test_only_refusals_are_about_everybody(resources: dict[str, dict[str, Any]]) -> None:
    assert [address for address, s in _statements(resources) if about_everybody(s)] == []


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
    resources: dict[str, dict[str, Any]],
) -> None:
    prefix = "module.vpc_endpoints.aws_vpc_endpoint."
    endpoints = {a.removeprefix(prefix): s for a, s in _statements(resources) if prefix in a}

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


@pytest.mark.parametrize(
    ("action", "functions"),
    [
        ("sns:Publish", {"outbox_relay"}),
        ("kms:GenerateDataKey", {"migrate", "outbox_relay"}),
        ("ses:SendEmail", {"send_notification"}),
        ("secretsmanager:GetSecretValue", {"migrate"}),
        ("secretsmanager:PutSecretValue", {"migrate"}),
        ("sqs:ReceiveMessage", {"generate_invoice", "redrive", "send_notification", "write_audit"}),
        ("sqs:SendMessage", {"outbox_relay", "purge_expired", "redrive"}),
    ],
)
def test_a_capability_is_of_those_who_need_it(
    action: str, functions: set[str], resources: dict[str, dict[str, Any]]
) -> None:
    prefix = 'module.iam.aws_iam_role_policy.function["'
    holders = {
        address.removeprefix(prefix).removesuffix('"]')
        for address, statement in _statements(resources)
        if address.startswith(prefix)
        and statement["Effect"] == "Allow"
        and action in _listed(statement["Action"])
    }

    assert holders == functions


def _roles(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The stack's roles, without those of its workflows."""
    return {
        address: values
        for address, values in resources.items()
        if "aws_iam_role." in address and not address.startswith("module.ci_role")
    }


def test_a_role_is_assumed_by_one_service(resources: dict[str, dict[str, Any]]) -> None:
    services = {
        address: json.loads(values["assume_role_policy"])["Statement"][0]["Principal"]
        for address, values in _roles(resources).items()
    }

    assert all(list(principal) == ["Service"] for principal in services.values()), services


def test_database_users_are_granted_by_name(resources: dict[str, dict[str, Any]]) -> None:
    granted = {
        resource.rsplit(":", 1)[1]
        for address, statement in _statements(resources)
        if address.startswith("module.iam.") and "rds-db:connect" in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }

    assert granted == {
        "cluster-ABCDEFGHIJKLMNOP/migrator",
        "prx-0123456789abcdef0/app_proxied",
        "prx-0123456789abcdef0/service_proxied",
    }


def test_roles_stay_within_the_boundary_their_workflows_can_give_them(
    resources: dict[str, dict[str, Any]],
) -> None:
    boundary = resources['module.ci_role["github"].aws_iam_policy.boundary']
    [statement] = json.loads(boundary["policy"])["Statement"]
    granted = {
        action
        for address, found in _statements(resources)
        if "aws_iam_role_policy." in address and found["Effect"] == "Allow"
        for action in _listed(found["Action"])
    }

    assert {values["permissions_boundary"] for values in _roles(resources).values()} == {
        boundary["arn"]
    }
    assert granted - set(statement["Action"]) == set(), (
        "add to template/terraform/modules/ci_role/boundary.tf"
    )
