"""Application Auto Scaling: tags, which moto lacks.

The provider tags a scalable target as it registers it, and reads the tags back with every refresh.
"""

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from saasgen.sandbox.aws.patching import Function, action, around


def apply() -> None:
    """Keep the tags of scalable targets."""

    @around(ApplicationAutoScalingResponse, "register_scalable_target")
    def register_scalable_target(original: Function, self: Any) -> str:
        answer: str = original(self)
        _tags(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return answer

    @action(ApplicationAutoScalingResponse)
    def tag_resource(self: Any) -> str:
        _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    @action(ApplicationAutoScalingResponse)
    def untag_resource(self: Any) -> str:
        for key in self._get_param("TagKeys"):
            _tags(self, self._get_param("ResourceARN")).pop(key, None)
        return "{}"

    @action(ApplicationAutoScalingResponse)
    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


def _tags(response: Any, arn: str) -> dict[str, str]:
    backend = response.applicationautoscaling_backend
    kept: dict[str, dict[str, str]] = backend.__dict__.setdefault("sandbox_tags", {})
    return kept.setdefault(arn, {})
