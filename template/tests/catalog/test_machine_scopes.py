"""Scopes of machines are permissions under another name, and never those of administrators."""

import pytest

from handlers.catalog.machine_scopes import (
    MACHINE_SCOPES,
    MachineScope,
    granting,
    in_tokens,
    permission_of,
    permissions_of,
)
from handlers.catalog.permissions import allows, is_cross_tenant


@pytest.mark.parametrize("scope", MACHINE_SCOPES)
def test_a_scope_grants_the_permission_of_its_name_and_nothing_else(scope: MachineScope) -> None:
    permission = permission_of(scope)
    assert granting(permission) == in_tokens(scope) == f"billing/{scope}"
    assert permissions_of([in_tokens(scope), scope, "openid"]) == {permission}


@pytest.mark.parametrize("scope", MACHINE_SCOPES)
def test_no_scope_reaches_further_than_the_highest_role_of_a_tenant(scope: MachineScope) -> None:
    permission = permission_of(scope)
    assert allows(["super_admin"], permission)
    assert not is_cross_tenant(permission)


@pytest.mark.parametrize(
    "permission",
    ["admin:read", "admin:write", "approvals:process", "audit:read", "deployments:write"],
)
def test_running_a_tenant_is_for_people(permission: str) -> None:
    assert granting(permission) is None
