"""RDS.

The provider ignores parameters of a group that are not marked as set by the user, reads the Data
API's state and Performance Insights settings back, and sees a difference when a cluster without
Serverless v1 scaling reports some. The managed secret of every cluster in moto holds the same user
and password; on RDS it holds the cluster's master user and a random one. A subnet group that was
changed must still be there afterwards: moto takes it out.
"""

import json
import secrets
from typing import Any

from moto.rds.models import (
    DBCluster,
    DBInstance,
    DBParameterGroup,
    MasterUserSecret,
    RDSBackend,
)

from saasgen.sandbox.aws.patching import Function, around, around_property, attribute


def apply() -> None:
    """Report clusters, instances and parameter groups as they were asked for."""

    @around(DBParameterGroup, "update_parameters")
    def update_parameters(original: Function, self: Any, changed: list[dict[str, Any]]) -> Any:
        return original(self, [parameter | {"Source": "user"} for parameter in changed])

    @around_property(DBCluster, "scaling_configuration_info")
    def scaling_configuration_info(original: Function, self: Any) -> Any:
        return original(self) if self.scaling_configuration else None

    @around(MasterUserSecret, "_generate_secret_string")
    def generate_secret_string(_original: Function, self: Any) -> str:
        name = self.resource.master_username
        return json.dumps({"username": name, "password": secrets.token_urlsafe(24)})

    @around(RDSBackend, "modify_db_subnet_group")
    def modify_db_subnet_group(original: Function, self: Any, name: str, *changes: Any) -> Any:
        changed = original(self, name, *changes)
        self.subnet_groups[name] = changed
        return changed

    _keep_data_api()
    _keep_performance_insights()


def _keep_data_api() -> None:
    enabled: Any = DBCluster.enable_http_endpoint

    def enable(cluster: Any, value: bool) -> None:
        enabled.fset(cluster, value)
        if value and str(cluster.engine).startswith("aurora"):
            cluster._enable_http_endpoint = True

    attribute(DBCluster, "enable_http_endpoint", property(enabled.fget, enable))


def _keep_performance_insights() -> None:
    @around(DBInstance, "__init__")
    def init(original: Function, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.performance_insights_enabled = kwargs.get("enable_performance_insights", False)
        self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id")
        self.performance_insights_retention_period = kwargs.get(
            "performance_insights_retention_period"
        )
