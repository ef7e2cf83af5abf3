"""X-Ray: sampling rules, groups, resource policies and the encryption setting, which moto lacks.

The provider creates, reads, updates and deletes them, and lists their tags.
"""

import json
from typing import Any

from moto.xray import urls
from moto.xray.responses import XRayResponse

from saasgen.sandbox.aws.patching import action

_PATHS = (
    "CreateSamplingRule",
    "GetSamplingRules",
    "UpdateSamplingRule",
    "DeleteSamplingRule",
    "CreateGroup",
    "GetGroup",
    "UpdateGroup",
    "DeleteGroup",
    "PutEncryptionConfig",
    "EncryptionConfig",
    "PutResourcePolicy",
    "ListResourcePolicies",
    "DeleteResourcePolicy",
    "ListTagsForResource",
)


def apply() -> None:
    """Add the actions and their paths."""
    for path in _PATHS:
        urls.url_paths[f"{{0}}/{path}$"] = XRayResponse.dispatch
    _add_sampling_rules()
    _add_groups()
    _add_encryption()
    _add_resource_policies()

    @action(XRayResponse)
    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": _kept(self, "tags").get(self._get_param("ResourceARN"), [])})


def _add_sampling_rules() -> None:
    @action(XRayResponse)
    def create_sampling_rule(self: Any) -> str:
        rule = dict(self._get_param("SamplingRule"))
        rule["RuleARN"] = _arn(self, "sampling-rule", rule["RuleName"])
        rule.setdefault("Attributes", {})
        _kept(self, "rules")[rule["RuleName"]] = rule
        _kept(self, "tags")[rule["RuleARN"]] = self._get_param("Tags") or []
        return json.dumps({"SamplingRuleRecord": _record(rule)})

    @action(XRayResponse)
    def get_sampling_rules(self: Any) -> str:
        rules = _kept(self, "rules").values()
        return json.dumps({"SamplingRuleRecords": [_record(rule) for rule in rules]})

    @action(XRayResponse)
    def update_sampling_rule(self: Any) -> str:
        update = dict(self._get_param("SamplingRuleUpdate"))
        name = update.get("RuleName") or update["RuleARN"].split("/")[-1]
        update.pop("RuleARN", None)
        rule = _kept(self, "rules")[name]
        rule.update(update)
        return json.dumps({"SamplingRuleRecord": _record(rule)})

    @action(XRayResponse)
    def delete_sampling_rule(self: Any) -> str:
        name = self._get_param("RuleName") or self._get_param("RuleARN").split("/")[-1]
        gone = _kept(self, "rules").pop(name, {})
        return json.dumps({"SamplingRuleRecord": _record(gone)})


def _add_groups() -> None:
    @action(XRayResponse)
    def create_group(self: Any) -> str:
        name = self._get_param("GroupName")
        group = {
            "GroupName": name,
            "GroupARN": _arn(self, "group", name),
            "FilterExpression": self._get_param("FilterExpression"),
            "InsightsConfiguration": self._get_param("InsightsConfiguration")
            or {"InsightsEnabled": False, "NotificationsEnabled": False},
        }
        _kept(self, "groups")[group["GroupARN"]] = group
        _kept(self, "tags")[group["GroupARN"]] = self._get_param("Tags") or []
        return json.dumps({"Group": group})

    @action(XRayResponse)
    def get_group(self: Any) -> Any:
        group = _kept(self, "groups").get(_group_arn(self))
        if group is None:
            error = {"__type": "InvalidRequestException", "message": "Group not found"}
            return json.dumps(error), {"status": 400}
        return json.dumps({"Group": group})

    @action(XRayResponse)
    def update_group(self: Any) -> str:
        group = _kept(self, "groups")[_group_arn(self)]
        for key in ("FilterExpression", "InsightsConfiguration"):
            if self._get_param(key):
                group[key] = self._get_param(key)
        return json.dumps({"Group": group})

    @action(XRayResponse)
    def delete_group(self: Any) -> str:
        _kept(self, "groups").pop(_group_arn(self), None)
        return "{}"


def _add_encryption() -> None:
    @action(XRayResponse)
    def put_encryption_config(self: Any) -> str:
        setting = {"KeyId": self._get_param("KeyId"), "Type": self._get_param("Type")}
        _kept(self, "encryption")["config"] = setting | {"Status": "ACTIVE"}
        return json.dumps({"EncryptionConfig": _kept(self, "encryption")["config"]})

    @action(XRayResponse)
    def encryption_config(self: Any) -> str:
        none = {"Type": "NONE", "Status": "ACTIVE"}
        return json.dumps({"EncryptionConfig": _kept(self, "encryption").get("config", none)})


def _add_resource_policies() -> None:
    @action(XRayResponse)
    def put_resource_policy(self: Any) -> str:
        name = self._get_param("PolicyName")
        before = _kept(self, "policies").get(name, {"PolicyRevisionId": "0"})
        policy = {
            "PolicyName": name,
            "PolicyDocument": self._get_param("PolicyDocument"),
            "PolicyRevisionId": str(int(before["PolicyRevisionId"]) + 1),
            "LastUpdatedTime": 1.0,
        }
        _kept(self, "policies")[name] = policy
        return json.dumps({"ResourcePolicy": policy})

    @action(XRayResponse)
    def list_resource_policies(self: Any) -> str:
        return json.dumps({"ResourcePolicies": list(_kept(self, "policies").values())})

    @action(XRayResponse)
    def delete_resource_policy(self: Any) -> str:
        _kept(self, "policies").pop(self._get_param("PolicyName"), None)
        return "{}"


def _kept(response: Any, kind: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = response.xray_backend.__dict__.setdefault("sandbox", {})
    return kinds.setdefault(kind, {})


def _arn(response: Any, kind: str, name: str) -> str:
    return f"arn:aws:xray:{response.region}:{response.current_account}:{kind}/{name}"


def _group_arn(response: Any) -> str:
    return response._get_param("GroupARN") or _arn(
        response, "group", response._get_param("GroupName")
    )


def _record(rule: dict[str, Any]) -> dict[str, Any]:
    return {"SamplingRule": rule, "CreatedAt": 1.0, "ModifiedAt": 1.0}
