"""Identity comes from verified claims alone, permissions from roles."""

from uuid import uuid4

import pytest

from handlers.platform.base.auth import authorize, identity_from
from handlers.platform.base.errors import Forbidden, Unauthorized

TENANT = str(uuid4())
CLAIMS = {
    "sub": "user-1",
    "username": "ann@initech.example",
    "token_use": "access",
    "tenant_id": TENANT,
    "cognito:groups": "admin",
    "plan_tier": "professional",
    "tenant_status": "active",
    "billing_cycle": "monthly",
    "features": '{"maxUsers": 50}',
}


def _identity(**claims):
    known = {k: v for k, v in (CLAIMS | claims).items() if v is not None}
    return identity_from({"authorizer": {"claims": known}})


def test_an_identity_is_what_the_claims_say():
    identity = _identity()
    assert str(identity.tenant_id) == TENANT
    assert identity.user_id == "user-1"
    assert identity.username == "ann@initech.example"
    assert identity.features == {"maxUsers": 50}
    assert identity.plan_tier == "professional"
    assert not identity.is_operator


MACHINE = {
    "sub": "4client1",
    "client_id": "4client1",
    "username": None,
    "scope": "billing/metering.write billing/billing.read",
}


def test_a_machine_may_do_what_its_scopes_grant_and_has_no_role():
    identity = _identity(**MACHINE)
    assert (identity.is_machine, identity.roles) == (True, frozenset())
    assert identity.actor == "client:4client1"
    authorize(identity, "metering:write")
    authorize(identity, "billing:read")
    for permission in ("metering:read", "billing:write", "admin:read", "tenants:list"):
        with pytest.raises(Forbidden, match="No scope"):
            authorize(identity, permission)


@pytest.mark.parametrize(
    "scope",
    [None, "", "metering.write", "other/metering.write", "billing/admin.write", "billing/metering"],
)
def test_a_scope_that_is_not_the_apis_grants_nothing(scope):
    assert _identity(**(MACHINE | {"scope": scope})).scope_permissions == frozenset()


def test_a_machine_of_the_operator_reaches_no_other_tenant(operator):
    identity = _identity(**MACHINE, tenant_id=str(operator))
    for permission in ("tenants:create", "tenants:list", "tenants:administer"):
        with pytest.raises(Forbidden):
            authorize(identity, permission)


def test_scopes_in_the_token_of_a_person_grant_nothing():
    person = _identity(**{"client_id": "web", "scope": MACHINE["scope"], "cognito:groups": "user"})
    assert (person.is_machine, person.actor) == (False, "user:user-1")
    with pytest.raises(Forbidden):
        authorize(person, "metering:write")


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        ("admin", {"admin"}),
        ("admin,user", {"admin", "user"}),
        ("[admin user]", {"admin", "user"}),
        ("admin, user", {"admin", "user"}),
        (["admin", "user"], {"admin", "user"}),
        ("", set()),
        (None, set()),
    ],
)
def test_groups_are_read_however_the_gateway_renders_them(claim, roles):
    assert _identity(**{"cognito:groups": claim}).roles == roles


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"claims": {}}},
        {"authorizer": {"claims": CLAIMS | {"sub": ""}}},
        {"authorizer": {"claims": CLAIMS | {"token_use": "id"}}},
    ],
)
def test_without_the_claims_of_an_access_token_nobody_is_identified(context):
    with pytest.raises(Unauthorized):
        identity_from(context)


@pytest.mark.parametrize("tenant", [None, "", "initech", "1"])
def test_a_caller_without_a_tenant_is_forbidden(tenant):
    with pytest.raises(Forbidden, match="belongs to no tenant"):
        _identity(tenant_id=tenant)


@pytest.mark.parametrize("features", [None, "", "{", "[]", "7"])
def test_features_that_make_no_sense_are_none(features):
    assert _identity(features=features).features == {}


def test_a_role_permits_what_it_grants_and_no_more():
    authorize(_identity(**{"cognito:groups": "user"}), "subscriptions:read")
    with pytest.raises(Forbidden):
        authorize(_identity(**{"cognito:groups": "user"}), "subscriptions:write")
    with pytest.raises(Forbidden):
        authorize(_identity(**{"cognito:groups": None}), "subscriptions:read")


@pytest.mark.parametrize("permission", ["tenants:create", "tenants:list", "tenants:suspend"])
def test_cross_tenant_permissions_belong_to_the_operator_alone(permission, operator):
    authorize(_identity(tenant_id=str(operator)), permission)
    for role in ("admin", "super_admin"):
        with pytest.raises(Forbidden):
            authorize(_identity(**{"cognito:groups": role}), permission)
