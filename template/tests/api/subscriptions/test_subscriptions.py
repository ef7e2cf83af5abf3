import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging import idempotency

from ..conftest import ADDRESS, AGENT, Caller, Client, Reply

TEAM = {"tierId": "TEAM", "seatCount": 4, "addOns": ["COMPLIANCE_ADDON"]}


def test_a_tenant_subscribes(tenant: TenantId, tenant_admin: Client) -> None:
    reply = tenant_admin.post("/v1/subscriptions", TEAM)

    assert reply.status == 201
    created = reply.json
    assert created["tenantId"] == str(tenant)
    assert (created["unitPriceMinor"], created["totalPriceMinor"]) == (2500, 4 * 2500 + 4 * 2500)
    assert (created["currency"], created["status"]) == ("USD", "active")
    assert (created["seatCount"], created["addOns"]) == (4, ["COMPLIANCE_ADDON"])
    assert "trialEnd" not in created
    assert tenant_admin.get(f"/v1/subscriptions/{created['subscriptionId']}").json == created


def test_a_subscription_is_announced_with_what_was_agreed(
    tenant: TenantId, tenant_admin: Client
) -> None:
    created = tenant_admin.post("/v1/subscriptions", TEAM).json
    with sessions.service_session() as session:
        row = session.one("SELECT tenant_id, event_type, payload FROM outbox")
    assert row is not None
    assert (row["tenant_id"], row["event_type"]) == (tenant, "subscription.created")
    payload = row["payload"]
    assert payload.pop("periodStart")
    assert payload.pop("periodEnd")
    assert payload == {
        "tenantName": "Initech",
        "tenantEmail": "admin@initech.example",
        "subscriptionId": created["subscriptionId"],
        "planId": "TEAM",
        "billingCycle": "monthly",
        "seatCount": 4,
        "addOns": ["COMPLIANCE_ADDON"],
        "amount": 20000,
        "currency": "USD",
        "lines": [
            {
                "kind": "seats",
                "description": "Team plan, monthly",
                "quantity": 4,
                "unitAmount": 2500,
            },
            {
                "kind": "add_on",
                "description": "Compliance, monthly",
                "quantity": 4,
                "unitAmount": 2500,
            },
        ],
        "actor": "user:7c1f8a52-0d6c-4d5f-9f31-2f2b6f1f7a10",
        "address": ADDRESS,
        "agent": AGENT,
    }


@pytest.mark.parametrize(
    ("order", "seats", "total"),
    [
        ({"tierId": "FREE"}, 1, 0),
        ({"tierId": "INDIVIDUAL"}, 1, 2900),
        ({"tierId": "INDIVIDUAL", "billingCycle": "annual"}, 1, 29000),
        ({"tierId": "FAMILY", "seatCount": 5}, 5, 4900),
        ({"tierId": "TEAM"}, 2, 5000),
        ({"tierId": "BUSINESS", "billingCycle": "annual", "seatCount": 150}, 150, 150 * 45000),
    ],
)
def test_the_price_follows_the_tier(
    tenant_admin: Client, order: dict[str, Any], seats: int, total: int
) -> None:
    created = tenant_admin.post("/v1/subscriptions", order).json
    assert (created["seatCount"], created["totalPriceMinor"]) == (seats, total)


