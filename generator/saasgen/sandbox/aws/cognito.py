"""Cognito user pools.

The provider deletes resource servers and sets what is done about threats, neither of which moto
can. It expects an update of a pool to keep what UpdateUserPool cannot change (how users are named)
and what it does not mention (tags, tier). It leaves the tier out when it creates a pool, and
expects the one that AWS gives by default.
"""

from typing import Any

from moto.cognitoidp.models import CognitoIdpUserPool
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

from saasgen.sandbox.aws.patching import Function, action, around

_FIXED_AT_CREATION = ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration", "PoolName")
_KEPT_UNLESS_NAMED = ("UserPoolTags", "UserPoolTier")
_RISKS = (
    "CompromisedCredentialsRiskConfiguration",
    "AccountTakeoverRiskConfiguration",
    "RiskExceptionConfiguration",
)


def apply() -> None:
    """Close the gaps of user pools."""

    @action(CognitoIdpResponse)
    def delete_resource_server(self: Any) -> Any:
        pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
        pool.resource_servers.pop(self._get_param("Identifier"), None)
        return EmptyResult()

    @action(CognitoIdpResponse)
    def set_risk_configuration(self: Any) -> Any:
        pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
        pool.risks = {name: self._get_param(name) for name in _RISKS if self._get_param(name)}
        return _risk_configuration(pool)

    @action(CognitoIdpResponse)
    def describe_risk_configuration(self: Any) -> Any:
        return _risk_configuration(self.backend.describe_user_pool(self._get_param("UserPoolId")))

    @around(CognitoIdpUserPool, "update_extended_config")
    def update_extended_config(original: Function, self: Any, config: dict[str, Any]) -> None:
        before = dict(getattr(self, "extended_config", None) or {})
        original(self, config)
        for key in (*_FIXED_AT_CREATION, *_KEPT_UNLESS_NAMED):
            if key in before and key not in config:
                self.extended_config[key] = before[key]
        self.extended_config.setdefault("UserPoolTier", "ESSENTIALS")


def _risk_configuration(pool: Any) -> Any:
    return ActionResult({"RiskConfiguration": {"UserPoolId": pool.id} | getattr(pool, "risks", {})})
