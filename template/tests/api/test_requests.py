"""What every route does with a request that cannot be served."""

import json
from typing import Any
from uuid import UUID

import pytest

from handlers.api.http import serving
from handlers.api.http.parsing import MAX_BODY_BYTES
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from .conftest import Caller, Client, Logs, app_of, claims, to_reply

ORDER = {"tierId": "TEAM", "seatCount": 2}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"tierId": "TEAM",}', "trailing comma at line 1 column 19"),
        ('{"tierId": ', "EOF while parsing a value at line 1 column 11"),
        ("\n\n{oops}", "key must be a string at line 3 column 2"),
        ("", "it is empty"),
        ('{"tierId": "\\ud800"}', "at line 1 column"),
        ("[" * 20_000, "recursion limit exceeded"),
    ],
)
def test_broken_json_is_refused_with_the_place(tenant_admin: Client, raw: str, reason: str) -> None:
    reply = tenant_admin.post("/v1/subscriptions", raw=raw)
    assert reply.status == 400
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["detail"].startswith("The body is not JSON: ")
    assert reason in reply.json["detail"]


@pytest.mark.parametrize("raw", ["[]", '"TEAM"', "17", "null"])
def test_a_body_that_is_no_object_is_refused(tenant_admin: Client, raw: str) -> None:
    reply = tenant_admin.post("/v1/subscriptions", raw=raw)
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/tierId"),
        ({**ORDER, "tierId": "PLATINUM"}, "/tierId"),
        ({**ORDER, "tierId": None}, "/tierId"),
        ({**ORDER, "seatCount": "2"}, "/seatCount"),
        ({**ORDER, "seatCount": 2.5}, "/seatCount"),
        ({**ORDER, "seatCount": True}, "/seatCount"),
        ({**ORDER, "seatCount": 0}, "/seatCount"),
        ({**ORDER, "seatCount": 10**30}, "/seatCount"),
        ({**ORDER, "seatCount": None}, "/seatCount"),
        ({**ORDER, "billingCycle": "weekly"}, "/billingCycle"),
        ({**ORDER, "addOns": "COMPLIANCE_ADDON"}, "/addOns"),
        ({**ORDER, "addOns": ["COMPLIANCE_ADDON", "GOLD"]}, "/addOns/1"),
        ({**ORDER, "trial": 1}, "/trial"),
        ({**ORDER, "price": 1}, "/price"),
        ({**ORDER, "tenantId": "0190c0de-0000-7000-8000-000000000000"}, "/tenantId"),
    ],
)
def test_a_field_of_a_wrong_type_or_value_or_an_unknown_one_is_named(
    tenant_admin: Client, body: object, field: str
) -> None:
    reply = tenant_admin.post("/v1/subscriptions", body)
    assert reply.status == 400
    assert field in [error["field"] for error in reply.json["errors"]]


def test_what_was_sent_is_not_sent_back(tenant_admin: Client) -> None:
    reply = tenant_admin.post("/v1/subscriptions", {**ORDER, "tierId": "<script>secret"})
    assert "secret" not in reply.text


def test_a_body_that_is_too_large_is_refused(tenant_admin: Client) -> None:
    raw = json.dumps({**ORDER, "filler": "x" * MAX_BODY_BYTES})
    reply = tenant_admin.post("/v1/subscriptions", raw=raw)
    assert (reply.status, reply.json["title"]) == (413, "Payload Too Large")


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(tenant_admin: Client, media_type: str, status: int) -> None:
    reply = tenant_admin.post("/v1/subscriptions", ORDER, headers={"Content-Type": media_type})
    assert reply.status == status


def test_a_body_where_none_belongs_is_refused(operator_admin: Client, tenant: TenantId) -> None:
    path = f"/v1/tenants/{tenant}/suspend"
    assert operator_admin.post(path, {"reason": "late"}).status == 400
    assert operator_admin.post(path, {}).status == 200


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"offset": "3"}, "offset"),
        ({"status": "gone"}, "status"),
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "MTc"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": ""}, "cursor"),
    ],
)
def test_a_wrong_query_parameter_is_named(
    tenant_admin: Client, query: dict[str, Any], parameter: str
) -> None:
    reply = tenant_admin.get("/v1/subscriptions", query=query)
    assert reply.status == 400
    assert [error["field"] for error in reply.json["errors"]] == [parameter]


