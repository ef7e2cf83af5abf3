"""Everything an account lists that speaks of a stack: by its name, or by its tag `Stack`.

No list of kinds: each operation of a service that lists without being told what is asked, so that a
new kind of resource is covered by being made.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

SERVICES = (
    *("acm", "apigateway", "backup", "cloudwatch", "cognito-idp", "ec2", "events", "iam", "kms"),
    *("lambda", "logs", "rds", "resource-groups", "route53", "s3", "scheduler", "secretsmanager"),
    *("ses", "sesv2", "sns", "sqs", "ssm", "wafv2", "xray"),
)
# What some operations want to know before they list everything.
_ARGUMENTS = {"Scope": "REGIONAL", "MaxResults": 10, "Limit": 10}
# What AWS offers and nobody made, and what it remembers. (moto lists the tags of what is
# gone; each thing with tags is listed by itself.)
_LEFT_OUT = {
    *("DescribeImages", "DescribeInstanceTypeOfferings", "DescribeInstanceTypes"),
    *("DescribeEvents", "DescribeTags"),
}
# What is listed for a while after it is gone.
_GONE = {"deleted", "terminated", "deleting", "pendingdeletion"}


def listed(aws: Callable[[str], Any], name: str) -> list[str]:
    """What the account lists of a stack.

    Args:
        aws: makes a client of a service.
        name: the prefix of the stack's names, such as `acme-dev`.
    """
    found = {
        f"{service} {operation}: {text}"
        for service in SERVICES
        for operation, item in _items(aws(service))
        if _speaks_of(name, text := json.dumps(item, default=str)) and not _is_gone(item)
    }
    return sorted([*found, *_live_keys(aws("kms"), name)])


def _items(client: Any) -> Iterator[tuple[str, Any]]:
    """Every item of every list that the service gives without being told more."""
    model = client.meta.service_model
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        required = shape.required_members if shape else []
        lists = operation.startswith(("List", "Describe", "Get")) and operation not in _LEFT_OUT
        if lists and set(required) <= set(_ARGUMENTS):
            arguments = {name: _ARGUMENTS[name] for name in required}
            for item in _answered(client, operation, arguments):
                yield operation, item


def _answered(client: Any, operation: str, arguments: dict[str, Any]) -> list[Any]:
    method = xform_name(operation)
    try:
        if client.can_paginate(method):
            answers = list(client.get_paginator(method).paginate(**arguments))
        else:
            answers = [getattr(client, method)(**arguments)]
    except (ClientError, BotoCoreError, ResponseParserError):
        return []  # not of the sandbox's services, or nothing without an argument after all
    lists = [value for answer in answers for value in answer.values() if isinstance(value, list)]
    return [item for items in lists for item in items]


def _speaks_of(name: str, text: str) -> bool:
    stack = name.rpartition("-")[0]
    tag = f'"Key": "Stack", "Value": "{stack}"'
    # the bucket of the states is not the stack's: it outlives it
    return (name in text or tag in text) and f"{name}-terraform-state" not in text


def _is_gone(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if item.get("SnapshotType") == "automated":
        return True  # AWS deletes it with the cluster
    states = (item.get(key) for key in ("State", "Status", "state", "status", "KeyState"))
    return any(str(state).replace("_", "").lower() in _GONE for state in states)


def _live_keys(kms: Any, name: str) -> Iterator[str]:
    """Keys, which a list shows by id alone."""
    for listed_key in kms.list_keys()["Keys"]:
        key = kms.describe_key(KeyId=listed_key["KeyId"])["KeyMetadata"]
        if name in key["Description"] and not _is_gone(key):
            yield f"kms key: {key['Description']}"
