"""Mail by Amazon SES, version 2."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from handlers.platform.deliveries import NotSentError
from handlers.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Mail:
    """A message; text and HTML say the same. The caller has escaped the HTML."""

    to: str
    subject: str
    text: str
    html: str


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
    return {"Subject": part(mail.subject), "Body": body}


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    # one attempt: a retry inside the client, after an answer was lost, could send it twice
    patience = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=patience)
