"""A stack of its own for one run: database, AWS, Stripe, people; and what is left in the end."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Final

import boto3
import pytest
from boto3.s3 import inject
from boto3.s3.transfer import TransferConfig
from generator.sandbox.stripe.account import API_KEY, StripeAccount
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from handlers.domain.administrators import Administrator
from handlers.platform import db, events, exports, identities, mail, pipeline
from handlers.platform.events import Event
from handlers.platform.identities import Person
from handlers.platform.ids import TenantId
from handlers.platform.payments import secret
from handlers.platform.settings import settings

from ..api.conftest import Client, claims
from ..consumers.conftest import sqs

REGION: Final = "us-east-1"
BUCKET: Final = "acme-dev-exports"
BUS: Final = "acme-dev-deployments"
PASSWORD: Final = "Long-enough-1"
ENVIRONMENT: Final = {
    "AWS_DEFAULT_REGION": REGION,
    "EXPORTS_BUCKET": BUCKET,
    "DEPLOYMENTS_BUS": BUS,
    "RELAY_FUNCTION": "acme-dev-outbox-relay",
}

_CLIENTS: Final = (
    events._lambda_client,
    exports._s3,
    identities._cognito,
    mail._client,
    pipeline._client,
    secret._client,
)

# What has to come out the same. Ids and times are each run's own.
_ROWS: Final = {
    "administrators": "SELECT email, role, status, cognito_sub IS NULL AS is_unknown"
    " FROM administrators ORDER BY role, email",
    "invitations": "SELECT email, status, times_sent, token_hash IS NULL AS has_no_link"
    " FROM invitations",
    "approvals": "SELECT type, status, reason FROM approval_requests",
    "deployments": "SELECT environment, version, replaces FROM deployments",
    # what goes to Stripe goes to an invoice, by its id
    "deliveries": "SELECT channel, CASE WHEN channel <> 'stripe' THEN recipient END AS recipient,"
    " state FROM deliveries ORDER BY split_part(delivery_key, ':', 1)",
    "invoices": "SELECT number, status, total_minor, reason FROM invoices ORDER BY number",
    "stripe_invoices": "SELECT status, failed_attempts FROM stripe_invoices",
    "stripe_credit_notes": "SELECT is_refunded, stripe_credit_note_id IS NULL AS is_missing,"
    " refund_status FROM stripe_credit_notes ORDER BY credit_note_id",
    # the operator's trail has every request that reached a customer
    "events": "SELECT event_type, payload->'before' AS before, payload->'after' AS after"
    " FROM outbox WHERE event_type NOT LIKE 'operator.%' ORDER BY event_id",
}
_EVENTS: Final = """
    SELECT event_id, event_type, tenant_id, created_at AS occurred_at, payload AS data,
           correlation_id
      FROM outbox WHERE event_type LIKE %s ORDER BY event_id
