import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openapi_spec_validator import validate

from handlers import openapi
from handlers.app import FUNCTIONS, create_app
from handlers.catalog.machine_scopes import (
    MACHINE_SCOPES,
    MachineScope,
    in_tokens,
    permission_of,
)
from handlers.catalog.permissions import ADMINISTRATOR_ROLES, ROLES, allows, is_operators
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_clients, exports
from handlers.platform.base.ids import TenantId

from .conftest import NOW, Caller, Client, claims

DOCUMENT = openapi.document()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
SECURED = [found for found in OPERATIONS if found[2]["security"]]
PROFILE = {
    "notifications": {"method": "email", "frequency": "daily"},
    "timezone": "Europe/Berlin",
    "language": "de",
    "dateFormat": "DD.MM.YYYY",
    "timeFormat": "24h",
    "currency": "EUR",
    "theme": "dark",
    "defaultEnvironment": "prod",
    "sidebarCollapsed": True,
    "tableRowsPerPage": 50,
}
USAGE = {
    "requestId": "request-1",
    "providerId": "example-ai",
    "modelId": "example-large",
    "requestType": "chat",
    "inputTokens": 1200,
    "outputTokens": 300,
    "latencyMs": 850,
}
BODIES: dict[str, Any] = {
    "recordUsage": USAGE,
    "recordUsageBatch": {"events": [USAGE]},
    "ingestEvents": {"events": [USAGE]},
    "putModel": {"displayName": "Example Large", "providerId": "example-ai"},
    "syncPricing": {},
    "createTenant": {"name": "Globex", "email": "billing@globex.example"},
    "updateTenant": {"name": "Globex"},
    "createSubscription": {"tierId": "TEAM"},
    "createInvitation": {"email": "bob@globex.example", "role": "auditor"},
    "inviteForTenant": {"email": "bob@globex.example", "role": "super_admin"},
    "updateAdministrator": {"firstName": "Ada"},
    "replaceProfile": PROFILE,
    "requestApproval": {
        "type": "user_role_change",
        "action": "change role",
        "resourceType": "administrator",
        "resourceId": "7c1f8a52-0d6c-4d5f-9f31-2f2b6f1f7a10",
        "details": {"newRole": "auditor"},
    },
    "voidInvoice": {"note": "Billed twice"},
    "payInvoice": {"reference": "RF18"},
    "creditInvoice": {"note": "Two days of outage", "amountMinor": 100, "refund": False},
    "generateInvoices": {"preview": True},
    "generateTenantInvoices": {"preview": True},
    "changeBillingSettings": {"billingCycleDay": 15},
    "setOperatorTerms": {"marginPercent": "25.00"},
    "addPaymentMethod": {"stripePaymentMethodId": "pm_card_visa"},
    "processApproval": {"action": "approve", "contentHash": "0" * 64},
    "exportAuditTrail": {"format": "csv"},
    "createMachineClient": {"name": "Meter", "scopes": ["metering.write"]},
}


def named(found: tuple[str, str, dict[str, Any]]) -> str:
    return str(found[2]["operationId"])


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


