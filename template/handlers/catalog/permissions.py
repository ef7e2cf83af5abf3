"""Which role may do what: the one table behind every ``x-permission`` of the API.

A permission is ``resource:action``; ``resource:*`` grants every action of a resource. Roles are
Cognito groups. A person with several roles may do what any of them may.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

AdministratorRole = Literal["super_admin", "admin", "operator", "auditor"]
Role = AdministratorRole | Literal["user"]

ADMINISTRATOR_ROLES: Final[tuple[AdministratorRole, ...]] = get_args(AdministratorRole)
"""The roles of those who run a tenant, the highest first."""
ROLES: Final[tuple[Role, ...]] = (*ADMINISTRATOR_ROLES, "user")

ROLE_PERMISSIONS: Final[dict[Role, frozenset[str]]] = {
    "super_admin": frozenset(
        {
            "admin:*",
            "approvals:*",
            "audit:*",
            "billing:*",
            "credits:*",
            "deployments:*",
            "metering:*",
            "quotas:*",
            "settings:*",
            "subscriptions:*",
            "tenants:*",
        }
    ),
    "admin": frozenset(
        {
            "admin:read",
            "admin:write",
            "approvals:initiate",
            "approvals:read",
            "billing:read",
            "credits:read",
            "credits:write",
            "deployments:read",
            "deployments:write",
            "metering:read",
            "metering:write",
            "quotas:read",
            "settings:read",
            "settings:write",
            "subscriptions:read",
            "subscriptions:write",
            "tenants:administer",
            "tenants:bill",
            "tenants:create",
            "tenants:list",
            "tenants:read",
            "tenants:suspend",
            "tenants:write",
        }
    ),
    "operator": frozenset(
        {
            "admin:read",
            "billing:read",
            "credits:read",
            "deployments:read",
            "metering:read",
            "quotas:read",
            "settings:read",
            "subscriptions:read",
            "tenants:list",
            "tenants:read",
        }
    ),
    "auditor": frozenset(
        {
            "admin:read",
            "audit:read",
            "billing:read",
            "credits:read",
            "metering:read",
            "quotas:read",
            "subscriptions:read",
            "tenants:list",
            "tenants:read",
        }
    ),
    "user": frozenset(
        {
            "credits:read",
            "metering:read",
            "quotas:read",
            "subscriptions:read",
            "tenants:read",
        }
    ),
}

# These reach beyond the caller's own tenant. A role alone is not enough for them: the caller must
# also belong to the operator's tenant, or every customer's administrator could list all customers.
CROSS_TENANT_PERMISSIONS: Final[frozenset[str]] = frozenset(
    {
        "tenants:administer",
        "tenants:bill",
        "tenants:create",
        "tenants:list",
        "tenants:suspend",
    }
)

# What the operator's own people may do to the rows of the whole stack, which are in their tenant.
OPERATOR_PERMISSIONS: Final[frozenset[str]] = CROSS_TENANT_PERMISSIONS | {"billing:price"}


def is_above(role: AdministratorRole, other: AdministratorRole) -> bool:
    """Tell whether a role stands above another, which only its own kind may give and take."""
    return ADMINISTRATOR_ROLES.index(role) < ADMINISTRATOR_ROLES.index(other)


def is_cross_tenant(permission: str) -> bool:
    """Tell whether a permission reaches beyond the caller's own tenant."""
    return permission in CROSS_TENANT_PERMISSIONS


def is_operators(permission: str) -> bool:
    """Tell whether a permission may be used by the operator's own people only."""
    return permission in OPERATOR_PERMISSIONS


def allows(roles: Iterable[str], permission: str) -> bool:
    """Tell whether any of the roles grants a permission; an unknown role grants nothing.

    Args:
        roles: names of Cognito groups.
        permission: ``resource:action``, never a wildcard.
    """
    wildcard = f"{permission.partition(':')[0]}:*"
    held = frozenset(roles)
    return any(
        permission in granted or wildcard in granted
        for role, granted in ROLE_PERMISSIONS.items()
        if role in held
    )
