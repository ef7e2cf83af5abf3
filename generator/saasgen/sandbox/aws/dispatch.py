"""Actions that moto does not know.

The provider (and boto3) retry an HTTP 500 for minutes, so a missing action looks like a hang.
AWS's own answer to an unknown operation is final; 501 is one that no SDK retries.
"""

import json
import logging
from typing import Any

from moto.core.responses import BaseResponse

from saasgen.sandbox.aws.patching import Function, around

_log = logging.getLogger(__name__)


def apply() -> None:
    """Answer 501 at once for an action that is not implemented."""

    @around(BaseResponse, "call_action")
    def call_action(original: Function, self: Any) -> Any:
        try:
            return original(self)
        except NotImplementedError as missing:
            _log.warning("%s: %s", self.service_name, missing)
            headers = {
                "status": "501",
                "x-amzn-errortype": "NotImplementedException",
                "content-type": "application/json",
            }
            body = {"__type": "NotImplementedException", "message": str(missing)}
            return 501, headers, json.dumps(body)
