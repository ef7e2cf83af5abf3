"""What machines may be allowed to do: the scopes of the API's resource server at Cognito.

A scope grants the permission of its name and no role: ``metering.write`` grants ``metering:write``.
There is none for running a tenant, its people and its approvals: that takes an administrator.
Terraform makes the same scopes (``terraform/api.tf``).
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

MachineScope = Literal[
    "billing.read",
    "billing.write",
    "credits.read",
    "credits.write",
    "metering.read",
    "metering.write",
    "quotas.read",
    "quotas.write",
    "subscriptions.read",
    "subscriptions.write",
    "tenants.read",
    "tenants.write",
]

MACHINE_SCOPES: Final[tuple[MachineScope, ...]] = get_args(MachineScope)

RESOURCE_SERVER: Final = "billing"


def permission_of(scope: MachineScope) -> str:
    """Name the permission that a scope grants."""
    return scope.replace(".", ":")


def in_tokens(scope: MachineScope) -> str:
    """Write a scope as tokens carry it and clients ask for it: ``billing/metering.write``."""
    return f"{RESOURCE_SERVER}/{scope}"


def granting(permission: str) -> str | None:
    """Find the scope, as tokens carry it, that grants a permission; None if there is none."""
    return next((in_tokens(s) for s in MACHINE_SCOPES if permission_of(s) == permission), None)


def permissions_of(carried: Iterable[str]) -> frozenset[str]:
    """Tell what the scopes of a token grant; one that is not of this API grants nothing."""
    held = frozenset(carried)
    return frozenset(permission_of(s) for s in MACHINE_SCOPES if in_tokens(s) in held)