"""

# What counts of the objects at Stripe.
_AT_STRIPE: Final = {
    "customer": ("name",),
    "invoice": ("status", "total", "amount_due", "amount_paid"),
    "invoiceitem": ("amount",),
    "charge": ("amount", "amount_refunded"),
    "credit_note": ("amount", "pre_payment_amount", "post_payment_amount"),
    "refund": ("amount", "status"),
}

State = dict[str, Any]


class World:
    """A tenant and everything around it."""

    def __init__(
        self,
        tenant: TenantId,
        make: Callable[..., Administrator],
        context: Any,
        monkeypatch: pytest.MonkeyPatch,
        stripe: StripeAccount,
    ) -> None:
        self.tenant = tenant
        self._stripe = stripe
        self._make = make
        self._context = context
        self._monkeypatch = monkeypatch
        self._sessions: dict[str, str] = {}
        self._cognito = _client("cognito-idp")
        self._pool = {"UserPoolId": settings().required("user_pool_id")}
        made = self._cognito.create_user_pool_client(**self._pool, ClientName="console")
        self._app = {**self._pool, "ClientId": made["UserPoolClient"]["ClientId"]}

    def person(self, name: str, role: Any, *, status: Any = "active") -> Administrator:
        """Make an administrator who is signed in."""
        email = f"{name}@initech.example"
        sub = identities.ensure_user(Person(self.tenant, email, name, "Byron", PASSWORD))
        identities.follow(sub, role, "active")
        password = {"USERNAME": sub, "PASSWORD": PASSWORD}
        answer = self._cognito.admin_initiate_auth(
            **self._app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=password
        )
        self._sessions[sub] = answer["AuthenticationResult"]["RefreshToken"]
        identities.follow(sub, role, status)
        return self._make(self.tenant, role, email=email, sub=sub, status=status)

    def client(self, who: Administrator | None = None) -> Client:
        """Call the API as somebody; each call is a request of its own."""
        told = None if who is None else claims(self.tenant, who.role, sub=who.cognito_sub or "")
        return Client(told, self._context)

    def hand_over(self, consumer: Any, event_types: str) -> None:
        """Give a consumer all its events, as the relay and SQS would, however often that is."""
        consumer.handler(sqs(*self.events(event_types)), self._context)

    def events(self, event_types: str) -> list[Event]:
        """Read what was published, by a pattern of SQL."""
        with db.service_session() as session:
            return [Event(**row) for row in session.all(_EVENTS, [event_types])]

    def upload_in_parts(self) -> None:
        """Let every file be as long as those that S3 takes in parts."""
        _upload(self._monkeypatch, multipart_threshold=1)

    def state(self) -> State:
        """Take down all that counts, within and outside."""
        rows = {name: self._rows(name) for name in _ROWS}
        return rows | {
            "users": self._users(),
            "mails": [(sent.destinations["ToAddresses"], sent.subject) for sent in _mails()],
            "told to pipelines": [(told["version"], told["environment"]) for told in _told()],
            "files": _files(),
            "at Stripe": {kind: self._at_stripe(kind) for kind in _AT_STRIPE},
        }

    def _at_stripe(self, kind: str) -> list[tuple[Any, ...]]:
        found = self._stripe.store.every(kind)
        return [tuple(one[name] for name in _AT_STRIPE[kind]) for one in found]

    def _rows(self, name: str) -> list[dict[str, Any]]:
        is_everybodys = name == "events"
        with db.service_session() if is_everybodys else db.tenant_session(self.tenant) as session:
            return session.all(_ROWS[name])  # type: ignore[arg-type]

    def _users(self) -> Mapping[str, Any]:
        found = self._cognito.list_users(**self._pool)["Users"]
        return {
            _attributes(user)["email"]: {
                "standing": (user["Enabled"], user["UserStatus"]),
                "groups": self._groups(user["Username"]),
                "is signed in": self._is_signed_in(_attributes(user)["sub"]),
            }
            for user in found
        }

    def _groups(self, name: str) -> list[str]:
        found = self._cognito.admin_list_groups_for_user(**self._pool, Username=name)["Groups"]
        return sorted(group["GroupName"] for group in found)

    def _is_signed_in(self, sub: str) -> bool:
        if sub not in self._sessions:
            return False
        token = {"REFRESH_TOKEN": self._sessions[sub]}
        try:
            self._cognito.admin_initiate_auth(
                **self._app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=token
            )
        except self._cognito.exceptions.NotAuthorizedException:
            return False
        return True


def forget_clients() -> None:
    """Let the handlers make clients of this account, and later tests some of theirs."""
    for client in _CLIENTS:
        client.cache_clear()
    secret.forget()


@contextmanager
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run an AWS account that holds what a stack has."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # what dies in a thread of its own would leave the process waiting for it
    _upload(monkeypatch)
    with mock_aws():
        _client("sesv2").create_email_identity(EmailIdentity="billing@acme.example")
        _client("s3").create_bucket(Bucket=BUCKET)
        _make_bus()
        monkeypatch.setenv("USER_POOL_ID", _make_pool())
        monkeypatch.setenv("STRIPE_SECRET_ARN", _make_payment_secret())
        settings.cache_clear()
        yield


def _upload(monkeypatch: pytest.MonkeyPatch, **config: int) -> None:
    monkeypatch.setattr(
        inject, "TransferConfig", partial(TransferConfig, use_threads=False, **config)
    )


@cache
def _client(service: str) -> Any:
    return boto3.client(service)


def _make_pool() -> str:
    cognito = _client("cognito-idp")
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
    made = _client("secretsmanager").create_secret(Name="acme-dev-stripe", SecretString=held)
    return str(made["ARN"])


def _make_bus() -> None:
    bridge, queues = _client("events"), _client("sqs")
    bridge.create_event_bus(Name=BUS)
    url = queues.create_queue(QueueName=BUS)["QueueUrl"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    pattern = json.dumps({"source": ["approvals"]})
    bridge.put_rule(Name="approved", EventBusName=BUS, EventPattern=pattern)
    target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
    bridge.put_targets(Rule="approved", EventBusName=BUS, Targets=[target])


def _mails() -> list[Any]:
    return [*ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages]


def _told() -> list[dict[str, Any]]:
    queues = _client("sqs")
    url = queues.get_queue_url(QueueName=BUS)["QueueUrl"]
    found = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"])["detail"] for message in found.get("Messages", [])]


def _files() -> set[tuple[int, ...]]:
    """Read the places of the entries in each file; two whole files of the same are as good as one.

    An export that is asked for again is another file. The bucket deletes both, and the parts of
    uploads that were never completed (modules/exports).
    """
    s3 = _client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    bodies = [s3.get_object(Bucket=BUCKET, Key=file["Key"])["Body"].read() for file in found]
    return {tuple(json.loads(line)["sequence"] for line in body.splitlines()) for body in bodies}


def _attributes(user: Any) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in user["Attributes"]}
