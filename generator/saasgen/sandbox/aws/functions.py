"""Lambda functions and event source mappings.

The provider reads back the dead letter, logging, file system and SnapStart settings of a function
and waits until a change of tracing, key or ephemeral storage shows; moto drops the first and
ignores the second. A mapping made for an alias must report the alias, not the version behind it.
"""

import re
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.sqs.models import sqs_backends

from saasgen.sandbox.aws.patching import Function, around

_KEPT = {
    "DeadLetterConfig": "sandbox_dead_letter_config",
    "LoggingConfig": "sandbox_logging_config",
    "FileSystemConfigs": "sandbox_file_system_configs",
    "SnapStart": "sandbox_snap_start",
}
_ALIAS_ARN = re.compile(r"^arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+:[A-Za-z_]")


def apply() -> None:
    """Report functions and mappings as they were asked for."""
    _keep_settings()
    _apply_updates()
    _report_alias_of_mapping()


def _keep_settings() -> None:
    @around(LambdaFunction, "__init__")
    def init(original: Function, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        spec = kwargs["spec"] if "spec" in kwargs else args[1]
        for key, name in _KEPT.items():
            setattr(self, name, spec.get(key))

    @around(LambdaFunction, "get_configuration")
    def get_configuration(original: Function, self: Any, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = original(self, on_create)
        for key, name in _KEPT.items():
            if value := getattr(self, name, None):
                configuration[key] = value
        if "SnapStart" in configuration:
            configuration["SnapStart"] = configuration["SnapStart"] | {"OptimizationStatus": "Off"}
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration.setdefault("LoggingConfig", default)
        return configuration


def _apply_updates() -> None:
    @around(LambdaFunction, "update_configuration")
    def update_configuration(original: Function, self: Any, update: dict[str, Any]) -> Any:
        for key, name in _KEPT.items():
            if key in update:
                setattr(self, name, update[key])
        if "TracingConfig" in update:
            self.tracing_config = update["TracingConfig"]
        if "KMSKeyArn" in update:
            self.kms_key_arn = update["KMSKeyArn"]
        if "EphemeralStorage" in update:
            self.ephemeral_storage = update["EphemeralStorage"]["Size"]
        return original(self, update)


def _report_alias_of_mapping() -> None:
    @around(LambdaBackend, "create_event_source_mapping")
    def create_event_source_mapping(original: Function, self: Any, spec: dict[str, Any]) -> Any:
        mapping = original(self, spec)
        stated, reported = spec["FunctionName"], mapping.function_arn
        if _ALIAS_ARN.match(stated):
            for queue in sqs_backends[self.account_id][self.region_name].queues.values():
                if queue.queue_arn == mapping.event_source_arn:
                    mappings = queue.lambda_event_source_mappings
                    mappings[stated] = mappings.pop(reported)
            mapping.function_arn = stated
        return mapping
