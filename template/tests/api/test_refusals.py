"""Every refusal is a problem document, and none says whether an address is known."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from handlers.domain.access import caller_status
from handlers.domain.access.administrators import Administrator
from handlers.domain.access.invitations import acceptance
from handlers.platform.base.ids import TenantId

from .conftest import Caller, Client, Reply
from .test_openapi import BODIES, SECURED, filled, named

KNOWN, UNKNOWN = "peter@globex.example", "nobody@globex.example"
Found = tuple[str, str, dict[str, Any]]


def require_problem(reply: Reply, status: int) -> None:
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "requestId"} <= reply.json.keys()
    assert reply.json["status"] == status


@pytest.mark.parametrize("found", SECURED, ids=named)
def test_every_route_refuses_with_a_problem_document(
    operator: TenantId,
    anyone: Client,
    caller: Caller,
    make_administrator: Callable[..., Administrator],
    found: Found,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method, path, operation = found
    target, body = filled(path, uuid4()), BODIES.get(operation["operationId"])
    chief = make_administrator(operator, "super_admin")
    signed_in = caller(operator, "super_admin", sub=chief.cognito_sub)

    def broken(*_: object) -> None:
        raise RuntimeError(f"no row for {KNOWN}")

    require_problem(anyone.request(method, target, body), 401)
    require_problem(caller(operator, "stranger").request(method, target, body), 403)
    require_problem(signed_in.request(method, target, body, query={"nonsense": "1"}), 400)
    require_problem(signed_in.request(method, target, raw="{"), 400)
    if "{" in path:
        # a model is made with the id it is put under, unless none can have it
        status = 400 if operation["operationId"] == "putModel" else 404
        require_problem(signed_in.request(method, filled(path, "No-id"), body), status)
    monkeypatch.setattr(caller_status, "of_caller", broken)
    fault = signed_in.request(method, target, body)
    require_problem(fault, 500)
    assert KNOWN not in fault.text


def test_accepting_refuses_with_a_problem_document(
    anyone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    person = {"firstName": "Bob", "lastName": "Porter", "password": "Long-enough-2"}
    path, body = "/v1/admin/invitations/accept", {"token": "x" * 64, **person}
    require_problem(anyone.post(path, {}), 400)
    require_problem(anyone.post(path, body), 404)
    monkeypatch.setattr(acceptance, "find", broken)
    require_problem(anyone.post(path, body), 500)


@pytest.mark.parametrize("standing_elsewhere", ["administrator", "invited", "tenant"])
def test_who_is_known_to_another_tenant_is_invited_like_anybody_else(
    tenant: TenantId,
    make_tenant: Callable[..., TenantId],
    make_administrator: Callable[..., Administrator],
    caller: Caller,
    standing_elsewhere: str,
) -> None:
    def inviting(where: TenantId) -> Client:
        return caller(where, "admin", sub=make_administrator(where).cognito_sub)

    def invite(email: str, by: Client) -> Reply:
        return by.post("/v1/admin/invitations", {"email": email, "role": "auditor"})

    other = make_tenant("Globex", KNOWN if standing_elsewhere == "tenant" else "it@globex.example")
    if standing_elsewhere == "administrator":
        make_administrator(other, email=KNOWN)
    elif standing_elsewhere == "invited":
        assert invite(KNOWN, inviting(other)).status == 201

    by = inviting(tenant)
    known, unknown = invite(KNOWN, by), invite(UNKNOWN, by)

    its_own = {"invitationId", "email", "createdAt", "expiresAt"}
    assert known.status == unknown.status == 201
    assert known.json.keys() == unknown.json.keys()
    assert {k: known.json[k] for k in known.json.keys() - its_own} == {
        k: unknown.json[k] for k in unknown.json.keys() - its_own
    }