def test_a_query_where_none_belongs_is_refused(tenant: TenantId, tenant_admin: Client) -> None:
    reply = tenant_admin.get(f"/v1/tenants/{tenant}", query={"expand": "all"})
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "expand")


def test_without_a_token_nobody_gets_in(anyone: Client) -> None:
    reply = anyone.get("/v1/invoices")
    assert (reply.status, reply.json["title"]) == (401, "Unauthorized")


def test_who_may_not_is_told_so_before_the_body_is_looked_at(
    tenant: TenantId, caller: Caller
) -> None:
    reply = caller(tenant, "user").post("/v1/subscriptions", raw="{broken")
    assert (reply.status, reply.json["title"]) == (403, "Forbidden")


def test_an_unknown_path_is_not_found_and_a_wrong_method_not_allowed(
    tenant_admin: Client,
) -> None:
    app = app_of("invoices")
    event: dict[str, Any] = {
        "headers": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "requestContext": {"httpMethod": "GET", "resourcePath": "/v2/x", "requestId": "r"},
    }
    assert to_reply(app(event, None)).status == 404
    event["requestContext"]["resourcePath"] = "/v1/invoices"
    event["requestContext"]["httpMethod"] = "DELETE"
    reply = to_reply(app(event, None))
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")
    assert reply.json["detail"] == "DELETE is not possible here; GET is."
    assert "/v2/x" not in app.routes


def test_every_answer_may_be_read_by_a_browser_and_says_which_request_it_is(
    tenant_admin: Client,
) -> None:
    for reply in (tenant_admin.get("/v1/subscriptions"), tenant_admin.post("/v1/subscriptions")):
        assert reply.headers["Access-Control-Allow-Origin"] == "https://app.acme.example"
        assert reply.headers["X-Request-Id"] == tenant_admin.request_id
        assert reply.headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_tells_the_caller_nothing_and_the_log_everything(
    tenant_admin: Client, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(serving.caller_status, "of_caller", explode)
    reply = tenant_admin.post("/v1/subscriptions", ORDER)
    assert reply.status == 500
    assert "hunter2" not in reply.text
    assert reply.json["requestId"] == tenant_admin.request_id
    (line,) = logs.named("request failed")
    assert "hunter2" in line["exception"]
    assert line["requestId"] == tenant_admin.request_id


def test_the_log_of_a_request_names_caller_and_outcome(
    tenant: TenantId, tenant_admin: Client, logs: Logs
) -> None:
    tenant_admin.get("/v1/subscriptions")
    (line,) = logs.named("Request completed")
    assert line["tenantId"] == str(tenant)
    assert line["userId"] == claims(tenant)["sub"]
    assert (line["httpMethod"], line["path"], line["statusCode"]) == (
        "GET",
        "/v1/subscriptions",
        200,
    )
    assert line["functionName"] == "acme-dev-tests"
    assert line["duration"] >= 0


def test_the_next_request_does_not_inherit_the_log_fields_of_the_last(
    tenant_admin: Client, anyone: Client, logs: Logs
) -> None:
    tenant_admin.get("/v1/subscriptions")
    anyone.get("/v1/subscriptions")
    second = logs.named("Request completed")[-1]
    assert "tenantId" not in second


def test_a_database_that_cannot_be_reached_is_a_503_that_says_when_to_come_back(
    tenant_admin: Client,
) -> None:
    def unreachable(_role: object) -> Any:
        import psycopg

        raise psycopg.OperationalError("connection refused")

    with sessions.connected_by(unreachable):
        reply = tenant_admin.get("/v1/subscriptions")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "2")


def test_an_id_of_the_gateway_ties_request_and_events_together(tenant_admin: Client) -> None:
    tenant_admin.post("/v1/subscriptions", ORDER)
    with sessions.service_session() as session:
        row = session.one("SELECT correlation_id FROM outbox")
    assert row == {"correlation_id": UUID(tenant_admin.request_id)}


def test_a_refusal_is_logged_with_its_reason(anyone: Client, logs: Logs) -> None:
    anyone.get("/v1/subscriptions")
    (line,) = logs.named("Request completed")
    assert (line["statusCode"], line["error"][:7]) == (401, "Sign in")
