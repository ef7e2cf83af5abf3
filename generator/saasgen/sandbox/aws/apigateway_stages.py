"""API Gateway: the settings of a stage's methods.

`aws_api_gateway_method_settings` sends patch operations such as
`/v1~1invoices/POST/throttling/rateLimit`; moto splits the path at the wrong slash for a resource
more than one level deep, and does not remove settings.
"""

from typing import Any

from moto.apigateway.models import Stage

from saasgen.sandbox.aws.patching import Function, around

_SETTINGS = frozenset(
    {
        "metrics/enabled",
        "logging/loglevel",
        "logging/dataTrace",
        "throttling/burstLimit",
        "throttling/rateLimit",
        "caching/enabled",
        "caching/ttlInSeconds",
        "caching/dataEncrypted",
        "caching/requireAuthorizationForCacheControl",
        "caching/unauthorizedCacheControlHeaderStrategy",
    }
)


def apply() -> None:
    """Take method settings of resources at any depth."""

    @around(Stage, "apply_operations")
    def apply_operations(original: Function, self: Any, operations: list[dict[str, Any]]) -> Any:
        others = [o for o in operations if not _apply_setting(self, o)]
        return original(self, others) if others else self


def _apply_setting(stage: Any, operation: dict[str, Any]) -> bool:
    """Apply the operation if it concerns a method setting; say whether it did."""
    path = operation["path"]
    setting = "/".join(path.split("/")[-2:])
    if operation["op"] == "replace" and setting in _SETTINGS:
        method = path[: -len(setting) - 1]
        stage._patch_method_setting(_method(method), setting, operation["value"])
        return True
    concerns_stage = path == "/accessLogSettings" or path.startswith("/variables")
    if operation["op"] == "remove" and not concerns_stage:
        stage.method_settings.pop(_method(path), None)
        return True
    return False


def _method(path: str) -> str:
    return path.replace("~1", "/").strip("/")
