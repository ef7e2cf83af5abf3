"""KMS.

The provider sets `rotation_period_in_days` and waits until GetKeyRotationStatus says so; moto
knows only whether a key rotates.
"""

import json
from typing import Any

from moto.kms.responses import KmsResponse

from saasgen.sandbox.aws.patching import Function, action, around

_DEFAULT_PERIOD_DAYS = 365


def apply() -> None:
    """Keep and report the rotation period."""

    @around(KmsResponse, "enable_key_rotation")
    def enable_key_rotation(original: Function, self: Any) -> Any:
        answer = original(self)
        _key(self).rotation_period = self._get_param("RotationPeriodInDays") or _DEFAULT_PERIOD_DAYS
        return answer

    @action(KmsResponse)
    def get_key_rotation_status(self: Any) -> str:
        self._validate_cmk_id(self._get_param("KeyId"))
        key = _key(self)
        status = {"KeyId": key.id, "KeyRotationEnabled": key.key_rotation_status}
        if key.key_rotation_status:
            status["RotationPeriodInDays"] = getattr(key, "rotation_period", _DEFAULT_PERIOD_DAYS)
        return json.dumps(status)


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
