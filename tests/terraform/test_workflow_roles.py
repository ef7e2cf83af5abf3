"""Whom the roles of a stack's workflows trust, and what they could do with their rights."""

import json
from collections.abc import Mapping

import pytest

from tests.terraform.applied import Resource, Resources, Statement, at, of_type, statements

ISSUER = "token.actions.githubusercontent.com"
REPOSITORY = "repo:acme@1042/billing@778899"
MODULE = 'module.ci_role["github"]'

READS = ("iam:Get", "iam:List")
TRUSTED = {
    "plan": f"{REPOSITORY}:pull_request",
    "apply": f"{REPOSITORY}:ref:refs/heads/main",
}


def trusts(role: Resource, claims: Mapping[str, str]) -> bool:
    """Whether AWS would let a token in: every condition has its claim, and the claim its value."""
    policy = json.loads(role["assume_role_policy"])
    for statement in policy["Statement"]:
        [(operator, expected)] = statement["Condition"].items()
        assert (statement["Effect"], operator) == ("Allow", "StringEquals")
        if all(claims.get(key.partition(":")[2]) == value for key, value in expected.items()):
            return True
    return False


def _role(resources: Resources, purpose: str) -> Resource:
    return at(resources, f'{MODULE}.aws_iam_role.this["{purpose}"]')


def _statements(resources: Resources) -> list[Statement]:
    return [s for a, s in statements(resources) if a.startswith(f"{MODULE}.aws_iam_policy.this")]


@pytest.mark.parametrize("purpose", ["plan", "apply"])
def test_a_role_trusts_its_own_jobs(resources: Resources, purpose: str) -> None:
    claims = {"aud": "sts.amazonaws.com", "sub": TRUSTED[purpose]}

    assert trusts(_role(resources, purpose), claims)


@pytest.mark.parametrize("purpose", ["plan", "apply"])
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "repo:mallory@666/billing@1:pull_request"},  # a fork
        {"sub": "repo:mallory@666/billing@1:ref:refs/heads/main"},
        {"sub": "repo:acme/billing:ref:refs/heads/main"},  # another who took the name
        {"sub": "repo:acme@1042/billing@778899-tools@3:ref:refs/heads/main"},
        {"sub": f"{REPOSITORY}:ref:refs/heads/feature"},
        {"sub": f"{REPOSITORY}:ref:refs/heads/main-2"},
        {"sub": f"{REPOSITORY}:ref:refs/tags/main"},
        {"sub": f"{REPOSITORY}:environment:production"},
        {"sub": f"{REPOSITORY}:*"},
        {},
    ],
)
def test_a_role_trusts_nobody_else(
    resources: Resources, purpose: str, claims: dict[str, str]
) -> None:
    assert not trusts(_role(resources, purpose), {"aud": "sts.amazonaws.com", **claims})


@pytest.mark.parametrize("purpose", ["plan", "apply"])
def test_a_token_for_another_service_is_not_trusted(resources: Resources, purpose: str) -> None:
    claims = {"aud": "https://github.com/acme", "sub": TRUSTED[purpose]}

    assert not trusts(_role(resources, purpose), claims)


def test_a_pull_request_cannot_apply_nor_a_push_pretend_to_be_one(
    resources: Resources,
) -> None:
    for purpose, other in (("plan", "apply"), ("apply", "plan")):
        claims = {"aud": "sts.amazonaws.com", "sub": TRUSTED[other]}
        assert not trusts(_role(resources, purpose), claims)


def test_whoever_applies_cannot_make_a_role_without_the_boundary(
    resources: Resources,
) -> None:
    policy = json.loads(at(resources, f'{MODULE}.aws_iam_policy.this["identities"]')["policy"])
    gives_rights = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"}
    allowing = [
        statement
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow" and gives_rights & set(statement["Action"])
    ]

    assert len(allowing) == 1
    boundary = "arn:aws:iam::123456789012:policy/acme-dev-ci-boundary"
    assert allowing[0]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}


def test_whoever_applies_cannot_change_its_own_rights_nor_the_boundary(
    resources: Resources,
) -> None:
    found = _statements(resources)
    allowed = {a for s in found if s["Effect"] == "Allow" for a in s["Action"]}
    [denied] = [s for s in found if s["Effect"] == "Deny"]

    assert denied["Resource"] == "arn:aws:iam::123456789012:role/acme-dev-ci-*"
    changes = {a for a in allowed if a.startswith("iam:") and not a.startswith(READS)}
    assert changes - set(denied["Action"]) == {"iam:CreateServiceLinkedRole"}
    assert not {a for a in changes if "Policy" in a and "Role" not in a}, "the policies themselves"


@pytest.mark.parametrize("action", ["kms:TagResource", "ec2:CreateTags", "cognito-idp:TagResource"])
def test_whoever_applies_cannot_make_others_resources_its_own_by_a_tag(
    resources: Resources, action: str
) -> None:
    found = _statements(resources)
    conditions = [set(s["Condition"]["StringEquals"]) for s in found if action in s["Action"]]

    assert conditions
    own = {"aws:ResourceTag/Stack", "aws:ResourceTag/Environment"}
    assert all(own <= keys or "ec2:CreateAction" in keys for keys in conditions)


def test_whoever_applies_hands_roles_to_the_services_they_are_for_and_no_other(
    resources: Resources,
) -> None:
    policy = json.loads(at(resources, f'{MODULE}.aws_iam_policy.this["identities"]')["policy"])
    [passing] = [s for s in policy["Statement"] if s["Sid"] == "HandRolesToServices"]
    trusted = {
        json.loads(role["assume_role_policy"])["Statement"][0]["Principal"]["Service"]
        for role in of_type(resources, "aws_iam_role")
        if not role.address.startswith(MODULE)
    }

    allowed = set(passing["Condition"]["StringEquals"]["iam:PassedToService"])
    assert allowed == trusted, "mend local.services of template/terraform/modules/ci_role"
