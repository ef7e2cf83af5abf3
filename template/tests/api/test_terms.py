"""Terms of billing over the API: which are the tenant's own to set, and which the operator's."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

from ..accounting import events_of, settle_on
from .conftest import Caller, Client


@pytest.fixture
def tenant(make_tenant: Callable[..., TenantId]) -> TenantId:
    tenant = make_tenant()
    settle_on(tenant, tax=Decimal(19))
    return tenant


@pytest.fixture
def root(tenant: TenantId, caller: Caller) -> Client:
    return caller(tenant, "super_admin")


def test_a_tenant_changes_its_own_terms_where_one_person_may(
    root: Client, tenant: TenantId
) -> None:
    terms: dict[str, Any] = {
        "billingCycleDay": 15,
        "budgetLimitMinor": 5000,
        "alertThresholds": [80, 100],
    }
    terms["mailDocuments"] = True
    changed = root.request("PUT", "/v1/billing/settings", terms).json
    assert {name: changed[name] for name in terms} == terms
    assert changed["taxPercent"] == "19.00"
    assert root.get("/v1/billing/settings").json == changed
    assert [name for name, _ in events_of(tenant)] == ["billing_settings.changed"]


def test_where_two_people_decide_it_points_to_approvals(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWO_PERSON_APPROVAL", "true")
    settings.cache_clear()
    reply = root.request("PUT", "/v1/billing/settings", {"billingCycleDay": 15})
    assert reply.status == 409
    assert "/v1/admin/approvals" in reply.json["detail"]


def test_margin_and_tax_are_not_the_tenants_to_set(root: Client) -> None:
    reply = root.request("PUT", "/v1/billing/settings", {"marginPercent": "0", "autoPay": True})
    assert reply.status == 403
    assert [error["field"] for error in reply.json["errors"]] == ["/marginPercent"]
    own = root.request("PUT", f"/v1/tenants/{uuid4()}/billing-settings", {"taxEnabled": False})
    assert own.status == 403


def test_the_operator_sets_margin_and_tax_and_both_trails_tell(
    operator_admin: Client, operator: TenantId, tenant: TenantId
) -> None:
    tiers = [{"upToMinor": 1000, "marginPercent": "30"}, {"marginPercent": "10.5"}]
    terms = {"marginType": "tiered", "marginTiers": tiers, "taxPercent": "7.7"}
    path = f"/v1/tenants/{tenant}/billing-settings"
    changed = operator_admin.request("PUT", path, terms).json
    assert (changed["marginType"], changed["taxPercent"]) == ("tiered", "7.70")
    assert changed["marginTiers"][1] == {"marginPercent": "10.50"}
    (told,) = events_of(tenant, "billing_settings.")
    assert told[1]["after"]["taxPercent"] == "7.70"
    assert [name for name, _ in events_of(operator, "operator.")] == ["operator.set_operator_terms"]


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"marginType": "tiered"}, 422),
        ({"billingCycleDay": 15}, 400),
        ({}, 400),
        ({"taxPercent": "101"}, 400),
        ({"marginTiers": [{"marginPercent": "1", "upToMinor": 5}]}, 400),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    operator_admin: Client, tenant: TenantId, terms: dict[str, Any], status: int
) -> None:
    path = f"/v1/tenants/{tenant}/billing-settings"
    assert operator_admin.request("PUT", path, terms).status == status


def test_terms_of_a_tenant_that_is_not_there_are_not_set(operator_admin: Client) -> None:
    path = f"/v1/tenants/{uuid4()}/billing-settings"
    assert operator_admin.request("PUT", path, {"taxEnabled": False}).status == 404