@pytest.mark.parametrize(
    ("order", "field", "reason"),
    [
        ({"tierId": "ENTERPRISE", "seatCount": 60}, "/tierId", "contact sales"),
        ({"tierId": "ENTERPRISE_PLUS"}, "/tierId", "contact sales"),
        ({"tierId": "TEAM", "seatCount": 1}, "/seatCount", "at least 2 seats"),
        ({"tierId": "TEAM", "seatCount": 26}, "/seatCount", "at most 25 seats"),
        ({"tierId": "INDIVIDUAL", "seatCount": 2}, "/seatCount", "at most 1 seats"),
        ({"tierId": "FREE", "addOns": ["COMPLIANCE_ADDON"]}, "/addOns/0", "not offered"),
        ({"tierId": "TEAM", "addOns": ["PRIORITY_SUPPORT"]}, "/addOns/0", "contact sales"),
        ({"tierId": "TEAM", "addOns": ["COMPLIANCE_ADDON"] * 2}, "/addOns/1", "listed twice"),
        (
            {"tierId": "ENTERPRISE_PLUS", "addOns": ["COMPLIANCE_ADDON"]},
            "/addOns/0",
            "already part",
        ),
        ({"tierId": "FREE", "trial": True}, "/trial", "costs nothing"),
    ],
)
def test_what_is_not_sold_like_this_is_refused_with_the_reason(
    tenant_admin: Client, order: dict[str, Any], field: str, reason: str
) -> None:
    reply = tenant_admin.post("/v1/subscriptions", order)
    assert reply.status == 422
    assert any(e["field"] == field and reason in e["message"] for e in reply.json["errors"])


def test_a_tenant_has_one_live_subscription(tenant_admin: Client) -> None:
    assert tenant_admin.post("/v1/subscriptions", TEAM).status == 201
    second = tenant_admin.post("/v1/subscriptions", {"tierId": "FREE"})
    assert second.status == 409
    assert "live subscription already" in second.json["detail"]


def test_of_many_callers_at_once_one_gets_the_subscription(
    tenant: TenantId, caller: Caller
) -> None:
    def subscribe(_: int) -> int:
        try:
            return caller(tenant, "admin").post("/v1/subscriptions", TEAM).status
        finally:
            sessions.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(subscribe, range(8)))
    assert statuses == [201] + [409] * 7


def test_a_trial_costs_nothing_yet_and_comes_once(tenant: TenantId, tenant_admin: Client) -> None:
    created = tenant_admin.post("/v1/subscriptions", {**TEAM, "trial": True}).json
    assert (created["status"], created["trialEnd"]) == ("trialing", created["currentPeriodEnd"])
    with sessions.tenant_session(tenant) as session:
        row = session.one("SELECT payload FROM outbox")
        assert row is not None
        assert (row["payload"]["amount"], row["payload"]["lines"]) == (0, [])
        session.execute("UPDATE subscriptions SET status = 'canceled', canceled_at = now()")

    again = tenant_admin.post("/v1/subscriptions", {**TEAM, "trial": True})
    assert again.status == 422
    assert "first subscription" in again.json["errors"][0]["message"]
    assert tenant_admin.post("/v1/subscriptions", TEAM).status == 201


def test_subscriptions_are_listed_page_by_page_and_by_status(
    tenant: TenantId, tenant_admin: Client
) -> None:
    for _ in range(3):
        tenant_admin.post("/v1/subscriptions", TEAM)
        with sessions.tenant_session(tenant) as session:
            session.execute("UPDATE subscriptions SET status = 'canceled', canceled_at = now()")
    live = tenant_admin.post("/v1/subscriptions", TEAM).json

    first = tenant_admin.get("/v1/subscriptions", query={"limit": "3"}).json
    rest = tenant_admin.get(
        "/v1/subscriptions", query={"limit": "3", "cursor": first["nextCursor"]}
    ).json
    assert first["items"][0] == live
    assert (len(first["items"]), len(rest["items"])) == (3, 1)
    assert "nextCursor" not in rest
    active = tenant_admin.get("/v1/subscriptions", query={"status": "active"}).json
    assert active["items"] == [live]


def test_another_tenants_subscription_is_answered_like_an_unknown_one(
    tenant_admin: Client, make_tenant: Callable[..., TenantId], caller: Caller
) -> None:
    other = caller(make_tenant("Hooli"), "admin")
    theirs = other.post("/v1/subscriptions", TEAM).json["subscriptionId"]

    found = tenant_admin.get(f"/v1/subscriptions/{theirs}")
    unknown = tenant_admin.get(f"/v1/subscriptions/{uuid4()}")
    assert found.status == unknown.status == 404
    assert found.text == unknown.text
    assert tenant_admin.get("/v1/subscriptions").json == {"items": []}


