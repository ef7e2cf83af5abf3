"""SES.

The provider changes a configuration set by one action per group of options, manages its event
destinations, and sets an identity's MAIL FROM domain, configuration set and feedback forwarding:
moto has none of these actions. It sees a difference when groups of options that were never set
come back empty, and reads the tags of an identity under the ARN that AWS gives it
(`identity/...`, not `email-identity/...`).
"""

import json
from typing import Any
from urllib.parse import unquote

from moto.ses.models import ConfigurationSet, EmailIdentity
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from saasgen.sandbox.aws.patching import Function, action, around, around_property

_OPTIONS = {
    "delivery": ("delivery-options", "delivery_options"),
    "reputation": ("reputation-options", "reputation_options"),
    "sending": ("sending", "enabled"),
    "suppression": ("suppression-options", "suppression_options"),
    "tracking": ("tracking-options", "tracking_options"),
    "vdm": ("vdm-options", "vdm_options"),
}
_SET = "{0}/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)"
_IDENTITY = "{0}/v2/email/identities/(?P<EmailIdentity>[^/]+)"


def apply() -> None:
    """Close the gaps of configuration sets and identities."""

    @around(ConfigurationSet, "to_dict_v2")
    def to_dict_v2(original: Function, self: Any) -> dict[str, Any]:
        described = original(self)
        if isinstance(self.enabled, dict):
            described["SendingOptions"] = self.enabled
        return {key: value for key, value in described.items() if value}

    for part, (path, name) in _OPTIONS.items():
        _add_options(part, path, name)
    _add_event_destinations()
    _add_identity_attributes()

    @around(SESV2Response, "create_email_identity")
    def create_email_identity(original: Function, self: Any) -> Any:
        answer = original(self)
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags") or []}
        if tags:
            identity = self._get_param("EmailIdentity")
            arn = f"arn:aws:ses:{self.region}:{self.current_account}:identity/{identity}"
            self.sesv2_backend.tag_resource(arn, tags)
        return answer


def _add_options(part: str, path: str, name: str) -> None:
    urls.url_paths[f"{_SET}/{path}$"] = SESV2Response.dispatch

    def put(self: Any) -> str:
        setattr(_set(self), name, _body(self))
        return "{}"

    put.__name__ = f"put_configuration_set_{part}_options"
    action(SESV2Response)(put)


def _add_event_destinations() -> None:
    urls.url_paths[f"{_SET}/event-destinations$"] = SESV2Response.dispatch
    urls.url_paths[f"{_SET}/event-destinations/(?P<name>[^/]+)$"] = SESV2Response.dispatch

    @action(SESV2Response)
    def create_configuration_set_event_destination(self: Any) -> str:
        body = _body(self)
        name = body["EventDestinationName"]
        _destinations(self)[name] = {"Name": name} | body["EventDestination"]
        return "{}"

    @action(SESV2Response)
    def get_configuration_set_event_destinations(self: Any) -> str:
        return json.dumps({"EventDestinations": list(_destinations(self).values())})

    @action(SESV2Response)
    def update_configuration_set_event_destination(self: Any) -> str:
        name = _last_segment(self)
        _destinations(self)[name] = {"Name": name} | _body(self)["EventDestination"]
        return "{}"

    @action(SESV2Response)
    def delete_configuration_set_event_destination(self: Any) -> str:
        _destinations(self).pop(_last_segment(self), None)
        return "{}"


def _add_identity_attributes() -> None:
    for path in ("mail-from", "feedback", "configuration-set"):
        urls.url_paths[f"{_IDENTITY}/{path}$"] = SESV2Response.dispatch

    @action(SESV2Response)
    def put_email_identity_mail_from_attributes(self: Any) -> str:
        body = _body(self)
        _identity(self).mail_from = {
            "MailFromDomain": body.get("MailFromDomain", ""),
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": body.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE"),
        }
        return "{}"

    @action(SESV2Response)
    def put_email_identity_feedback_attributes(self: Any) -> str:
        _identity(self).feedback_forwarding_status = _body(self)["EmailForwardingEnabled"]
        return "{}"

    @action(SESV2Response)
    def put_email_identity_configuration_set_attributes(self: Any) -> str:
        _identity(self).configuration_set_name = _body(self).get("ConfigurationSetName")
        return "{}"

    @around_property(EmailIdentity, "get_response_object")
    def get_response_object(original: Function, self: Any) -> dict[str, Any]:
        described: dict[str, Any] = original(self)
        mail_from = getattr(self, "mail_from", None)
        return described | ({"MailFromAttributes": mail_from} if mail_from else {})


def _body(response: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(response.body or "{}")
    return parsed


def _set(response: Any) -> Any:
    name = unquote(response.path.split("/configuration-sets/")[1].split("/")[0])
    return response.sesv2_backend.get_configuration_set(configuration_set_name=name)


def _destinations(response: Any) -> dict[str, Any]:
    kept: dict[str, Any] = _set(response).__dict__.setdefault("sandbox_destinations", {})
    return kept


def _identity(response: Any) -> Any:
    name = unquote(response.path.split("/identities/")[1].split("/")[0])
    return response.sesv2_backend.get_email_identity(email_identity=name)


def _last_segment(response: Any) -> str:
    return unquote(response.path.rstrip("/").split("/")[-1])
