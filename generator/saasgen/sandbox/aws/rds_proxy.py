"""RDS Proxy.

The provider changes a proxy by ModifyDBProxy, which moto lacks. It asks for the targets and target
groups of a proxy to see whether they are gone; moto fails where RDS says that there is no such
proxy.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBProxyNotFoundFault
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from saasgen.sandbox.aws.patching import Function, action, around

# What ModifyDBProxy calls it, and what moto keeps it as.
_CHANGEABLE = {
    "Auth": "auth",
    "RequireTLS": "require_tls",
    "IdleClientTimeout": "idle_client_timeout",
    "DebugLogging": "debug_logging",
    "RoleArn": "role_arn",
    "SecurityGroups": "vpc_security_group_ids",
}


def apply() -> None:
    """Change proxies, and miss those that are gone."""

    @action(RDSResponse)
    def modify_db_proxy(self: Any) -> ActionResult:
        [proxy] = self.backend.describe_db_proxies(self.params["DBProxyName"])
        for asked, kept in _CHANGEABLE.items():
            if asked in self.params:
                setattr(proxy, kept, self.params[asked])
        return ActionResult({"DBProxy": proxy})

    for name in ("describe_db_proxy_targets", "describe_db_proxy_target_groups"):
        _require_the_proxy(name)


def _require_the_proxy(name: str) -> None:
    @around(RDSBackend, name)
    def described(original: Function, self: Any, proxy_name: str) -> Any:
        if proxy_name not in self.db_proxies:
            raise DBProxyNotFoundFault(proxy_name)
        return original(self, proxy_name)
