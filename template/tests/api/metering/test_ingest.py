"""Reporting usage over the API: at once, and by the queue."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from handlers.consumers import record_usage
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging import usage_queue

from ..conftest import Caller, Client

EVENT = {
    "requestId": "request-1",
    "providerId": "example-ai",
    "modelId": "example-large",
    "requestType": "chat",
    "inputTokens": 1200,
    "outputTokens": 300,
    "latencyMs": 850,
}


def event(request_id: str, **fields: Any) -> dict[str, Any]:
    return EVENT | {"requestId": request_id} | fields


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a queue of an AWS account of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    usage_queue._sqs.cache_clear()
    with mock_aws():
        made = boto3.resource("sqs").create_queue(QueueName="usage")
        monkeypatch.setenv("USAGE_QUEUE_URL", made.url)
        settings.cache_clear()
        yield made
    usage_queue._sqs.cache_clear()


def _counted(tenant: TenantId) -> int:
    with sessions.tenant_session(tenant) as session:
        row = session.one("SELECT coalesce(sum(request_count), 0)::int AS n FROM usage_rollups")
    assert row is not None
    return int(row["n"])


def test_one_event_is_recorded_and_priced_in_plain_digits(tenant_admin: Client) -> None:
    reply = tenant_admin.post("/v1/metering/record", event("a", inputTokens=1, outputTokens=0))
    assert reply.status == 200
    answer = reply.json
    assert answer.pop("eventId")
    assert answer == {
        "requestId": "a",
        "status": "accepted",
        "providerCost": "0.000001",
        "billedCost": "0.0000012",
        "currency": "USD",
        "estimated": True,
    }


@pytest.mark.parametrize("path", ["/v1/metering/batch", "/v1/events"])
def test_a_batch_is_answered_event_by_event(
    tenant: TenantId, tenant_admin: Client, path: str
) -> None:
    events = [
        event("a"),
        event("a"),
        event("b", occurredAt="2020-01-01T00:00:00Z"),
        event("c", corrects="nothing"),
        event("d"),
    ]
    answer = tenant_admin.post(path, {"events": events}).json
    statuses = [(result["requestId"], result["status"]) for result in answer["results"]]
    assert statuses == [
        ("a", "accepted"),
        ("a", "duplicate"),
        ("b", "rejected"),
        ("c", "rejected"),
        ("d", "accepted"),
    ]
    reasons = [result["reason"] for result in answer["results"] if "reason" in result]
    assert reasons == [
        "occurredAt is more than 90 days ago",
        "corrects names no event that is known",
    ]
    assert answer["summary"] == {"total": 5, "accepted": 2, "duplicate": 1, "rejected": 2}
    assert _counted(tenant) == 2


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"inputTokens": -1}, "/inputTokens"),
        ({"inputTokens": 1.5}, "/inputTokens"),
        ({"outputTokens": "3"}, "/outputTokens"),
        ({"requestType": "telepathy"}, "/requestType"),
        ({"requestId": ""}, "/requestId"),
        ({"requestId": "x" * 129}, "/requestId"),
        ({"requestId": "a\u0000b"}, "/requestId"),
        ({"modelName": "a\u0000b"}, "/modelName"),
        ({"occurredAt": "2026-01-01T00:00:00"}, "/occurredAt"),
        ({"cached": "yes"}, "/cached"),
        ({"tenantId": "7c1f8a52-0d6c-4d5f-9f31-2f2b6f1f7a10"}, "/tenantId"),
    ],
)
def test_what_is_no_usage_is_refused_with_its_place(
    tenant_admin: Client, fields: dict[str, Any], place: str
) -> None:
    reply = tenant_admin.post("/v1/metering/record", EVENT | fields)
    assert reply.status == 400
    assert [error["field"] for error in reply.json["errors"]] == [place]


@pytest.mark.parametrize("number", [0, 101])
def test_a_batch_has_from_one_to_100_events(tenant_admin: Client, number: int) -> None:
    events = [event(f"r{n}") for n in range(number)]
    assert tenant_admin.post("/v1/metering/batch", {"events": events}).status == 400


def test_the_caller_is_the_user_where_nothing_else_is_said(
    tenant: TenantId, tenant_admin: Client
) -> None:
    tenant_admin.post("/v1/metering/batch", {"events": [event("a"), event("b", userId="eve")]})
    with sessions.tenant_session(tenant) as session:
        rows = session.all("SELECT user_id FROM usage_events ORDER BY request_id")
    assert tenant_admin.claims is not None
    assert [row["user_id"] for row in rows] == [tenant_admin.claims["sub"], "eve"]


def test_a_batch_for_later_is_taken_and_then_recorded(
    tenant: TenantId, tenant_admin: Client, queue: Any, context: Any
) -> None:
    body = {"events": [event("a"), event("b")]}
    reply = tenant_admin.post("/v1/metering/batch", body, query={"asynchronous": "true"})
    assert (reply.status, reply.json["total"]) == (202, 2)
    assert _counted(tenant) == 0
    (message,) = queue.receive_messages()
    assert json.loads(message.body)["tenantId"] == str(tenant)
    record = {"messageId": "m", "body": message.body, "messageAttributes": {}}
    assert record_usage.handler({"Records": [record]}, context) == {"batchItemFailures": []}
    assert _counted(tenant) == 2


def test_a_batch_that_the_queue_does_not_take_is_not_answered_with_202(
    tenant_admin: Client, queue: Any
) -> None:
    queue.delete()
    options: dict[str, Any] = {
        "query": {"asynchronous": "true"},
        "headers": {"Idempotency-Key": "key-1"},
    }
    body = {"events": [event("a")]}
    assert tenant_admin.post("/v1/metering/batch", body, **options).status == 500
    # and the key is free for another try
    boto3.resource("sqs").create_queue(QueueName="usage")
    assert tenant_admin.post("/v1/metering/batch", body, **options).status == 202


def test_a_suspended_tenant_reports_nothing(
    tenant: TenantId, tenant_admin: Client, operator_admin: Client
) -> None:
    assert operator_admin.post(f"/v1/tenants/{tenant}/suspend").status == 200
    assert tenant_admin.post("/v1/metering/record", EVENT).status == 403


def test_an_operator_role_may_read_and_not_write(tenant: TenantId, caller: Caller) -> None:
    assert caller(tenant, "operator").post("/v1/metering/record", EVENT).status == 403
    assert caller(tenant, "operator").get("/v1/metering/summary").status == 200


def test_statuses_are_counted(tenant_admin: Client, capsys: pytest.CaptureFixture[str]) -> None:
    tenant_admin.post("/v1/metering/batch", {"events": [event("a"), event("a"), event("b")]})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == "{"]
    counts = {line["Status"]: line["usage_events"] for line in lines if "usage_events" in line}
    assert counts == {"accepted": [2.0], "duplicate": [1.0]}