@pytest.fixture(autouse=True)
def cognito(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make clients of machines without AWS."""
    monkeypatch.setattr(cognito_clients, "make", lambda *_: uuid4().hex)


@pytest.fixture(autouse=True)
def uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload files to nowhere."""
    link = exports.Link("https://files.acme.example/1", NOW)
    monkeypatch.setattr(exports, "_upload", lambda *_: link)


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.0.1"
    validate(DOCUMENT)


def test_the_document_is_printed_without_any_environment() -> None:
    template = Path(openapi.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-m", "handlers.openapi"],
        cwd=template,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == DOCUMENT


def test_the_document_keeps_to_what_api_gateway_imports() -> None:
    for node in walk(DOCUMENT["components"]["schemas"]):
        assert not {"const", "nullable", "prefixItems", "propertyNames"} & set(node)
        assert not isinstance(node.get("type"), list)
        assert node.get("type") != "null"
        assert not isinstance(node.get("exclusiveMinimum"), int | float)
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", name)


def test_every_route_that_is_served_is_described_and_no_other() -> None:
    served = {
        (method, path, function)
        for function in FUNCTIONS
        for path, methods in create_app(function).routes.items()
        for method in methods
    }
    described = {(method, path, op["x-function"]) for method, path, op in OPERATIONS}
    assert described == served


def test_operations_have_names_of_their_own_and_a_summary() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for _, _, operation in OPERATIONS)


@pytest.mark.parametrize(
    ("operation_id", "throttle"),
    [
        ("createTenant", {"rate": 10, "burst": 20}),
        ("createSubscription", {"rate": 25, "burst": 50}),
        ("listInvoices", {"rate": 100, "burst": 200}),
        ("recordUsage", {"rate": 200, "burst": 500}),
        ("recordUsageBatch", {"rate": 200, "burst": 500}),
        ("ingestEvents", {"rate": 200, "burst": 500}),
        ("readHealth", None),
    ],
)
def test_throttles_are_those_of_the_specification(
    operation_id: str, throttle: dict[str, int] | None
) -> None:
    (operation,) = [op for _, _, op in OPERATIONS if op["operationId"] == operation_id]
    assert operation.get("x-throttle") == throttle


def test_what_takes_a_body_has_it_validated_at_the_gateway() -> None:
    for _, _, operation in OPERATIONS:
        wanted = "all" if "requestBody" in operation else "params"
        assert operation["x-amazon-apigateway-request-validator"] == wanted
        if "requestBody" in operation:
            assert operation["requestBody"]["required"] is True


def test_every_body_that_somebody_signed_in_sends_is_tried_below() -> None:
    bodies = {named(found) for found in SECURED if "requestBody" in found[2]}
    assert set(BODIES) == bodies


def test_every_post_of_somebody_signed_in_takes_an_idempotency_key() -> None:
    for method, _, operation in OPERATIONS:
        headers = [p["name"] for p in operation["parameters"] if p["in"] == "header"]
        takes_key = method == "POST" and operation["security"]
        assert headers == (["Idempotency-Key"] if takes_key else [])


def test_only_what_needs_no_account_is_public() -> None:
    public = {op["operationId"] for _, _, op in OPERATIONS if not op["security"]}
    assert public == {
        "acceptInvitation",
        "listSubscriptionTiers",
        "readHealth",
        "receiveStripeEvent",
    }
    assert all("x-permission" not in op for _, _, op in OPERATIONS if not op["security"])


@pytest.mark.parametrize("found", SECURED, ids=named)
def test_a_secured_route_turns_away_who_is_not_signed_in(
    anyone: Client, found: tuple[str, str, dict[str, Any]]
) -> None:
    method, path, operation = found
    reply = anyone.request(method, filled(path, uuid4()), BODIES.get(operation["operationId"]))
    assert reply.status == 401


@pytest.mark.parametrize("found", SECURED, ids=named)
@pytest.mark.parametrize("role", [*ROLES, "stranger"])
def test_the_permission_in_the_document_is_exactly_what_is_enforced(
    tenant: TenantId,
    operator: TenantId,
    caller: Caller,
    make_administrator: Callable[..., Administrator],
    found: tuple[str, str, dict[str, Any]],
    role: str,
) -> None:
    method, path, operation = found
    permission = operation["x-permission"]
    body = BODIES.get(operation["operationId"])
    if role in ADMINISTRATOR_ROLES:
        for where in (tenant, operator):
            make_administrator(where, role, sub=claims(where)["sub"])
    own = caller(tenant, role).request(method, filled(path, tenant), body)
    at_operator = caller(operator, role).request(method, filled(path, tenant), body)

    if not allows([role], permission):
        assert (own.status, at_operator.status) == (403, 403)
        return
    assert (own.status == 403) is is_operators(permission)
    assert at_operator.status != 403 or not is_operators(permission)
    assert at_operator.status < 500


def test_an_operation_lists_the_scope_of_people_and_that_of_its_permission() -> None:
    scopes = {in_tokens(scope): permission_of(scope) for scope in MACHINE_SCOPES}
    for _, _, operation in SECURED:
        (requirement,) = operation["security"]
        people, *machines = requirement["cognito"]
        assert people == "aws.cognito.signin.user.admin"
        assert [scopes[scope] for scope in machines] == (
            [operation["x-permission"]] if operation["x-permission"] in scopes.values() else []
        )


@pytest.mark.parametrize("found", SECURED, ids=named)
def test_a_machine_may_do_what_its_scopes_say_and_no_more(
    tenant: TenantId,
    machine: Callable[..., Client],
    found: tuple[str, str, dict[str, Any]],
) -> None:
    method, path, operation = found
    body = BODIES.get(operation["operationId"])
    granting = [s for s in MACHINE_SCOPES if permission_of(s) == operation["x-permission"]]
    others: list[MachineScope] = [scope for scope in MACHINE_SCOPES if scope not in granting]

    refused = machine(tenant, *others).request(method, filled(path, tenant), body)
    assert refused.status == 403
    assert "scope" in refused.json["detail"]
    if granting:
        reply = machine(tenant, *granting).request(method, filled(path, tenant), body)
        assert reply.status not in (401, 403)
        assert reply.status < 500


def filled(path: str, identifier: object) -> str:
    return re.sub(r"{\w+}", str(identifier), path)


@pytest.mark.parametrize("found", OPERATIONS, ids=named)
def test_answers_and_refusals_are_described(found: tuple[str, str, dict[str, Any]]) -> None:
    _, path, operation = found
    statuses = set(operation["responses"])
    assert {"400", "429", "500", "503"} <= statuses
    assert ("404" in statuses) is ("{" in path)
    for status, response in operation["responses"].items():
        media_types = list(response["content"])
        success = ["application/json"]
        assert media_types == (success if status < "300" else ["application/problem+json"])
