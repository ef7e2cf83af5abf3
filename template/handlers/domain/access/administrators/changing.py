"""Making, changing and dismissing administrators.

Whoever changes somebody stands at or above them, and never changes their own role or leaves by
themselves: nobody can climb, and a tenant cannot lose its last super administrator.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole, is_above
from handlers.domain.access.administrators.administrator import (
    Administrator,
    Changes,
    NewAdministrator,
    state,
)
from handlers.domain.access.administrators.reading import read, read_locked
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base.errors import Conflict, Forbidden, NotFound
from handlers.platform.base.ids import AdministratorId, TenantId, new_id
from handlers.platform.database.sessions import Session

# Two who dismiss each other at the same moment must not both find the other one still there.
_LOCK_SUPER_ADMINS: Final = """
    SELECT administrator_id FROM administrators
     WHERE tenant_id = %(tenant)s AND role = 'super_admin' AND status = 'active'
     ORDER BY administrator_id
       FOR UPDATE
"""
_INSERT: Final = """
    INSERT INTO administrators (tenant_id, administrator_id, cognito_sub, email, first_name,
                                last_name, role, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(sub)s, %(email)s, %(first_name)s, %(last_name)s, %(role)s,
            %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
_UPDATE: Final = """
    UPDATE administrators
       SET first_name = %(first_name)s, last_name = %(last_name)s, role = %(role)s,
           status = %(status)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s
"""
# The row stays for what refers to it, and for the token that may still be around; who it was goes.
_DELETE: Final = """
    UPDATE administrators
       SET status = 'deleted', email = NULL, first_name = '', last_name = '', updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s
"""
_LINK: Final = """
    UPDATE administrators SET cognito_sub = %(sub)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND email = lower(%(email)s) AND cognito_sub IS NULL
"""


def create(
    session: Session, now: datetime, tenant_id: TenantId, new: NewAdministrator, origin: Origin
) -> Administrator:
    """Make an administrator.

    Raises:
        Conflict: The tenant has one with this address or this sign-in.
    """
    values = {"tenant": tenant_id, "id": new_id(now), "now": now, **new._asdict()}
    if session.execute(_INSERT, values) == 0:
        raise Conflict("This address is an administrator of the tenant already.")
    made = read(session, tenant_id, values["id"])
    return _publish(session, now, "administrator.created", made, origin)


def lock(
    session: Session, tenant_id: TenantId, ids: Collection[UUID]
) -> Mapping[AdministratorId, Administrator]:
    """Keep administrators, and everybody a tenant cannot lose, as they are; deleted ones lack."""
    session.all(_LOCK_SUPER_ADMINS, {"tenant": tenant_id})
    return read_locked(session, tenant_id, ids)


def require_reach(by: Administrator, whom: Administrator, role: AdministratorRole) -> None:
    """Let somebody give a role to somebody, or raise.

    Raises:
        Conflict: They are the same.
        Forbidden: The role, or the one it takes the place of, is above the giver's own.
    """
    if by.administrator_id == whom.administrator_id:
        raise Conflict("Another administrator has to do this: nobody changes their own standing.")
    if is_above(whom.role, by.role) or is_above(role, by.role):
        raise Forbidden(f"You are {by.role}: you cannot give or take a role above your own.")


def update(
    session: Session,
    now: datetime,
    by: Administrator,
    administrator_id: UUID,
    changes: Changes,
    origin: Origin,
) -> Administrator:
    """Change name, role or status; Cognito follows by the event.

    Raises:
        NotFound: The tenant has no such administrator.
        Forbidden: They stand above the caller, or the new role does.
        Conflict: It is the caller's own role or status, or the last super administrator's.
    """
    by, before = _locked(session, by, administrator_id)
    wanted = _with(before, changes)
    if wanted == before:
        return before
    if (wanted.role, wanted.status) != (before.role, before.status):
        require_reach(by, before, wanted.role)
        if before.role == "super_admin" and before.is_active:
            _require_another_super_admin(session, before)
    elif is_above(before.role, by.role):
        raise Forbidden(f"You are {by.role}: you cannot change an administrator above you.")
    values = {"tenant": by.tenant_id, "id": administrator_id, "now": now, **wanted._asdict()}
    session.execute(_UPDATE, values)
    after = read(session, by.tenant_id, administrator_id)
    return _publish(session, now, _kind_of(before, after), after, origin, before)


def delete(
    session: Session, now: datetime, by: Administrator, administrator_id: UUID, origin: Origin
) -> None:
    """Delete an administrator; address and name go, the id stays for what refers to it.

    Raises:
        NotFound: The tenant has no such administrator.
        Forbidden: They stand above the caller.
        Conflict: It is the caller, or the last super administrator.
    """
    by, before = _locked(session, by, administrator_id)
    require_reach(by, before, before.role)
    if before.role == "super_admin" and before.is_active:
        _require_another_super_admin(session, before)
    session.execute(_DELETE, {"tenant": by.tenant_id, "id": administrator_id, "now": now})
    _publish(session, now, "administrator.deleted", before, origin, before)


def link(session: Session, now: datetime, tenant_id: TenantId, email: str, sub: str) -> bool:
    """Recognise a tenant's first administrator, known by address alone, when they sign in.

    Returns:
        Whether somebody was recognised who was not before.
    """
    values = {"tenant": tenant_id, "email": email, "sub": sub, "now": now}
    return session.execute(_LINK, values) == 1


def _locked(
    session: Session, by: Administrator, administrator_id: UUID
) -> tuple[Administrator, Administrator]:
    """Lock both; read who acts anew after the wait."""
    locked = lock(session, by.tenant_id, [by.administrator_id, administrator_id])
    actor = locked.get(by.administrator_id)
    if actor is None or not actor.is_active or is_above(by.role, actor.role):
        raise Forbidden("Your own standing has just been changed. Sign in again.")
    if administrator_id not in locked:
        raise NotFound.of("administrator")
    return actor, locked[AdministratorId(administrator_id)]


def _with(before: Administrator, changes: Changes) -> Administrator:
    named = {name: value for name, value in changes._asdict().items() if value is not None}
    return before._replace(**named)


def _require_another_super_admin(session: Session, leaving: Administrator) -> None:
    rows = session.all(_LOCK_SUPER_ADMINS, {"tenant": leaving.tenant_id})
    if {row["administrator_id"] for row in rows} <= {leaving.administrator_id}:
        raise Conflict("This is the tenant's last super administrator: make another one first.")


def _kind_of(before: Administrator, after: Administrator) -> str:
    if before.status != after.status:
        return "administrator.reactivated" if after.is_active else "administrator.deactivated"
    return "administrator.role_changed" if before.role != after.role else "administrator.updated"


def _publish(
    session: Session,
    now: datetime,
    event_type: str,
    administrator: Administrator,
    origin: Origin,
    before: Administrator | None = None,
) -> Administrator:
    is_gone = event_type == "administrator.deleted"
    publish_change(
        session,
        now,
        event_type,
        {
            "administratorId": str(administrator.administrator_id),
            "name": administrator.name,
            "email": administrator.email,
            "role": administrator.role,
        },
        origin,
        before=None if before is None else state(before),
        after=None if is_gone else state(administrator),
    )
    return administrator
