from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from saasgen.testing import Database

from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from .conftest import ADDRESS, AGENT, Caller, Client, Reply

NEW = {"name": "Globex", "email": "billing@globex.example"}


def outbox(event_type: str) -> list[dict[str, object]]:
    with sessions.service_session() as session:
        return session.all(
            "SELECT tenant_id, payload, correlation_id FROM outbox WHERE event_type = %s"
            " ORDER BY event_id",
            [event_type],
        )


def without_request_id(reply: Reply) -> str:
    return reply.text.replace(reply.json["requestId"], "")


def test_the_operator_takes_in_a_tenant_and_everybody_hears_of_it(
    operator_admin: Client,
) -> None:
    reply = operator_admin.post("/v1/tenants", NEW)

    assert reply.status == 201
    created = reply.json
    assert reply.headers["Location"] == f"/v1/tenants/{created['tenantId']}"
    assert (created["name"], created["email"], created["status"]) == (*NEW.values(), "active")
    assert created["createdAt"].endswith("Z")
    (event,) = outbox("tenant.created")
    assert event["tenant_id"] == UUID(created["tenantId"])
    assert event["correlation_id"] == UUID(operator_admin.request_id)
    assert event["payload"] == {
        "tenantId": created["tenantId"],
        **NEW,
        "status": "active",
        "actor": f"user:{operator_admin.claims['sub']}",
        "address": ADDRESS,
        "agent": AGENT,
        "after": {**NEW, "status": "active", "settings": {}},
    }


def test_what_a_change_changed_is_told_and_nothing_else(
    operator_admin: Client, tenant: TenantId
) -> None:
    operator_admin.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"})

    (event,) = outbox("tenant.updated")
    assert set(event["payload"]["before"]) == {"name"}
    assert event["payload"]["after"] == {"name": "Initrode"}


