"""Mail by Amazon SES, version 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from handlers.platform.base.settings import Settings
from handlers.platform.messaging.deliveries import NotSentError


class Attachment(NamedTuple):
    """A file that a message brings, such as `Invoice 12.pdf`."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A message; text and HTML say the same. The caller has escaped the HTML."""

    to: str
    subject: str
    text: str
    html: str
    attachments: Sequence[Attachment] = ()


def send_mail(mail: Mail, settings: Settings) -> str:
    """Send a message and return SES's id of it.

    Raises:
        NotSentError: SES was not reached or refused: it certainly was not sent.
    """
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    request: dict[str, Any] = {
        "FromEmailAddress": settings.required("sender_email"),
        "Destination": {"ToAddresses": [mail.to]},
        "Content": {"Simple": _content(mail)},
    }
    if settings.ses_configuration_set:
        request["ConfigurationSetName"] = settings.ses_configuration_set
    try:
        answer = _client().send_email(**request)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
            raise
        raise NotSentError(str(error)) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise NotSentError(str(error)) from error
    return str(answer["MessageId"])


def _content(mail: Mail) -> dict[str, Any]:
    def part(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    body = {"Text": part(mail.text), "Html": part(mail.html)}
    content: dict[str, Any] = {"Subject": part(mail.subject), "Body": body}
    if mail.attachments:
        content["Attachments"] = [_attached(attachment) for attachment in mail.attachments]
    return content


def _attached(attachment: Attachment) -> dict[str, Any]:
    return {
        "FileName": attachment.name,
        "ContentType": attachment.media_type,
        "ContentDisposition": "ATTACHMENT",
        "ContentTransferEncoding": "BASE64",
        "RawContent": attachment.content,
    }


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    # one attempt: a retry inside the client, after an answer was lost, could send it twice
    patience = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=patience)