def test_metrics_are_counted_once_the_subscription_stands(
    tenant_admin: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant_admin.post("/v1/subscriptions", TEAM)
    tenant_admin.post("/v1/subscriptions", TEAM)
    lines = [json.loads(x) for x in capsys.readouterr().out.splitlines() if x.startswith("{")]
    metrics = [line for line in lines if "_aws" in line]
    assert [line["subscription_count"] for line in metrics if "subscription_count" in line] == [[1]]
    (revenue,) = [line for line in metrics if "subscription_revenue" in line]
    assert revenue["subscription_revenue"] == [20000]
    assert revenue["PlanId"] == "TEAM"


class TestIdempotencyKey:
    key = {"Idempotency-Key": "order-17"}

    def test_the_same_request_again_gets_the_first_answer(self, tenant_admin: Client) -> None:
        first = tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key)
        again = tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key)
        assert (first.status, again.status) == (201, 201)
        assert again.json == first.json
        assert again.headers["Location"] == first.headers["Location"]
        assert first.headers["Location"] == f"/v1/subscriptions/{first.json['subscriptionId']}"
        with sessions.service_session() as session:
            assert session.one("SELECT count(*) AS events FROM outbox") == {"events": 1}

    def test_another_body_with_the_same_key_is_refused(self, tenant_admin: Client) -> None:
        tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key)
        other = tenant_admin.post("/v1/subscriptions", {"tierId": "FREE"}, headers=self.key)
        assert other.status == 422

    def test_a_key_belongs_to_its_tenant(
        self, tenant_admin: Client, make_tenant: Callable[..., TenantId], caller: Caller
    ) -> None:
        other = caller(make_tenant("Hooli"), "admin")
        mine = tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key).json
        theirs = other.post("/v1/subscriptions", TEAM, headers=self.key).json
        assert mine["subscriptionId"] != theirs["subscriptionId"]

    def test_a_key_belongs_to_its_route(
        self, operator_admin: Client, make_tenant: Callable[..., TenantId]
    ) -> None:
        for tenant_id in (make_tenant("One"), make_tenant("Two")):
            path = f"/v1/tenants/{tenant_id}/suspend"
            reply = operator_admin.post(path, headers=self.key)
            assert reply.json["tenantId"] == str(tenant_id)

    def test_a_refused_request_leaves_the_key_free(self, tenant_admin: Client) -> None:
        refused = tenant_admin.post(
            "/v1/subscriptions", {"tierId": "TEAM", "seatCount": 99}, headers=self.key
        )
        assert refused.status == 422
        assert tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key).status == 201

    def test_while_the_first_is_running_the_second_is_told_to_wait(
        self, tenant: TenantId, tenant_admin: Client, clock: Callable[[], datetime]
    ) -> None:
        replies: list[Reply] = []

        def meanwhile() -> idempotency.StoredAnswer:
            with ThreadPoolExecutor(1) as pool:
                again = pool.submit(
                    lambda: tenant_admin.post("/v1/subscriptions", TEAM, headers=self.key)
                )
                replies.append(again.result())
            return idempotency.StoredAnswer(201, {})

        first = idempotency.Request(tenant, "POST /v1/subscriptions", "order-17", "hash")
        with sessions.tenant_session(tenant) as session:
            idempotency.once(session, first, meanwhile, clock())
        assert [(r.status, r.headers["Retry-After"]) for r in replies] == [(409, "1")]

    @pytest.mark.parametrize("key", ["", "x" * 256])
    def test_a_key_that_is_none_is_refused(self, tenant_admin: Client, key: str) -> None:
        reply = tenant_admin.post("/v1/subscriptions", TEAM, headers={"Idempotency-Key": key})
        assert reply.status == 400


def test_ids_are_time_ordered(tenant_admin: Client) -> None:
    created = tenant_admin.post("/v1/subscriptions", TEAM).json
    assert UUID(created["subscriptionId"]).version == 7