def test_a_dedicated_stack_takes_in_no_other_tenant(
    operator_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEDICATED_TENANT_NAME", "Northwind")
    settings.cache_clear()

    reply = operator_admin.post("/v1/tenants", NEW)

    assert reply.status == 409
    assert "dedicated to Northwind" in reply.json["detail"]
    assert outbox("tenant.created") == []


@pytest.mark.parametrize("role", ["super_admin", "admin", "operator", "auditor", "user"])
def test_a_customer_cannot_use_the_routes_of_the_operator_whatever_its_role(
    tenant: TenantId, caller: Caller, role: str
) -> None:
    client = caller(tenant, role)
    replies = [
        client.post("/v1/tenants", NEW),
        client.get("/v1/tenants"),
        client.post(f"/v1/tenants/{tenant}/suspend"),
        client.post(f"/v1/tenants/{tenant}/reactivate"),
    ]
    assert [reply.status for reply in replies] == [403] * 4
    assert outbox("tenant.created") == []


def test_reaching_across_tenants_is_told_to_the_operators_audit_trail(
    operator_admin: Client, operator: TenantId, tenant: TenantId
) -> None:
    operator_admin.get("/v1/tenants")
    operator_admin.post(f"/v1/tenants/{tenant}/suspend")

    (listing,) = outbox("operator.list_tenants")
    assert listing["tenant_id"] == operator
    (suspension,) = outbox("operator.suspend_tenant")
    assert suspension["payload"] == {
        "tenantId": str(tenant),
        "route": f"POST /v1/tenants/{tenant}/suspend",
        "actor": f"user:{operator_admin.claims['sub']}",
        "address": ADDRESS,
        "agent": AGENT,
    }


def test_tenants_are_listed_page_by_page_the_newest_first(
    operator_admin: Client, make_tenant: Callable[..., TenantId]
) -> None:
    made = [str(make_tenant(f"Tenant {number}")) for number in range(5)]

    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = operator_admin.get("/v1/tenants", query=query).json
        assert len(page["items"]) <= 2
        seen += [item["tenantId"] for item in page["items"]]
        cursor, pages = page.get("nextCursor"), pages + 1

    assert seen[:5] == made[::-1] or set(seen) >= set(made)
    assert len(seen) == len(set(seen)) == 6  # the operator's own tenant is one of them
    assert pages == 3


def test_tenants_are_listed_by_status(
    operator_admin: Client, make_tenant: Callable[..., TenantId]
) -> None:
    make_tenant()
    suspended = make_tenant()
    operator_admin.post(f"/v1/tenants/{suspended}/suspend")

    items = operator_admin.get("/v1/tenants", query={"status": "suspended"}).json["items"]
    assert [item["tenantId"] for item in items] == [str(suspended)]


def test_a_tenant_reads_itself(tenant: TenantId, tenant_admin: Client) -> None:
    reply = tenant_admin.get(f"/v1/tenants/{tenant}")
    assert (reply.status, reply.json["name"]) == (200, "Initech")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_another_tenants_id_is_answered_word_for_word_like_an_unknown_one(
    tenant_admin: Client, make_tenant: Callable[..., TenantId], method: str
) -> None:
    body = {"name": "Mine now"} if method == "PATCH" else None
    others = tenant_admin.request(method, f"/v1/tenants/{make_tenant()}", body)
    unknown = tenant_admin.request(method, f"/v1/tenants/{uuid4()}", body)
    malformed = tenant_admin.request(method, "/v1/tenants/17", body)

    assert others.status == unknown.status == malformed.status == 404
    assert without_request_id(others) == without_request_id(unknown)
    assert without_request_id(malformed) == without_request_id(unknown)


def test_the_operator_reads_and_changes_any_tenant(
    operator_admin: Client, tenant: TenantId
) -> None:
    assert operator_admin.get(f"/v1/tenants/{tenant}").json["name"] == "Initech"
    settings = {"planTier": "TEAM", "featureOverrides": {"webhooks": True, "maxUsers": 40}}
    changed = operator_admin.patch(f"/v1/tenants/{tenant}", {"settings": settings})
    assert (changed.status, changed.json["settings"]) == (200, settings)


def test_a_person_of_the_operator_without_the_permission_changes_no_tenant(
    operator: TenantId, tenant: TenantId, caller: Caller
) -> None:
    reader = caller(operator, "auditor")
    assert reader.get(f"/v1/tenants/{tenant}").status == 200
    assert reader.patch(f"/v1/tenants/{tenant}", {"name": "Other"}).status == 403


def test_a_tenant_changes_its_name_and_keeps_the_rest(
    tenant: TenantId, tenant_admin: Client
) -> None:
    reply = tenant_admin.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"})
    assert (reply.json["name"], reply.json["email"]) == ("Initrode", "admin@initech.example")
    (event,) = outbox("tenant.updated")
    assert event["payload"]["name"] == "Initrode"  # type: ignore[index]


def test_a_change_that_changes_nothing_is_no_event(tenant: TenantId, tenant_admin: Client) -> None:
    assert tenant_admin.patch(f"/v1/tenants/{tenant}", {"name": "Initech"}).status == 200
    assert outbox("tenant.updated") == []


def test_a_tenant_cannot_give_itself_features(tenant: TenantId, tenant_admin: Client) -> None:
    body = {"settings": {"featureOverrides": {"webhooks": True}}}
    reply = tenant_admin.patch(f"/v1/tenants/{tenant}", body)
    assert reply.status == 403
    assert reply.json["errors"] == [{"field": "/settings", "message": "is for the operator only"}]


def test_suspending_and_reactivating_are_heard_of_once(
    operator_admin: Client, tenant: TenantId
) -> None:
    for _ in range(2):
        reply = operator_admin.post(f"/v1/tenants/{tenant}/suspend")
        assert (reply.status, reply.json["status"]) == (200, "suspended")
    for _ in range(2):
        reply = operator_admin.post(f"/v1/tenants/{tenant}/reactivate")
        assert (reply.status, reply.json["status"]) == (200, "active")
    assert len(outbox("tenant.suspended")) == len(outbox("tenant.reactivated")) == 1


def test_a_suspended_tenant_reads_but_changes_nothing_even_with_an_older_token(
    operator_admin: Client, tenant: TenantId, tenant_admin: Client
) -> None:
    operator_admin.post(f"/v1/tenants/{tenant}/suspend")

    assert tenant_admin.get(f"/v1/tenants/{tenant}").status == 200
    refused = tenant_admin.patch(f"/v1/tenants/{tenant}", {"name": "Still here"})
    assert refused.status == 403
    assert "suspended" in refused.json["detail"]
    assert tenant_admin.post("/v1/subscriptions", {"tierId": "FREE"}).status == 403

    operator_admin.post(f"/v1/tenants/{tenant}/reactivate")
    assert tenant_admin.patch(f"/v1/tenants/{tenant}", {"name": "Back"}).status == 200


def test_people_of_a_closed_tenant_get_nowhere(tenant: TenantId, caller: Caller) -> None:
    with sessions.service_session() as session:
        session.execute("UPDATE tenants SET status = 'closed' WHERE tenant_id = %s", [tenant])
    reply = caller(tenant, "admin").get(f"/v1/tenants/{tenant}")
    assert (reply.status, reply.json["detail"]) == (403, "Your tenant is closed.")


def test_a_closed_tenant_cannot_be_reactivated(
    operator_admin: Client, tenant: TenantId, database: Database
) -> None:
    with sessions.service_session() as session:
        session.execute("UPDATE tenants SET status = 'closed' WHERE tenant_id = %s", [tenant])
    assert operator_admin.post(f"/v1/tenants/{tenant}/reactivate").status == 409
    assert operator_admin.patch(f"/v1/tenants/{tenant}", {"name": "X"}).status == 409


def test_the_operator_cannot_suspend_itself(operator_admin: Client, operator: TenantId) -> None:
    assert operator_admin.post(f"/v1/tenants/{operator}/suspend").status == 403


def test_a_token_of_a_tenant_that_does_not_exist_changes_nothing(
    database: Database, caller: Caller
) -> None:
    nobody = caller(TenantId(uuid4()), "admin")
    assert nobody.post("/v1/subscriptions", {"tierId": "FREE"}).status == 403


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"email": "a@b.example"}, "/name", "is required"),
        ({**NEW, "nickname": "G"}, "/nickname", "is unknown here"),
        ({**NEW, "name": 7}, "/name", "should be a valid string"),
        ({**NEW, "name": "  "}, "/name", "String should have at least 1 character"),
        ({**NEW, "name": "x" * 201}, "/name", "String should have at most 200 characters"),
        ({**NEW, "name": "a\u0000b"}, "/name", "must not contain control characters"),
        ({**NEW, "settings": None}, "/settings", "must not be null: leave the field out instead"),
        ({**NEW, "settings": {"a/b": 1}}, "/settings/a~1b", "is unknown here"),
        ({**NEW, "tenant_id": "x"}, "/tenant_id", "is unknown here"),
    ],
)
def test_a_wrong_field_is_named_with_the_reason(
    operator_admin: Client, body: object, field: str, message: str
) -> None:
    reply = operator_admin.post("/v1/tenants", body)
    assert reply.status == 400
    assert {"field": field, "message": message} in reply.json["errors"]


@pytest.mark.parametrize(
    "email", ["plain", "a@b", "a b@c.example", "a@b.example\r\nBcc: x@y.example"]
)
def test_an_address_that_cannot_be_written_to_is_refused(
    operator_admin: Client, email: str
) -> None:
    reply = operator_admin.post("/v1/tenants", {"name": "Globex", "email": email})
    assert reply.status == 400
    assert [error["field"] for error in reply.json["errors"]] == ["/email"]


def test_an_override_of_an_unknown_feature_is_refused(operator_admin: Client) -> None:
    body = {**NEW, "settings": {"featureOverrides": {"freeBeer": True}}}
    reply = operator_admin.post("/v1/tenants", body)
    assert reply.status == 400
    assert "is no feature" in reply.json["errors"][0]["message"]
