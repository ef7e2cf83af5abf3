"""A tenant and everything around it for one run: database, account, Stripe, people; its outcome."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from saasgen.sandbox.stripe.account import StripeAccount

from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_users
from handlers.platform.aws.cognito_users import Person
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from ..api.conftest import Client, claims
from ..messages import sqs
from .account import Account, client, upload

_PASSWORD: Final = "Long-enough-1"

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
        account: Account,
        stripe: StripeAccount,
    ) -> None:
        self.tenant = tenant
        self._account = account
        self._stripe = stripe
        self._make = make
        self._context = context
        self._monkeypatch = monkeypatch
        self._sessions: dict[str, str] = {}
        self._cognito = client("cognito-idp")
        self._pool = {"UserPoolId": account.pool}
        self._app = {**self._pool, "ClientId": account.app}

    def person(self, name: str, role: Any, *, status: Any = "active") -> Administrator:
        """Make an administrator who is signed in."""
        email = f"{name}@initech.example"
        sub = cognito_users.ensure_user(Person(self.tenant, email, name, "Byron", _PASSWORD))
        cognito_users.synchronize(sub, role, "active")
        password = {"USERNAME": sub, "PASSWORD": _PASSWORD}
        answer = self._cognito.admin_initiate_auth(
            **self._app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=password
        )
        self._sessions[sub] = answer["AuthenticationResult"]["RefreshToken"]
        cognito_users.synchronize(sub, role, status)
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
        with sessions.service_session() as session:
            return [Event(**row) for row in session.all(_EVENTS, [event_types])]

    def upload_in_parts(self) -> None:
        """Let every file be as long as those that S3 takes in parts."""
        upload(self._monkeypatch, multipart_threshold=1)

    def state(self) -> State:
        """Take down all that counts, within and outside."""
        rows = {name: self._rows(name) for name in _ROWS}
        return rows | {
            "users": self._users(),
            "mails": self._account.mails(),
            "told to pipelines": [
                (told["version"], told["environment"]) for told in self._account.deployments()
            ],
            # An export that is asked for again is another file. The bucket deletes both, and the
            # parts of uploads that were never completed (modules/exports).
            "files": {_sequences(file) for file in self._account.files()},
            "at Stripe": {kind: self._at_stripe(kind) for kind in _AT_STRIPE},
        }

    def _at_stripe(self, kind: str) -> list[tuple[Any, ...]]:
        found = self._stripe.store.every(kind)
        return [tuple(one[name] for name in _AT_STRIPE[kind]) for one in found]

    def _rows(self, name: str) -> list[dict[str, Any]]:
        is_everybodys = name == "events"
        with (
            sessions.service_session()
            if is_everybodys
            else sessions.tenant_session(self.tenant) as session
        ):
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


def _sequences(file: bytes) -> tuple[int, ...]:
    return tuple(json.loads(line)["sequence"] for line in file.splitlines())


def _attributes(user: Any) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in user["Attributes"]}
