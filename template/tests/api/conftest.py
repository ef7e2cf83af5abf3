"""A client that calls the API's functions as API Gateway does."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from chalice.app import Chalice
from saasgen.testing import Database

from handlers.app import FUNCTIONS, create_app
from handlers.catalog.machine_scopes import MachineScope, in_tokens
from handlers.domain.access import machine_clients
from handlers.domain.access.machine_clients import NewMachineClient
from handlers.domain.base.origin import Origin
from handlers.platform.base import telemetry
from handlers.platform.base.ids import MachineClientId, TenantId
from handlers.platform.database import sessions

ADDRESS = "192.0.2.7"
AGENT = "curl/8.5"

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

_ID = re.compile(r"{(\w+)}")


@cache
def app_of(function: str) -> Chalice:
    return create_app(function)


def find_resource(path: str) -> tuple[str, str, dict[str, str]]:
    """Find the function, the resource and the path's parameters, as the gateway would."""
    for function in FUNCTIONS:
        # what is spelt out goes before what is a parameter
        for resource in sorted(app_of(function).routes, key=lambda path: path.count("{")):
            match = re.fullmatch(_ID.sub(r"(?P<\1>[^/]+)", resource), path)
            if match:
                return function, resource, match.groupdict()
    raise LookupError(path)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Client:
    """Somebody who calls; without claims nobody is signed in."""

    claims: dict[str, str] | None = None
    context: Any = None
    request_id: str = field(default_factory=lambda: str(uuid4()))

    def get(self, path: str, **options: Any) -> Reply:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.request("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.request("PATCH", path, body, **options)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str | list[str]] | None = None,
        headers: dict[str, str] | None = None,
        raw: str | None = None,
    ) -> Reply:
        function, resource, parameters = find_resource(path)
        text = raw if raw is not None else (None if body is None else json.dumps(body))
        values = {k: v if isinstance(v, list) else [v] for k, v in (query or {}).items()}
        event = {
            "httpMethod": method,
            "path": path,
            "resource": resource,
            "headers": {"Content-Type": "application/json", **(headers or {})},
            "multiValueQueryStringParameters": values or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "body": text,
            "isBase64Encoded": False,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "requestId": self.request_id,
                "identity": {"sourceIp": ADDRESS, "userAgent": AGENT},
                "authorizer": {"claims": self.claims} if self.claims else None,
            },
        }
        return to_reply(app_of(function)(event, self.context))


def to_reply(answer: dict[str, Any]) -> Reply:
    return Reply(answer["statusCode"], answer["headers"], answer["body"])


def claims(tenant: TenantId, *roles: str, **others: str) -> dict[str, str]:
    return {
        "sub": "7c1f8a52-0d6c-4d5f-9f31-2f2b6f1f7a10",
        "token_use": "access",
        "tenant_id": str(tenant),
        "cognito:groups": ",".join(roles),
        "tenant_status": "active",
        **others,
    }


def machine_claims(tenant: TenantId, client_id: str, *scopes: MachineScope) -> dict[str, str]:
    """The claims of a token for client credentials: no user, no groups."""
    return {
        "sub": client_id,
        "client_id": client_id,
        "token_use": "access",
        "tenant_id": str(tenant),
        "scope": " ".join(map(in_tokens, scopes)),
        "tenant_status": "active",
    }


Caller = Callable[..., Client]


@pytest.fixture
def caller(context: Any) -> Caller:
    """Make a client of a tenant with roles."""

    def make(tenant: TenantId, *roles: str, **others: str) -> Client:
        return Client(claims(tenant, *roles, **others), context)

    return make


@pytest.fixture
def machine(database: Database, context: Any) -> Callable[..., Client]:
    """Make a machine of a tenant, and a client with a token of it."""

    def make(tenant: TenantId, *scopes: MachineScope) -> Client:
        client_id = uuid4().hex[:26]
        new = NewMachineClient(MachineClientId(uuid4()), client_id, "Meter", scopes)
        with sessions.tenant_session(tenant) as session:
            machine_clients.create(session, NOW, tenant, new, Origin("user:test", uuid4()))
        return Client(machine_claims(tenant, client_id, *scopes), context)

    return make


class Logs:
    """The log lines of a test."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def named(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["message"] == message]


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Catch what the logger writes; it took its stream when it was imported."""
    stream = StringIO()
    handler = telemetry.log.registered_handler
    before = handler.setStream(stream)  # type: ignore[attr-defined]
    yield Logs(stream)
    handler.setStream(before)  # type: ignore[attr-defined]


@pytest.fixture
def anyone(database: Database, context: Any) -> Client:
    return Client(None, context)


@pytest.fixture
def operator_admin(database: Database, operator: TenantId, caller: Caller) -> Client:
    return caller(operator, "super_admin")


@pytest.fixture
def tenant_admin(tenant: TenantId, caller: Caller) -> Client:
    return caller(tenant, "admin")
