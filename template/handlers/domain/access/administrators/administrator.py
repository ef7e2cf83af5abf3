"""An administrator, and what is told of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from handlers.catalog.permissions import AdministratorRole
from handlers.platform.base.ids import AdministratorId, TenantId

AdministratorStatus = Literal["active", "inactive", "deleted"]


class Administrator(NamedTuple):
    """One of the people who run a tenant.

    ``email`` is None once the administrator is deleted, ``cognito_sub`` until the first sign-in of
    the tenant's first administrator.
    """

    tenant_id: TenantId
    administrator_id: AdministratorId
    cognito_sub: str | None
    email: str | None
    first_name: str
    last_name: str
    role: AdministratorRole
    status: AdministratorStatus
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """How the administrator is called: by name, or by address while there is none."""
        return (
            f"{self.first_name} {self.last_name}".strip() or self.email or "a former administrator"
        )

    @property
    def is_active(self) -> bool:
        """Whether the administrator may do anything at all."""
        return self.status == "active"


class NewAdministrator(NamedTuple):
    """Somebody who has accepted an invitation; ``sub`` is Cognito's name for them."""

    email: str
    first_name: str
    last_name: str
    role: AdministratorRole
    sub: str


class Changes(NamedTuple):
    """What is to change of an administrator; None leaves it as it is."""

    first_name: str | None = None
    last_name: str | None = None
    role: AdministratorRole | None = None
    status: Literal["active", "inactive"] | None = None


def state(administrator: Administrator) -> Mapping[str, Any]:
    """Write what an audit trail compares."""
    return {
        "email": administrator.email,
        "firstName": administrator.first_name,
        "lastName": administrator.last_name,
        "role": administrator.role,
        "status": administrator.status,
    }
