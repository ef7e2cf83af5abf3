"""What every test of the stack may use: an environment, a clock, a database, tenants in it."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from moto import mock_aws
from saasgen.sandbox.stripe.account import API_KEY
from saasgen.testing import (
    ENVIRONMENT,
    Database,
    database,
    empty_database,
    migrated_template,
    postgres_server,
    reused_database,
)

from handlers.consumers import send_notification
from handlers.domain.access import administrators, profiles
from handlers.domain.access.administrators import Administrator
from handlers.domain.access.profiles import QuietHours
from handlers.domain.base.origin import Origin
from handlers.platform.aws.mail import Mail
from handlers.platform.base.ids import EventId, TenantId, new_id
from handlers.platform.base.settings import settings
from handlers.platform.base.telemetry import log
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event
from handlers.platform.payments import access, secret
from handlers.services.notifications import administrator_mails

__all__ = [
    "database",
    "empty_database",
    "migrated_template",
    "postgres_server",
    "reused_database",
]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Context:
    """Lambda's context, with as much time left as it is told."""

    function_name = "acme-dev-tests"
    aws_request_id = "test-request"

    def __init__(self, remaining_ms: int = 60_000) -> None:
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


class Outgoing:
    """Stands in for the way to SES."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.fault: Exception | None = None

    def __call__(self, mail: Mail, _settings: object) -> str:
        if self.fault is not None:
            raise self.fault
        self.mails.append(mail)
        return f"ses-{len(self.mails)}"


class Stripe:
    """The account behind the real SDK, and the way to it, which may break.

    Attributes:
        fault: raised by the way, if set, before or after the call with a number.
        calls: how many calls there were.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        from saasgen.sandbox.stripe.account import StripeAccount
        from saasgen.sandbox.stripe.webhooks import Webhooks

        self.account = StripeAccount(clock)
        self.webhooks = Webhooks(self.account.store, self._post)
        self.endpoint: Callable[[bytes, dict[str, str]], int] = lambda body, headers: 200
        self.calls = 0
        self.fault: tuple[int, str, BaseException] | None = None

    def all(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return [*self.account.store.every(kind, **fields)]

    def answer(self, request: Any) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if self.fault is not None and self.fault[:2] == (number, "before"):
            raise self.fault[2]
        answer = self.account(request)
        if self.fault is not None and self.fault[:2] == (number, "after"):
            raise self.fault[2]
        return answer

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        return self.endpoint(body, headers)


@pytest.fixture(autouse=True)
def function_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run every test in a function's environment; variables set later need a cache_clear."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """Return what has been logged since the test began, line by line."""
    stream = io.StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def outgoing(monkeypatch: pytest.MonkeyPatch) -> Outgoing:
    """Catch what is mailed."""
    way = Outgoing()
    for module in (send_notification, administrator_mails):
        monkeypatch.setattr(module, "send_mail", way)
    return way


@pytest.fixture
def stripe(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    """Connect the stack to a payment provider, whose webhooks it hears."""
    from saasgen.sandbox.stripe.transport import InProcessTransport
    from saasgen.sandbox.stripe.webhook_endpoints import register

    made = Stripe(clock)
    endpoint = register(made.account.store, "https://api.acme.example/v1/webhooks/stripe")
    value = json.dumps({"apiKey": API_KEY, "webhookSecrets": endpoint["secrets"]})
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(access, "_transport", lambda: InProcessTransport(made.answer))
    with mock_aws():
        vault = boto3.client("secretsmanager")
        created = vault.create_secret(Name="acme-dev-stripe", SecretString=value)
        monkeypatch.setenv("STRIPE_SECRET_ARN", created["ARN"])
        settings.cache_clear()
        secret.forget()
        secret._client.cache_clear()
        yield made
    secret.forget()


@pytest.fixture
def operator() -> TenantId:
    return settings().operator


@pytest.fixture
def make_tenant(database: Database) -> Callable[..., TenantId]:
    def make(name: str = "Initech", email: str = "admin@initech.example") -> TenantId:
        tenant = TenantId(UUID(int=new_id(NOW).int))
        with sessions.service_session() as session:
            session.execute(
                "INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)"
                " VALUES (%s, %s, %s, %s, %s)",
                [tenant, name, email, NOW, NOW],
            )
        return tenant

    return make


@pytest.fixture
def tenant(make_tenant: Callable[..., TenantId]) -> TenantId:
    return make_tenant()


@pytest.fixture
def make_administrator(database: Database) -> Callable[..., Administrator]:
    """Make an administrator who has accepted and signed in, without the mails."""

    def make(
        tenant: TenantId,
        role: str = "admin",
        *,
        email: str | None = None,
        sub: str | None = None,
        status: str = "active",
    ) -> Administrator:
        administrator_id = new_id(NOW)
        values = {
            "tenant": tenant,
            "id": administrator_id,
            "sub": sub or str(uuid4()),
            "email": email or f"{role}-{administrator_id.hex[-6:]}@initech.example",
            "role": role,
            "status": status,
            "now": NOW,
        }
        with sessions.tenant_session(tenant) as session:
            session.execute(
                "INSERT INTO administrators (tenant_id, administrator_id, cognito_sub, email,"
                " first_name, last_name, role, status, created_at, updated_at) VALUES"
                " (%(tenant)s, %(id)s, %(sub)s, %(email)s, 'Ada', 'Byron', %(role)s, %(status)s,"
                " %(now)s, %(now)s)",
                values,
            )
            return administrators.read(session, tenant, administrator_id)

    return make


@pytest.fixture
def make_event(clock: MovableClock) -> Callable[..., Event]:
    """Make events that nobody published."""

    def make(tenant: TenantId, **fields: Any) -> Event:
        event_id = EventId(uuid4())
        values = {"event_type": "test.made", "occurred_at": clock(), "data": {}} | fields
        return Event(event_id=event_id, tenant_id=tenant, correlation_id=event_id, **values)

    return make


@pytest.fixture
def prefer(database: Database) -> Callable[..., None]:
    """Store how an administrator wants to be told; what is not said is as by default."""

    def prefer(
        who: Administrator,
        *,
        timezone: str = "UTC",
        quiet_hours: tuple[str, str] | None = None,
        **notifications: Any,
    ) -> None:
        standard = profiles.default("dev")
        quiet = None if quiet_hours is None else QuietHours(*quiet_hours)
        wanted = standard.notifications._replace(quiet_hours=quiet, **notifications)
        profile = standard._replace(notifications=wanted, timezone=timezone)
        with sessions.tenant_session(who.tenant_id) as session:
            was = profiles.read(session, who.tenant_id, who.administrator_id, "dev")
            profiles.replace(session, NOW, who, was, profile, Origin("user:test", uuid4()))

    return prefer
