"""SES.

The provider changes a configuration set by one action per group of options, of which moto has
none, sees a difference when groups that were never set come back empty, and reads the tags of an
identity under the ARN that AWS gives it (`identity/...`, not `email-identity/...`).
"""

import json
from typing import Any

from moto.ses.models import ConfigurationSet
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from generator.sandbox.aws.patching import Function, action, around

_OPTIONS = {
    "delivery": "delivery_options",
    "reputation": "reputation_options",
    "sending": "enabled",
    "suppression": "suppression_options",
    "tracking": "tracking_options",
    "vdm": "vdm_options",
}
_SET = "{0}/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)"


def apply() -> None:
    """Close the gaps of configuration sets and identities."""

    @around(ConfigurationSet, "to_dict_v2")
    def to_dict_v2(original: Function, self: Any) -> dict[str, Any]:
        described = original(self)
        if isinstance(self.enabled, dict):
            described["SendingOptions"] = self.enabled
        return {key: value for key, value in described.items() if value}

    for part, name in _OPTIONS.items():
        _add_options(part, name)

    @around(SESV2Response, "create_email_identity")
    def create_email_identity(original: Function, self: Any) -> Any:
        answer = original(self)
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags") or []}
        if tags:
            identity = self._get_param("EmailIdentity")
            arn = f"arn:aws:ses:{self.region}:{self.current_account}:identity/{identity}"
            self.sesv2_backend.tag_resource(arn, tags)
        return answer


def _add_options(part: str, name: str) -> None:
    urls.url_paths[f"{_SET}/{part}-options$"] = SESV2Response.dispatch

    def put(self: Any) -> str:
        wanted = self.path.split("/configuration-sets/")[1].split("/")[0]
        found = self.sesv2_backend.get_configuration_set(configuration_set_name=wanted)
        setattr(found, name, json.loads(self.body or "{}"))
        return "{}"

    put.__name__ = f"put_configuration_set_{part}_options"
    action(SESV2Response)(put)
