"""What IAM calls the API calls that Terraform made in a sandbox, and what a role is allowed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

# Whoever is somebody may ask who.
NEEDS_NO_RIGHT = {"sts:GetCallerIdentity"}

# An operator's alone: the workflows' own rights, and new keys (modules/ci_role says why).
OPERATORS = {
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:DeleteOpenIDConnectProvider",
    "iam:DeletePolicy",
    "kms:CreateKey",
}


def called(trail: Path) -> set[str]:
    """The actions that the provider's calls in a sandbox's trail need, without operators' own."""
    calls = (line.split() for line in trail.read_text("utf-8").splitlines())
    actions = {_iam_action(*call.split(":")) for caller, call in calls if caller == "terraform"}
    return actions - NEEDS_NO_RIGHT - OPERATORS


def allowed(iam: Any, role: str) -> set[str]:
    """The actions that the managed policies of a role allow."""
    found: set[str] = set()
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        policy = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        document = policy["Document"]
        statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
        found |= {a for s in statements if s["Effect"] == "Allow" for a in s["Action"]}
    return found


def _iam_action(service: str, operation: str) -> str:
    """Mostly the operation itself; API Gateway has a right per HTTP method."""
    if service == "apigateway":
        return f"apigateway:{_http_methods(service)[operation]}"
    if (service, operation) == ("s3", "HeadBucket"):
        return "s3:ListBucket"
    return f"{'cloudwatch' if service == 'monitoring' else service}:{operation}"


@cache
def _http_methods(service: str) -> dict[str, str]:
    model = botocore.session.get_session().get_service_model(service)
    return {name: model.operation_model(name).http["method"] for name in model.operation_names}
