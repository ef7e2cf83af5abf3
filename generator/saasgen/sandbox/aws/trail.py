"""The trail: which actions were called, as CloudTrail would tell on AWS.

Terraform's own calls are apart from the functions': they say what a role that applies the stack has
to be allowed (tests/end_to_end/test_delivery.py).
"""

import logging
import re
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin

from saasgen.sandbox.aws.patching import Function, around

TRAIL = logging.getLogger("saasgen.sandbox.trail")


def apply() -> None:
    """Note every call, whether it succeeds or not."""
    TRAIL.propagate = False  # thousands of lines, which nobody wants in the daemon's own log

    @around(ActionAuthenticatorMixin, "_authenticate_and_authorize_action")
    def authorize(original: Function, self: Any, *args: Any, **kwargs: Any) -> Any:
        TRAIL.info("%s %s:%s", _caller(self.headers), _service(self.headers), _action(self))
        return original(self, *args, **kwargs)


def _caller(headers: Any) -> str:
    terraform = "terraform-provider-aws" in headers.get("User-Agent", "")
    return "terraform" if terraform else "other"


def _service(headers: Any) -> str:
    """The service a request was signed for, which is mostly what IAM calls it too."""
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([\w-]+)/", headers.get("Authorization", ""))
    return scope.group(1) if scope else "unsigned"


def _action(response: Any) -> str:
    action = response._get_action()
    return str(action[0] if isinstance(action, list) else action)
