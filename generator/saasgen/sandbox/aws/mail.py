"""Mail that leaves through SES or Cognito, whole.

moto keeps one body of a mail that had two, and sends no invitation when a user is made by an
administrator. Whoever calls `on_mail` gets every mail as it was sent.
"""

import base64
import email
import email.policy
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.ses.responses import EmailResponse
from moto.sesv2.responses import SESV2Response

from saasgen.sandbox.aws.patching import Function, around

_INVITATION = {
    "EmailSubject": "Your temporary password",
    "EmailMessage": "Your username is {username} and temporary password is {####}.",
}
_COGNITO_SENDER = "no-reply@verificationemail.com"


class SentFile(NamedTuple):
    """A file that a mail brought."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class SentMail:
    """One mail."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str = ""
    files: tuple[SentFile, ...] = ()


Listener = Callable[[SentMail], None]
_listeners: list[Listener] = []


def on_mail(listener: Listener) -> None:
    """Call `listener` with every mail that is sent."""
    _listeners.append(listener)


def apply() -> None:
    """Hear of every mail."""

    @around(SESV2Response, "send_email")
    def send_email_v2(original: Function, self: Any) -> Any:
        answer = original(self)
        _announce(_from_v2(json.loads(self.body), json.loads(answer)["MessageId"]))
        return answer

    @around(EmailResponse, "send_email")
    def send_email_v1(original: Function, self: Any) -> Any:
        answer = original(self)
        destination = self._get_param("Destination", {})
        _announce(
            SentMail(
                message_id=answer.result["MessageId"],
                sender=self._get_param("Source"),
                to=_addresses(destination),
                subject=self._get_param("Message.Subject.Data"),
                text=self._get_param("Message.Body.Text.Data") or "",
                html=self._get_param("Message.Body.Html.Data") or "",
            )
        )
        return answer

    @around(CognitoIdpResponse, "admin_create_user")
    def admin_create_user(original: Function, self: Any) -> Any:
        answer = original(self)
        media = self._get_param("DesiredDeliveryMediums") or ["SMS"]
        if self._get_param("MessageAction") != "SUPPRESS" and "EMAIL" in media:
            _announce(_invitation(self))
        return answer


def _announce(mail: SentMail) -> None:
    for listener in _listeners.copy():  # one may be added meanwhile
        listener(mail)


def _addresses(destination: dict[str, list[str]]) -> tuple[str, ...]:
    kinds = ("ToAddresses", "CcAddresses", "BccAddresses")
    return tuple(address for kind in kinds for address in destination.get(kind) or ())


def _from_v2(request: dict[str, Any], message_id: str) -> SentMail:
    sender, content = request.get("FromEmailAddress") or "", request["Content"]
    to = _addresses(request.get("Destination") or {})
    if "Raw" in content:
        return _parsed(message_id, sender, to, base64.b64decode(content["Raw"]["Data"]))
    body = content["Simple"]["Body"]
    return SentMail(
        message_id=message_id,
        sender=sender,
        to=to,
        subject=content["Simple"]["Subject"]["Data"],
        text=body.get("Text", {}).get("Data", ""),
        html=body.get("Html", {}).get("Data", ""),
        files=tuple(_file(given) for given in content["Simple"].get("Attachments", ())),
    )


def _file(given: dict[str, Any]) -> SentFile:
    media_type = given.get("ContentType", "application/octet-stream")
    return SentFile(given["FileName"], media_type, base64.b64decode(given["RawContent"]))


def _parsed(message_id: str, sender: str, to: tuple[str, ...], raw: bytes) -> SentMail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return SentMail(
        message_id=message_id,
        sender=sender or str(message["From"]),
        to=to or tuple(str(message["To"] or "").split(",")),
        subject=str(message["Subject"] or ""),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
        files=tuple(
            SentFile(
                part.get_filename() or "attachment", part.get_content_type(), part.get_content()
            )
            for part in message.iter_attachments()
        ),
    )


def _invitation(response: Any) -> SentMail:
    """The mail that tells a new user the temporary password, by the pool's own template."""
    pool_id, username = response._get_param("UserPoolId"), response._get_param("Username")
    pool = response.backend.describe_user_pool(pool_id)
    user = response.backend.admin_get_user(pool_id, username)
    if not user.password:
        user.password = secrets.token_urlsafe(12) + "aA1!"
    config = pool.extended_config.get("AdminCreateUserConfig") or {}
    template = _INVITATION | (config.get("InviteMessageTemplate") or {})
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user.attributes}
    filled = template["EmailMessage"].replace("{username}", username)
    return SentMail(
        message_id=str(uuid.uuid4()),
        sender=(pool.extended_config.get("EmailConfiguration") or {}).get("From", _COGNITO_SENDER),
        to=(attributes.get("email", username),),
        subject=template["EmailSubject"],
        text=filled.replace("{####}", user.password),
    )
