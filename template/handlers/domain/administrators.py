"""Administrators: the people who run a tenant, each with one role.

The row decides what somebody may do. Cognito's groups follow it, and a token that was signed before
a change says less than the row, never more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole
from handlers.platform.db import Row, Session
from handlers.platform.errors import NotFound
from handlers.platform.ids import AdministratorId, TenantId

AdministratorStatus = Literal["active", "inactive", "deleted"]

_SELECT: Final = """
    SELECT tenant_id, administrator_id, cognito_sub, email, first_name, last_name, role, status,
           created_at, updated_at
      FROM administrators WHERE tenant_id = %(tenant)s
"""
_BY_ID: Final = " AND administrator_id = %(id)s AND status <> 'deleted'"
_BY_SUB: Final = " AND cognito_sub = %(sub)s"
_LINK: Final = """
    UPDATE administrators SET cognito_sub = %(sub)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND email = lower(%(email)s) AND cognito_sub IS NULL
"""


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


def read(session: Session, tenant_id: TenantId, administrator_id: UUID) -> Administrator:
    """Read one administrator.

    Raises:
        NotFound: The tenant has none with this id, or none any more.
    """
    return found(session.one(_SELECT + _BY_ID, {"tenant": tenant_id, "id": administrator_id}))


def signed_in_as(session: Session, tenant_id: TenantId, sub: str) -> Administrator | None:
    """Read the administrator somebody signs in as, deleted ones too; None for everybody else."""
    row = session.one(_SELECT + _BY_SUB, {"tenant": tenant_id, "sub": sub})
    return None if row is None else Administrator(**row)


def link(session: Session, now: datetime, tenant_id: TenantId, email: str, sub: str) -> bool:
    """Recognise a tenant's first administrator, known by address alone, when they sign in.

    Returns:
        Whether somebody was recognised who was not before.
    """
    values: Mapping[str, Any] = {"tenant": tenant_id, "email": email, "sub": sub, "now": now}
    return session.execute(_LINK, values) == 1


def found(row: Row | None) -> Administrator:
    """Make an administrator of a row.

    Raises:
        NotFound: There is no row.
    """
    if row is None:
        raise NotFound.of("administrator")
    return Administrator(**row)
