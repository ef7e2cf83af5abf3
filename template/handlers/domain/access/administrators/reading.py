"""Finding administrators."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access.administrators.administrator import Administrator, AdministratorStatus
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.ids import AdministratorId, TenantId
from handlers.platform.database.sessions import Session

_COLUMNS: Final = """
           tenant_id, administrator_id, cognito_sub, email, first_name, last_name, role, status,
           created_at, updated_at
"""
_PAGE: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND status <> 'deleted'
       AND (%(after)s::uuid IS NULL OR administrator_id < %(after)s)
       AND (%(role)s::text IS NULL OR role = %(role)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY administrator_id DESC
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own columns
_ACTIVE: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND status = 'active'
     ORDER BY administrator_id
"""  # noqa: S608 - our own columns
_READ: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s AND status <> 'deleted'
"""  # noqa: S608 - our own columns
_READ_ANY: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s
"""  # noqa: S608 - our own columns
_NAMED: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND administrator_id = ANY(%(ids)s)
"""  # noqa: S608 - our own columns
_BY_SUB: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND cognito_sub = %(sub)s
"""  # noqa: S608 - our own columns
_LOCK: Final = f"""
    SELECT {_COLUMNS}
      FROM administrators
     WHERE tenant_id = %(tenant)s AND administrator_id = ANY(%(ids)s) AND status <> 'deleted'
     ORDER BY administrator_id
       FOR UPDATE
"""  # noqa: S608 - our own columns


def find_all(
    session: Session,
    tenant_id: TenantId,
    *,
    limit: int,
    after: UUID | None = None,
    role: AdministratorRole | None = None,
    status: AdministratorStatus | None = None,
) -> Page[Administrator]:
    """List a tenant's administrators, the newest first."""
    values = {"tenant": tenant_id, "after": after, "role": role, "status": status}
    return read_page(session, _PAGE, values, limit, Administrator, "administrator_id")


def find_active(session: Session, tenant_id: TenantId) -> list[Administrator]:
    """List all of a tenant's administrators who may act."""
    rows = session.all(_ACTIVE, {"tenant": tenant_id})
    return [Administrator(**row) for row in rows]


def read(session: Session, tenant_id: TenantId, administrator_id: UUID) -> Administrator:
    """Read one administrator.

    Raises:
        NotFound: The tenant has none with this id, or none any more.
    """
    key = {"tenant": tenant_id, "id": administrator_id}
    return item_of(session.one(_READ, key), Administrator, "administrator")


def read_any(session: Session, tenant_id: TenantId, administrator_id: UUID) -> Administrator:
    """Read an administrator even after deletion.

    Raises:
        NotFound: The tenant never had one with this id.
    """
    key = {"tenant": tenant_id, "id": administrator_id}
    return item_of(session.one(_READ_ANY, key), Administrator, "administrator")


def names_of(
    session: Session, tenant_id: TenantId, ids: Collection[AdministratorId]
) -> Mapping[AdministratorId, str]:
    """Tell how administrators are called, deleted ones too."""
    rows = session.all(_NAMED, {"tenant": tenant_id, "ids": list(ids)})
    return {row["administrator_id"]: Administrator(**row).name for row in rows}


def signed_in_as(session: Session, tenant_id: TenantId, sub: str) -> Administrator | None:
    """Read the administrator somebody signs in as, deleted ones too; None for everybody else."""
    row = session.one(_BY_SUB, {"tenant": tenant_id, "sub": sub})
    return None if row is None else Administrator(**row)


def read_locked(
    session: Session, tenant_id: TenantId, ids: Collection[UUID]
) -> Mapping[AdministratorId, Administrator]:
    """Read administrators and keep them as they are; deleted ones lack."""
    rows = session.all(_LOCK, {"tenant": tenant_id, "ids": list(ids)})
    return {row["administrator_id"]: Administrator(**row) for row in rows}
