"""Reading usage over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..conftest import Caller, Client
from .test_ingest import event


@pytest.fixture
def today() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def reported(tenant_admin: Client, today: datetime) -> None:
    """Report a million tokens each, of two models, today and yesterday."""
    tokens = {"inputTokens": 10**6, "outputTokens": 0}
    events = [
        event(f"{model}-{ago}", modelId=model, occurredAt=moment.isoformat(), **tokens)
        for ago, moment in enumerate([today, today - timedelta(days=1)])
        for model in ("large", "small")
    ]
    assert tenant_admin.post("/v1/metering/batch", {"events": events}).status == 200


def test_usage_is_summed_up_with_the_margin(
    tenant_admin: Client, reported: None, today: datetime
) -> None:
    answer = tenant_admin.get("/v1/metering/summary").json
    assert answer == {
        "startDate": str(today.date() - timedelta(days=30)),
        "endDate": str(today.date()),
        "totals": [
            {
                "currency": "USD",
                "requestCount": 4,
                "inputTokens": 4_000_000,
                "outputTokens": 0,
                "totalTokens": 4_000_000,
                "cachedCount": 0,
                "phiCount": 0,
                "estimatedCount": 4,
                "averageLatencyMs": 850,
                "providerCost": "4",
                "billedCost": "4.8",
            }
        ],
    }


def test_a_tenant_without_usage_has_no_totals(tenant_admin: Client) -> None:
    assert tenant_admin.get("/v1/metering/summary").json["totals"] == []


def test_another_tenant_sees_nothing_of_it(
    reported: None, make_tenant: Any, caller: Caller
) -> None:
    other = caller(make_tenant("Globex"), "admin")
    assert other.get("/v1/metering/summary").json["totals"] == []
    assert other.get("/v1/metering/rollups").json["items"] == []


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ("model", [{"modelId": "large"}, {"modelId": "small"}]),
        ("provider", [{"providerId": "example-ai"}]),
        (
            "provider,model",
            [{"modelId": m, "providerId": "example-ai"} for m in ("large", "small")],
        ),
    ],
)
def test_usage_is_listed_by_what_one_asks_for(
    tenant_admin: Client, reported: None, group_by: str, keys: list[dict[str, str]]
) -> None:
    items = tenant_admin.get("/v1/metering/rollups", query={"groupBy": group_by}).json["items"]
    names = ("day", "modelId", "providerId", "userId")
    assert [{n: item[n] for n in names if n in item} for item in items] == keys
    assert sum(item["requestCount"] for item in items) == 4


def test_pages_follow_on_each_other(tenant_admin: Client, reported: None, today: datetime) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        answer = tenant_admin.get("/v1/metering/rollups", query=query).json
        seen += [(item["day"], item["modelId"]) for item in answer["items"]]
        cursor = answer.get("nextCursor")
        if cursor is None:
            break
    days = [str(today.date() - timedelta(days=1)), str(today.date())]
    assert seen == [(day, model) for day in days for model in ("large", "small")]


def test_a_part_has_no_billed_cost_of_its_own_where_the_margin_is_tiered(
    tenant: TenantId, tenant_admin: Client, reported: None, today: datetime
) -> None:
    tiers = [{"marginPercent": "50.00", "upToMinor": 200}, {"marginPercent": "0.00"}]
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO billing_settings (tenant_id, margin_type, margin_tiers, created_at,"
            " updated_at) VALUES (%s, 'tiered', %s, %s, %s)",
            [tenant, Jsonb(tiers), today, today],
        )
    items = tenant_admin.get("/v1/metering/rollups").json["items"]
    assert ["billedCost" in item for item in items] == [False] * 4
    assert tenant_admin.get("/v1/metering/summary").json["totals"][0]["billedCost"] == "5"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"startDate": "2026-01-02", "endDate": "2026-01-01"}, "startDate"),
        ({"startDate": "2025-01-01", "endDate": "2026-01-02"}, "startDate"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"groupBy": "tenant"}, "groupBy"),
        ({"groupBy": "day,"}, "groupBy"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
        ({"cursor": "WyJhIl0"}, "cursor"),
        ({"limit": "101"}, "limit"),
    ],
)
def test_a_wrong_query_is_refused(tenant_admin: Client, query: dict[str, str], field: str) -> None:
    reply = tenant_admin.get("/v1/metering/rollups", query=query)
    assert reply.status == 400
    assert [error["field"] for error in reply.json["errors"]] == [field]


def test_a_whole_leap_year_may_be_asked_for(tenant_admin: Client) -> None:
    query = {"startDate": "2024-01-01", "endDate": "2024-12-31"}
    assert tenant_admin.get("/v1/metering/summary", query=query).status == 200
