"""CloudWatch Logs.

The provider compares `log_group_class`, which moto drops, manages query definitions, which moto
lacks, and changes a metric filter by putting it again, which to moto is a second one.
"""

import json
import time
import uuid
from typing import Any

from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from saasgen.sandbox.aws.patching import Function, action, around


def apply() -> None:
    """Keep the class of log groups, query definitions, and one metric filter of a name."""
    _keep_class()
    _replace_metric_filters()
    _add_query_definitions()


def _keep_class() -> None:
    @around(LogsResponse, "create_log_group")
    def create_log_group(original: Function, self: Any) -> Any:
        answer = original(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
        return answer

    @around(LogGroup, "to_describe_dict")
    def to_describe_dict(original: Function, self: Any) -> dict[str, Any]:
        described: dict[str, Any] = original(self)
        return described | {"logGroupClass": getattr(self, "log_group_class", "STANDARD")}


def _replace_metric_filters() -> None:
    @around(MetricFilters, "add_filter")
    def add_filter(
        original: Function, self: Any, name: str, pattern: str, log_group: str, metrics: Any
    ) -> None:
        self.delete_filter(name, log_group)
        original(self, name, pattern, log_group, metrics)


def _add_query_definitions() -> None:
    @action(LogsResponse)
    def put_query_definition(self: Any) -> str:
        identifier = self._get_param("queryDefinitionId") or str(uuid.uuid4())
        _definitions(self)[identifier] = {
            "queryDefinitionId": identifier,
            "name": self._get_param("name"),
            "queryString": self._get_param("queryString"),
            "logGroupNames": self._get_param("logGroupNames") or [],
            "lastModified": int(time.time() * 1000),
        }
        return json.dumps({"queryDefinitionId": identifier})

    @action(LogsResponse)
    def describe_query_definitions(self: Any) -> str:
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        found = [d for d in _definitions(self).values() if d["name"].startswith(prefix)]
        return json.dumps({"queryDefinitions": found})

    @action(LogsResponse)
    def delete_query_definition(self: Any) -> str:
        gone = _definitions(self).pop(self._get_param("queryDefinitionId"), None)
        return json.dumps({"success": gone is not None})


def _definitions(response: Any) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = response.logs_backend.__dict__.setdefault(
        "query_definitions", {}
    )
    return kept
