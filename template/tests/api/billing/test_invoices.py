from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from handlers.api.http.cursors import to_cursor
from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import Invoice, draft, transitions
from handlers.domain.billing.invoices.draft import Draft, DraftLine
from handlers.domain.subscriptions import subscriptions
from handlers.domain.subscriptions.pricing import price_of
from handlers.domain.subscriptions.subscriptions import SubscriptionOrder
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..conftest import Caller, Client

Bill = Callable[..., list[Invoice]]
PARTIES = {"company": "Acme Inc.", "productName": "Acme Billing", "tenantName": "Initech"}


@pytest.fixture
def bill(clock: Callable[[], datetime]) -> Bill:
    """Subscribe a tenant and write so many invoices to it."""

    def bill(tenant: TenantId, count: int = 1) -> list[Invoice]:
        now = clock()
        order = SubscriptionOrder(
            tier_id="TEAM", billing_cycle="monthly", seat_count=2, currency="USD"
        )
        lines = price_of("TEAM", "monthly", 2, (), "USD").lines
        with sessions.tenant_session(tenant) as session:
            subscribed = subscriptions.create(
                session, now, tenant, order, Origin("user:peter", uuid4())
            )
            made = []
            for number in range(count):
                start = now + timedelta(days=30 * number)
                wanted = Draft(
                    subscription_id=subscribed.subscription_id,
                    reason="subscription_start",
                    period_start=start,
                    period_end=start + timedelta(days=30),
                    currency="USD",
                    lines=[DraftLine.of(line) for line in lines],
                )
                stored = draft.store(session, now, tenant, wanted)
                assert stored is not None
                made.append(transitions.issue(session, now, stored, PARTIES))
        return made

    return bill


def test_an_invoice_shows_its_lines(tenant: TenantId, tenant_admin: Client, bill: Bill) -> None:
    (invoice,) = bill(tenant)
    reply = tenant_admin.get(f"/v1/invoices/{invoice.invoice_id}")
    assert reply.status == 200
    shown = reply.json
    assert (shown["number"], shown["totalMinor"], shown["currency"]) == (1, 5000, "USD")
    assert shown["status"] == "pending"
    assert shown["dueAt"] == "2026-03-15T12:00:00Z"
    assert shown["lines"] == [
        {
            "lineNumber": 1,
            "kind": "seats",
            "description": "Team plan, monthly",
            "quantity": 2,
            "unitAmountMinor": 2500,
            "amountMinor": 5000,
        }
    ]


def test_invoices_are_listed_page_by_page_the_latest_first(
    tenant: TenantId, tenant_admin: Client, bill: Bill
) -> None:
    bill(tenant, 5)
    first = tenant_admin.get("/v1/invoices", query={"limit": "3"}).json
    second = tenant_admin.get(
        "/v1/invoices", query={"limit": "3", "cursor": first["nextCursor"]}
    ).json
    assert [item["number"] for item in first["items"]] == [5, 4, 3]
    assert [item["number"] for item in second["items"]] == [2, 1]
    assert "nextCursor" not in second
    assert "lines" not in first["items"][0]


def test_a_full_last_page_is_known_to_be_the_last(
    tenant: TenantId, tenant_admin: Client, bill: Bill
) -> None:
    bill(tenant, 2)
    assert "nextCursor" not in tenant_admin.get("/v1/invoices", query={"limit": "2"}).json


def test_invoices_are_listed_by_status(tenant: TenantId, tenant_admin: Client, bill: Bill) -> None:
    bill(tenant)
    assert len(tenant_admin.get("/v1/invoices", query={"status": "pending"}).json["items"]) == 1
    assert tenant_admin.get("/v1/invoices", query={"status": "paid"}).json == {"items": []}


def test_another_tenants_invoice_is_answered_like_an_unknown_one(
    tenant_admin: Client, make_tenant: Callable[..., TenantId], bill: Bill, caller: Caller
) -> None:
    other = make_tenant("Hooli")
    (theirs,) = bill(other)
    found = tenant_admin.get(f"/v1/invoices/{theirs.invoice_id}")
    unknown = tenant_admin.get(f"/v1/invoices/{uuid4()}")
    assert found.status == unknown.status == 404
    assert found.text == unknown.text
    assert tenant_admin.get("/v1/invoices").json == {"items": []}
    assert caller(other, "auditor").get(f"/v1/invoices/{theirs.invoice_id}").status == 200


def test_a_plain_user_sees_no_invoices(tenant: TenantId, caller: Caller) -> None:
    assert caller(tenant, "user").get("/v1/invoices").status == 403


@pytest.mark.parametrize("key", ["0", "-1", "9" * 30, "one"])
def test_a_cursor_that_no_page_ended_with_is_refused(tenant_admin: Client, key: str) -> None:
    reply = tenant_admin.get("/v1/invoices", query={"cursor": str(to_cursor(key))})
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "cursor")
