"""Mail: what SES is asked, and which failures leave no doubt."""

from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.validate import ParamValidator
from moto import mock_aws

from handlers.platform.aws import mail
from handlers.platform.aws.mail import Attachment, Mail, send_mail
from handlers.platform.base.settings import settings
from handlers.platform.messaging.deliveries import NotSentError

WELCOME = Mail("ann@initech.example", "Wëlcome", "Hello", "<p>Hello</p>")


class Refusing:
    def __init__(self, error):
        self.error = error

    def send_email(self, **request):
        raise self.error


class Recording:
    def __init__(self, asked):
        self.asked = asked

    def send_email(self, **request):
        self.asked.append(request)
        return {"MessageId": "ses-1"}


def _client_error(status):
    answer = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")


def test_a_message_is_sent_from_the_stacks_address(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(mail, "_client", mail._client.__wrapped__)
    with mock_aws():
        boto3.client("sesv2").create_email_identity(EmailIdentity="billing@acme.example")
        assert send_mail(WELCOME, settings())


def test_a_file_goes_with_the_message(monkeypatch):
    asked = []
    monkeypatch.setattr(mail, "_client", lambda: Recording(asked))
    bringing = replace(WELCOME, attachments=[Attachment("Invoice 1.pdf", "application/pdf", b"%")])
    assert send_mail(bringing, settings()) == "ses-1"
    (request,) = asked
    (file,) = request["Content"]["Simple"]["Attachments"]
    assert (file["FileName"], file["RawContent"]) == ("Invoice 1.pdf", b"%")
    shape = boto3.client("sesv2", "us-east-1").meta.service_model.operation_model("SendEmail")
    assert not ParamValidator().validate(request, shape.input_shape).has_errors()


@pytest.mark.parametrize(
    "error", [_client_error(400), _client_error(429), ConnectTimeoutError(endpoint_url="ses")]
)
def test_a_refusal_is_certain(monkeypatch, error):
    monkeypatch.setattr(mail, "_client", lambda: Refusing(error))
    with pytest.raises(NotSentError):
        send_mail(WELCOME, settings())


@pytest.mark.parametrize("error", [_client_error(500), ReadTimeoutError(endpoint_url="ses")])
def test_a_lost_answer_is_not(monkeypatch, error):
    monkeypatch.setattr(mail, "_client", lambda: Refusing(error))
    with pytest.raises(type(error)):
        send_mail(WELCOME, settings())
