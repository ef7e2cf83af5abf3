"""The people of a tenant who ask for approvals and decide, and what they ask for."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings as stack_settings
from handlers.platform.database import sessions

from ..conftest import Caller, Client, Reply

PATH = "/v1/admin/approvals"


MakeAdministrator = Callable[..., Administrator]


SignIn = Callable[[Administrator], Client]


SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:providers/example-ai"


CONFIG = {"isEnabled": True, "baseUrl": "https://api.example.com/v1", "apiKeySecretArn": SECRET_ARN}


class Crew:
    """The people of a tenant, signed in, and an operator to be promoted."""

    def __init__(self, tenant: TenantId, make: MakeAdministrator, sign_in: SignIn) -> None:
        self.tenant = tenant
        self.requester, self.chief = make(tenant, "admin"), make(tenant, "super_admin")
        self.clerk = make(tenant, "operator")
        self.asking, self.deciding = sign_in(self.requester), sign_in(self.chief)

    def role_change(self, role: str = "auditor", **others: Any) -> dict[str, Any]:
        return {
            "type": "user_role_change",
            "action": "change role",
            "resourceType": "administrator",
            "resourceId": str(self.clerk.administrator_id),
            "details": {"newRole": role},
            **others,
        }

    def ask(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        reply = self.asking.post(PATH, body or self.role_change())
        assert reply.status == 201, reply.text
        made: dict[str, Any] = reply.json
        return made

    def role_of_the_clerk(self) -> str:
        with sessions.tenant_session(self.tenant) as session:
            row = session.one(
                "SELECT role FROM administrators WHERE administrator_id = %s",
                [self.clerk.administrator_id],
            )
        assert row is not None
        return str(row["role"])


@pytest.fixture
def sign_in(caller: Caller) -> SignIn:
    return lambda who: caller(who.tenant_id, who.role, sub=who.cognito_sub)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.setenv("TWO_PERSON_APPROVAL", "true")
    stack_settings.cache_clear()


@pytest.fixture
def crew(
    production: None, tenant: TenantId, make_administrator: MakeAdministrator, sign_in: SignIn
) -> Crew:
    return Crew(tenant, make_administrator, sign_in)


@pytest.fixture
def operators(
    production: None, operator: TenantId, make_administrator: MakeAdministrator, sign_in: SignIn
) -> Crew:
    return Crew(operator, make_administrator, sign_in)


def decide(
    client: Client, asked: Mapping[str, Any], verdict: str = "approve", **more: Any
) -> Reply:
    body = {"action": verdict, "contentHash": asked["contentHash"], **more}
    return client.post(f"{PATH}/{asked['approvalId']}/process", body)


def told(event_type: str) -> list[dict[str, Any]]:
    with sessions.service_session() as session:
        rows = session.all(
            "SELECT payload FROM outbox WHERE event_type = %s ORDER BY event_id", [event_type]
        )
    return [row["payload"] for row in rows]


def in_tenant(tenant: TenantId, statement: str, *values: object) -> list[dict[str, Any]]:
    with sessions.tenant_session(tenant) as session:
        cursor = session.connection.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def environment(monkeypatch: pytest.MonkeyPatch, name: str, *, two_people: bool) -> None:
    monkeypatch.setenv("ENVIRONMENT", name)
    monkeypatch.setenv("TWO_PERSON_APPROVAL", str(two_people).lower())
    stack_settings.cache_clear()


def request_of(kind: str, resource: str, resource_id: object, **details: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "action": kind.replace("_", " "),
        "resourceType": resource,
        "resourceId": str(resource_id),
        "details": details,
    }


def add_model(operator: TenantId) -> None:
    in_tenant(
        operator,
        "INSERT INTO model_providers (tenant_id, provider_id, config, created_at, updated_at)"
        " VALUES (%s, 'example-ai', '{}', now(), now())",
        operator,
    )
    in_tenant(
        operator,
        "INSERT INTO models (tenant_id, model_id, provider_id, created_at, updated_at)"
        " VALUES (%s, 'example-1', 'example-ai', now(), now())",
        operator,
    )


def deployment(version: str) -> dict[str, Any]:
    environment = stack_settings().environment
    return request_of("deployment", "environment", environment, version=version)


def deployed(operators: Crew, version: str) -> str:
    """Deploy a version and return the deployment's id."""
    assert decide(operators.deciding, operators.ask(deployment(version))).status == 200
    return str(told("deployment.approved")[-1]["deploymentId"])


def promotion(crew: Crew) -> dict[str, Any]:
    """Deploy a version and ask for its promotion to production."""
    return request_of("promotion", "deployment", deployed(crew, "1.4.0"), targetEnvironment="prod")
