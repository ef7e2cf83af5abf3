"""S3.

A bucket policy that denies requests without TLS must not lock the sandbox out: moto talks plain
HTTP and ignores conditions, so every conditional Deny would apply always.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from saasgen.sandbox.aws.patching import Function, around


def apply() -> None:
    """Leave conditional denials out of the decision."""

    @around(FakeBucket, "get_permission")
    def get_permission(original: Function, self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return original(self, action, resource)
        policy = json.loads(self.policy)
        policy["Statement"] = [
            statement
            for statement in policy["Statement"]
            if not (statement.get("Effect") == "Deny" and "Condition" in statement)
        ]
        if not policy["Statement"]:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)
