"""The stack's functions that are started without waiting for their answer."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any


class Functions:
    """Those that may be started.

    Args:
        alias_arns: The alias to invoke, by function key.
    """

    def __init__(self, alias_arns: Mapping[str, str]) -> None:
        self._alias_arns = alias_arns

    def key_of(self, arn: str) -> str | None:
        """Return the key of a function by its ARN, with any alias or version or without one."""
        known = {_unqualified(alias): key for key, alias in self._alias_arns.items()}
        return known.get(_unqualified(arn))

    def start(self, key: str, payload: Any) -> None:
        """Invoke a function without waiting for it; Lambda has taken the event on return."""
        _lambda().invoke(
            FunctionName=self._alias_arns[key],
            InvocationType="Event",
            Payload=json.dumps(payload).encode(),
        )


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


@cache
def _lambda() -> Any:
    import boto3

    return boto3.client("lambda")
