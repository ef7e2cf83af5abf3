"""Tenants: the customer organisations of a stack."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database.sessions import Row, Session

TenantStatus = Literal["active", "suspended", "closed"]

_PAGE: Final = """
    SELECT tenant_id, name, email, status, settings, created_at, updated_at
      FROM tenants
     WHERE (%(after)s::uuid IS NULL OR tenant_id < %(after)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY tenant_id DESC
     LIMIT %(limit)s + 1
"""
_READ: Final = """
    SELECT tenant_id, name, email, status, settings, created_at, updated_at
      FROM tenants
     WHERE tenant_id = %s
"""
_LOCK: Final = _READ + " FOR NO KEY UPDATE"
_INSERT: Final = """
    INSERT INTO tenants (tenant_id, name, email, status, settings, created_at, updated_at)
    VALUES (%(id)s, %(name)s, %(email)s, 'active', %(settings)s, %(now)s, %(now)s)
    RETURNING tenant_id, name, email, status, settings, created_at, updated_at
"""
_UPDATE: Final = """
    UPDATE tenants
       SET name = %(name)s, email = %(email)s, settings = %(settings)s, updated_at = %(now)s
     WHERE tenant_id = %(id)s
    RETURNING tenant_id, name, email, status, settings, created_at, updated_at
"""
_SET_STATUS: Final = """
    UPDATE tenants SET status = %(status)s, updated_at = %(now)s
     WHERE tenant_id = %(id)s
    RETURNING tenant_id, name, email, status, settings, created_at, updated_at
"""
_SEED: Final = """
    INSERT INTO tenants (tenant_id, name, email, status, created_at, updated_at)
    VALUES (%(id)s, %(name)s, %(email)s, 'active', %(now)s, %(now)s)
    ON CONFLICT (tenant_id) DO NOTHING
"""
_MARK_OPERATOR: Final = """
    UPDATE tenants SET is_operator = true WHERE tenant_id = %(id)s AND NOT is_operator
"""


class Tenant(NamedTuple):
    """A customer organisation; ``settings`` holds ``featureOverrides`` and ``planTier``."""

    tenant_id: TenantId
    name: str
    email: str
    status: TenantStatus
    settings: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class NewTenant(NamedTuple):
    """What is known of a customer at the start."""

    name: str
    email: str
    settings: Mapping[str, Any]


def create(session: Session, now: datetime, new: NewTenant, origin: Origin) -> Tenant:
    """Take in a new customer."""
    values = {
        "id": new_id(now),
        "name": new.name,
        "email": new.email,
        "settings": Jsonb(dict(new.settings)),
        "now": now,
    }
    row = session.one(_INSERT, values)
    return _publish(session, now, "tenant.created", row, origin)


def seed(
    connection: psycopg.Connection[Any], now: datetime, tenant_id: TenantId, name: str, email: str
) -> None:
    """Make a tenant that Terraform knows, in its context; it may have renamed itself since."""
    connection.execute(_SEED, {"id": tenant_id, "name": name, "email": email, "now": now})


def mark_operator(connection: psycopg.Connection[Any], tenant_id: TenantId) -> None:
    """Let the database know whose the rows of the whole stack are, in that tenant's context."""
    connection.execute(_MARK_OPERATOR, {"id": tenant_id})


def find_all(
    session: Session, *, limit: int, after: UUID | None = None, status: TenantStatus | None = None
) -> Page[Tenant]:
    """List tenants, the newest first; each tenant sees itself only, the operator all."""
    values = {"after": after, "status": status}
    return read_page(session, _PAGE, values, limit, Tenant, "tenant_id")


def read(session: Session, tenant_id: TenantId) -> Tenant:
    """Read one tenant.

    Raises:
        NotFound: There is none with this id, or it is out of the session's sight.
    """
    return item_of(session.one(_READ, [tenant_id]), Tenant, "tenant")


def update(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    changes: Mapping[str, Any],
    origin: Origin,
) -> Tenant:
    """Change name, e-mail or settings; what is not among the changes stays.

    Raises:
        NotFound: There is no such tenant.
        Conflict: The tenant is closed.
    """
    before = _open_for_change(session, tenant_id)
    wanted = {
        "name": changes.get("name", before.name),
        "email": changes.get("email", before.email),
        "settings": changes.get("settings", before.settings),
    }
    if wanted == {"name": before.name, "email": before.email, "settings": before.settings}:
        return before
    values = wanted | {"settings": Jsonb(wanted["settings"]), "now": now, "id": tenant_id}
    row = session.one(_UPDATE, values)
    return _publish(session, now, "tenant.updated", row, origin, before)


def suspend(session: Session, now: datetime, tenant_id: TenantId, origin: Origin) -> Tenant:
    """Stop a tenant from changing anything; suspending twice is suspending once.

    Raises:
        NotFound: There is no such tenant.
        Conflict: The tenant is closed.
    """
    return _set_status(session, now, tenant_id, "suspended", origin)


def reactivate(session: Session, now: datetime, tenant_id: TenantId, origin: Origin) -> Tenant:
    """Let a suspended tenant work again.

    Raises:
        NotFound: There is no such tenant.
        Conflict: The tenant is closed.
    """
    return _set_status(session, now, tenant_id, "active", origin)


def _set_status(
    session: Session, now: datetime, tenant_id: TenantId, status: TenantStatus, origin: Origin
) -> Tenant:
    before = _open_for_change(session, tenant_id)
    if before.status == status:
        return before
    row = session.one(_SET_STATUS, {"status": status, "now": now, "id": tenant_id})
    event_type = "tenant.suspended" if status == "suspended" else "tenant.reactivated"
    return _publish(session, now, event_type, row, origin, before)


def _open_for_change(session: Session, tenant_id: TenantId) -> Tenant:
    """Lock a tenant, so that two changes at once come one after the other."""
    tenant = item_of(session.one(_LOCK, [tenant_id]), Tenant, "tenant")
    if tenant.status == "closed":
        raise Conflict("The tenant is closed and cannot be changed any more.")
    return tenant


def _publish(
    session: Session,
    now: datetime,
    event_type: str,
    row: Row | None,
    origin: Origin,
    before: Tenant | None = None,
) -> Tenant:
    tenant = item_of(row, Tenant, "tenant")
    data = {
        "tenantId": str(tenant.tenant_id),
        "name": tenant.name,
        "email": tenant.email,
        "status": tenant.status,
    }
    publish_change(
        session,
        now,
        event_type,
        data,
        origin,
        before=None if before is None else _state(before),
        after=_state(tenant),
        tenant_id=tenant.tenant_id,
    )
    return tenant


def _state(tenant: Tenant) -> Mapping[str, Any]:
    return {
        "name": tenant.name,
        "email": tenant.email,
        "status": tenant.status,
        "settings": tenant.settings,
    }
