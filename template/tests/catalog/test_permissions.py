import pytest

from handlers.catalog.permissions import (
    CROSS_TENANT_PERMISSIONS,
    ROLE_PERMISSIONS,
    ROLES,
    allows,
    is_cross_tenant,
)


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("super_admin", "billing:write", True),
        ("super_admin", "tenants:create", True),
        ("super_admin", "unheard:read", False),
        ("admin", "admin:write", True),
        ("admin", "billing:read", True),
        ("admin", "billing:write", False),
        ("admin", "approvals:initiate", True),
        ("admin", "approvals:process", False),
        ("operator", "settings:read", True),
        ("operator", "settings:write", False),
        ("operator", "subscriptions:write", False),
        ("auditor", "audit:read", True),
        ("auditor", "settings:read", False),
        ("auditor", "tenants:write", False),
        ("user", "subscriptions:read", True),
        ("user", "billing:read", False),
    ],
)
def test_a_role_grants_exactly_what_the_table_says(
    role: str, permission: str, allowed: bool
) -> None:
    assert allows([role], permission) is allowed


def test_several_roles_add_up() -> None:
    assert allows(["user", "auditor"], "audit:read")


@pytest.mark.parametrize("roles", [[], [""], ["superadmin"], ["SUPER_ADMIN"]])
def test_no_role_or_an_unknown_one_grants_nothing(roles: list[str]) -> None:
    assert not allows(roles, "tenants:read")


def test_a_wildcard_is_not_a_permission_one_can_ask_for_by_prefix() -> None:
    assert not allows(["super_admin"], "ten:create")
    assert not allows(["admin"], "billing")


def test_permissions_of_the_operator_are_marked_as_reaching_across_tenants() -> None:
    assert is_cross_tenant("tenants:list")
    assert not is_cross_tenant("tenants:read")


def test_every_cross_tenant_permission_is_held_by_someone_and_never_by_a_plain_user() -> None:
    for permission in CROSS_TENANT_PERMISSIONS:
        assert any(allows([role], permission) for role in ROLES)
        assert not allows(["user"], permission)


def test_the_table_knows_every_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLES)
