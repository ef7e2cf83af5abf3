import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from saasgen.testing import Database

from handlers.catalog.plan_features import plan_features
from handlers.domain.access import machine_clients
from handlers.domain.access.machine_clients import NewMachineClient
from handlers.domain.base.origin import Origin
from handlers.domain.subscriptions import subscriptions
from handlers.domain.subscriptions.subscriptions import SubscriptionOrder
from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.ids import MachineClientId, TenantId
from handlers.platform.database import sessions
from handlers.triggers import pre_token


def event_of(tenant: object, **others: str) -> dict[str, Any]:
    attributes = {"sub": "7c1f", "email": "peter@initech.example", **others}
    if tenant is not None:
        attributes["custom:tenant_id"] = str(tenant)
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "userName": "peter",
        "request": {
            "userAttributes": attributes,
            "groupConfiguration": {"groupsToOverride": ["admin"]},
            "scopes": ["aws.cognito.signin.user.admin"],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def claims_of(answer: dict[str, Any]) -> dict[str, Any]:
    details = answer["response"]["claimsAndScopeOverrideDetails"]
    access = details["accessTokenGeneration"]["claimsToAddOrOverride"]
    assert details["idTokenGeneration"]["claimsToAddOrOverride"] == access
    claims: dict[str, Any] = access
    return claims


@pytest.fixture
def subscribe(database: Database, clock: Callable[[], Any]) -> Callable[..., None]:
    def subscribe(tenant: TenantId, status: str = "active") -> None:
        order = SubscriptionOrder(
            tier_id="BUSINESS", billing_cycle="annual", seat_count=5, currency="USD"
        )
        with sessions.tenant_session(tenant) as session:
            subscriptions.create(session, clock(), tenant, order, Origin("user:peter", uuid4()))
            session.execute(
                "UPDATE subscriptions SET status = %s, canceled_at = %s", [status, clock()]
            )

    return subscribe


def agree(tenant: TenantId, settings: dict[str, Any]) -> None:
    with sessions.service_session() as session:
        session.execute(
            "UPDATE tenants SET settings = %s WHERE tenant_id = %s", [json.dumps(settings), tenant]
        )


def test_tokens_carry_the_plan_of_the_subscription(
    tenant: TenantId, subscribe: Callable[..., None], context: Any
) -> None:
    subscribe(tenant)
    claims = claims_of(pre_token.handler(event_of(tenant), context))
    features = json.loads(claims.pop("features"))
    assert claims == {
        "tenant_id": str(tenant),
        "plan_tier": "business",
        "tenant_status": "active",
        "billing_cycle": "annual",
    }
    assert features == plan_features("BUSINESS")


@pytest.mark.parametrize(
    ("status", "plan"),
    [
        ("trialing", "business"),
        ("past_due", "business"),
        ("unpaid", "free"),
        ("paused", "free"),
        ("canceled", "free"),
    ],
)
def test_only_a_subscription_in_force_counts(
    tenant: TenantId, subscribe: Callable[..., None], context: Any, status: str, plan: str
) -> None:
    subscribe(tenant, status)
    assert claims_of(pre_token.handler(event_of(tenant), context))["plan_tier"] == plan


def test_without_a_subscription_the_tenants_own_plan_counts_then_free(
    tenant: TenantId, subscribe: Callable[..., None], context: Any
) -> None:
    assert claims_of(pre_token.handler(event_of(tenant), context))["plan_tier"] == "free"
    agree(tenant, {"planTier": "TEAM"})
    claims = claims_of(pre_token.handler(event_of(tenant), context))
    assert (claims["plan_tier"], claims["billing_cycle"]) == ("team", "none")
    agree(tenant, {"planTier": "DISCONTINUED"})
    assert claims_of(pre_token.handler(event_of(tenant), context))["plan_tier"] == "free"
    agree(tenant, {"planTier": "TEAM"})
    subscribe(tenant)
    assert claims_of(pre_token.handler(event_of(tenant), context))["plan_tier"] == "business"


def test_what_was_agreed_with_the_tenant_goes_on_top(tenant: TenantId, context: Any) -> None:
    agree(tenant, {"featureOverrides": {"webhooks": True, "maxUsers": 12}})
    claims = claims_of(pre_token.handler(event_of(tenant), context))
    features = json.loads(claims["features"])
    assert features == {**plan_features("FREE"), "webhooks": True, "maxUsers": 12}


def test_the_status_of_the_tenant_is_told(tenant: TenantId, context: Any) -> None:
    with sessions.service_session() as session:
        session.execute("UPDATE tenants SET status = 'suspended' WHERE tenant_id = %s", [tenant])
    claims = claims_of(pre_token.handler(event_of(tenant), context))
    assert claims["tenant_status"] == "suspended"


@pytest.mark.parametrize("tenant_attribute", [None, "", "not-a-uuid", uuid4()])
def test_who_belongs_to_no_known_tenant_signs_in_with_the_least(
    database: Database, context: Any, tenant_attribute: object
) -> None:
    claims = claims_of(pre_token.handler(event_of(tenant_attribute), context))
    assert (claims["plan_tier"], claims["tenant_status"]) == ("free", "unknown")
    assert json.loads(claims["features"]) == plan_features("FREE")


@pytest.mark.parametrize(
    "fault", [psycopg.OperationalError("down"), RuntimeError("bug"), KeyError("settings")]
)
def test_a_failure_never_blocks_a_sign_in(tenant: TenantId, context: Any, fault: Exception) -> None:
    def broken(_role: object) -> Any:
        raise fault

    with sessions.connected_by(broken):
        claims = claims_of(pre_token.handler(event_of(tenant), context))
    assert (claims["plan_tier"], claims["tenant_id"]) == ("free", str(tenant))


@pytest.mark.parametrize("event", [{}, {"request": None}, {"request": {"userAttributes": None}}])
def test_even_an_event_without_a_user_is_answered(event: dict[str, Any], context: Any) -> None:
    assert claims_of(pre_token.handler(event, context))["plan_tier"] == "free"


def test_every_claim_is_a_string(tenant: TenantId, context: Any) -> None:
    claims = claims_of(pre_token.handler(event_of(tenant), context))
    assert all(isinstance(value, str) for value in claims.values())


@pytest.fixture
def first(database: Database, tenant: TenantId) -> TenantId:
    """A tenant whose first administrator is known by address alone."""
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO administrators (tenant_id, administrator_id, email, first_name,"
            " last_name, role, created_at, updated_at)"
            " VALUES (%s, %s, 'peter@initech.example', '', '', 'super_admin', now(), now())",
            [tenant, uuid4()],
        )
    return tenant


def sub_of_first(tenant: TenantId) -> str | None:
    with sessions.tenant_session(tenant) as session:
        row = session.one("SELECT cognito_sub FROM administrators")
    assert row is not None
    sub: str | None = row["cognito_sub"]
    return sub


def test_the_first_administrator_is_recognised_by_a_verified_address(
    first: TenantId, context: Any
) -> None:
    pre_token.handler(event_of(first, email_verified="true"), context)
    assert sub_of_first(first) == "7c1f"

    pre_token.handler(event_of(first, email_verified="true", sub="another"), context)
    assert sub_of_first(first) == "7c1f"


@pytest.mark.parametrize(
    "attributes", [{}, {"email_verified": "false"}, {"email_verified": "true", "email": "x@y.z"}]
)
def test_nobody_else_is_taken_for_the_first_administrator(
    first: TenantId, context: Any, attributes: dict[str, str]
) -> None:
    pre_token.handler(event_of(first, **attributes), context)
    assert sub_of_first(first) is None


# --- Machines ------------------------------------------------------------------------------------


def event_of_machine(client_id: str) -> dict[str, Any]:
    return {
        "version": "3",
        "triggerSource": "TokenGeneration_ClientCredentials",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "request": {
            "userAttributes": {},
            "groupConfiguration": {},
            "scopes": ["billing/metering.write"],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


@pytest.fixture
def make_machine(clock: Callable[[], Any]) -> Callable[..., MachineClientId]:
    def make(tenant: TenantId, client_id: str) -> MachineClientId:
        machine = NewMachineClient(MachineClientId(uuid4()), client_id, "Meter", ["metering.write"])
        with sessions.tenant_session(tenant) as session:
            origin = Origin("user:peter", uuid4())
            machine_clients.create(session, clock(), tenant, machine, origin)
        return machine.machine_client_id

    return make


def test_a_machines_token_carries_its_tenant_and_plan(
    tenant: TenantId,
    make_tenant: Callable[..., TenantId],
    make_machine: Callable[..., MachineClientId],
    subscribe: Callable[..., None],
    context: Any,
) -> None:
    subscribe(tenant)
    make_machine(tenant, "4initech")
    make_machine(make_tenant("Globex", "b@globex.example"), "4globex")

    claims = claims_of(pre_token.handler(event_of_machine("4initech"), context))

    assert (claims["tenant_id"], claims["plan_tier"]) == (str(tenant), "business")
    assert all(isinstance(value, str) for value in claims.values())


def test_a_client_nobody_answers_for_gets_no_tenant(
    tenant: TenantId,
    make_tenant: Callable[..., TenantId],
    make_machine: Callable[..., MachineClientId],
    clock: Callable[[], Any],
    context: Any,
) -> None:
    revoked = make_machine(tenant, "4revoked")
    with sessions.tenant_session(tenant) as session:
        machine_clients.revoke(session, clock(), tenant, revoked, Origin("user:peter", uuid4()))
    for claimant in (tenant, make_tenant("Globex", "b@globex.example")):
        make_machine(claimant, "4claimed-by-two")

    for client_id in ("4revoked", "4claimed-by-two", "4unknown", ""):
        assert claims_of(pre_token.handler(event_of_machine(client_id), context)) == {}


def test_a_machine_gets_no_token_when_nobody_can_tell_whose_it_is(
    database: Database, context: Any
) -> None:
    def broken(_role: object) -> Any:
        raise psycopg.OperationalError("down")

    with sessions.connected_by(broken), pytest.raises(ServiceUnavailable):
        pre_token.handler(event_of_machine("4initech"), context)


def test_a_person_cannot_pass_for_a_machine(
    tenant: TenantId, make_machine: Callable[..., MachineClientId], context: Any
) -> None:
    make_machine(tenant, "4initech")
    event = event_of(None) | {"callerContext": {"clientId": "4initech"}}
    assert "tenant_id" not in claims_of(pre_token.handler(event, context))
