"""The AWS account around the runs, and how each of them finds it: as if it were new."""

import json
from functools import cache, partial
from typing import Any, Final

import boto3
import pytest
from boto3.s3 import inject
from boto3.s3.transfer import TransferConfig
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from saasgen.sandbox.stripe.account import API_KEY

from handlers.platform.aws import cognito_users, deployment_bus, exports, mail
from handlers.platform.base.settings import settings
from handlers.platform.messaging import events
from handlers.platform.payments import secret

REGION: Final = "us-east-1"
_BUCKET: Final = "acme-dev-exports"
_BUS: Final = "acme-dev-deployments"

_CLIENTS: Final = (
    events._lambda_client,
    exports._s3,
    cognito_users._cognito,
    mail._client,
    deployment_bus._client,
    secret._client,
)


class Account:
    """An account that holds what a stack has; only within `mock_aws`, in one region.

    To make a user pool takes moto ten times as long as most runs take, so runs share one account,
    and `reset` takes back what a run can have left in it.
    """

    def __init__(self) -> None:
        client("sesv2").create_email_identity(EmailIdentity="billing@acme.example")
        client("s3").create_bucket(Bucket=_BUCKET)
        _make_bus()
        self.pool = _make_pool()
        made = client("cognito-idp").create_user_pool_client(
            UserPoolId=self.pool, ClientName="console"
        )
        self.app = str(made["UserPoolClient"]["ClientId"])
        self._secret = _make_payment_secret()

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the handlers find it."""
        environment = {
            "AWS_DEFAULT_REGION": REGION,
            "EXPORTS_BUCKET": _BUCKET,
            "DEPLOYMENTS_BUS": _BUS,
            "RELAY_FUNCTION": "acme-dev-outbox-relay",
            "USER_POOL_ID": self.pool,
            "STRIPE_SECRET_ARN": self._secret,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        # what dies in a thread of its own would leave the process waiting for it
        upload(monkeypatch)

    def reset(self) -> None:
        """Take back what handlers can leave: users, mails, messages, files and parts of files."""
        cognito, s3, queues = client("cognito-idp"), client("s3"), client("sqs")
        for user in cognito.list_users(UserPoolId=self.pool)["Users"]:
            cognito.admin_delete_user(UserPoolId=self.pool, Username=user["Username"])
        _sent().clear()
        for message in _received():
            queues.delete_message(QueueUrl=_queue(), ReceiptHandle=message["ReceiptHandle"])
        for file in s3.list_objects_v2(Bucket=_BUCKET).get("Contents", []):
            s3.delete_object(Bucket=_BUCKET, Key=file["Key"])
        for begun in s3.list_multipart_uploads(Bucket=_BUCKET).get("Uploads", []):
            s3.abort_multipart_upload(Bucket=_BUCKET, Key=begun["Key"], UploadId=begun["UploadId"])

    def mails(self) -> list[tuple[list[str], str]]:
        """Recipients and subject of each mail that was sent."""
        return [(mail.destinations["ToAddresses"], mail.subject) for mail in _sent()]

    def deployments(self) -> list[dict[str, Any]]:
        """What the pipelines were told."""
        return [json.loads(message["Body"])["detail"] for message in _received()]

    def files(self) -> list[bytes]:
        """What each exported file holds."""
        s3 = client("s3")
        found = s3.list_objects_v2(Bucket=_BUCKET).get("Contents", [])
        return [s3.get_object(Bucket=_BUCKET, Key=file["Key"])["Body"].read() for file in found]


@cache
def client(service: str) -> Any:
    """A client of the account, for the tests' own questions."""
    return boto3.client(service, region_name=REGION)


def forget_clients() -> None:
    """Let the handlers make clients of this account, and later tests some of theirs."""
    for made in (*_CLIENTS, client):
        made.cache_clear()
    secret.forget()


def upload(monkeypatch: pytest.MonkeyPatch, **config: int) -> None:
    """Configure how files are uploaded to S3: one part after the other, as `config` says."""
    monkeypatch.setattr(
        inject, "TransferConfig", partial(TransferConfig, use_threads=False, **config)
    )


def _make_pool() -> str:
    cognito = client("cognito-idp")
    pool: str = cognito.create_user_pool(
        PoolName="users",
        UsernameAttributes=["email"],
        Schema=[{"Name": "tenant_id", "AttributeDataType": "String", "Mutable": False}],
    )["UserPool"]["Id"]
    for group in ("super_admin", "admin", "operator", "auditor", "user"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    return pool


def _make_payment_secret() -> str:
    held = json.dumps({"apiKey": API_KEY, "webhookSecrets": []})
    made = client("secretsmanager").create_secret(Name="acme-dev-stripe", SecretString=held)
    return str(made["ARN"])


def _make_bus() -> None:
    bridge, queues = client("events"), client("sqs")
    bridge.create_event_bus(Name=_BUS)
    url = queues.create_queue(QueueName=_BUS)["QueueUrl"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    pattern = json.dumps({"source": ["approvals"]})
    bridge.put_rule(Name="approved", EventBusName=_BUS, EventPattern=pattern)
    target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
    bridge.put_targets(Rule="approved", EventBusName=_BUS, Targets=[target])


def _queue() -> str:
    return str(client("sqs").get_queue_url(QueueName=_BUS)["QueueUrl"])


def _received() -> list[Any]:
    """The messages in the pipelines' queue, which stay in it; no run leaves more than ten."""
    found = client("sqs").receive_message(
        QueueUrl=_queue(), MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return list(found.get("Messages", []))


def _sent() -> list[Any]:
    messages: list[Any] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages
