"""Administrators: the people who run a tenant, each with one role.

The row decides what somebody may do. Cognito follows it by the events
(`consumers.sync_identities`), and a token that was signed before a change says less than the row,
never more.

Whoever changes somebody stands at or above them, and never changes their own role or leaves by
themselves: nobody can climb, and a tenant cannot lose its last super administrator.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole, is_above
from handlers.domain.announcements import announce
from handlers.domain.origin import Origin
from handlers.domain.pages import Page, page
from handlers.platform.db import Row, Session
from handlers.platform.errors import Conflict, Forbidden, NotFound
from handlers.platform.ids import AdministratorId, TenantId, new_id

AdministratorStatus = Literal["active", "inactive", "deleted"]

_SELECT: Final = """
    SELECT tenant_id, administrator_id, cognito_sub, email, first_name, last_name, role, status,
           created_at, updated_at
      FROM administrators WHERE tenant_id = %(tenant)s
"""
_BY_ID: Final = " AND administrator_id = %(id)s"
_STILL_THERE: Final = " AND status <> 'deleted'"
_BY_SUB: Final = " AND cognito_sub = %(sub)s"
_PAGE: Final = """
       AND status <> 'deleted'
       AND (%(after)s::uuid IS NULL OR administrator_id < %(after)s)
       AND (%(role)s::text IS NULL OR role = %(role)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY administrator_id DESC
     LIMIT %(limit)s + 1
"""
_ACTIVE: Final = " AND status = 'active' ORDER BY administrator_id"
# Two who dismiss each other at the same moment must not both find the other one still there.
_LOCK_SUPER_ADMINS: Final = """
    SELECT administrator_id FROM administrators
     WHERE tenant_id = %(tenant)s AND role = 'super_admin' AND status = 'active'
     ORDER BY administrator_id
       FOR UPDATE
"""
_NAMED: Final = " AND administrator_id = ANY(%(ids)s)"
_LOCK: Final = """
       AND status <> 'deleted' AND administrator_id = ANY(%(ids)s)
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
    return _announce(session, now, "administrator.created", made, origin)


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
    values = {"tenant": tenant_id, "after": after, "role": role, "status": status, "limit": limit}
    rows = session.all(_SELECT + _PAGE, values)
    return page([Administrator(**row) for row in rows], limit, lambda a: str(a.administrator_id))


def find_active(session: Session, tenant_id: TenantId) -> list[Administrator]:
    """List all of a tenant's administrators who may act."""
    rows = session.all(_SELECT + _ACTIVE, {"tenant": tenant_id})
    return [Administrator(**row) for row in rows]


def read(session: Session, tenant_id: TenantId, administrator_id: UUID) -> Administrator:
    """Read one administrator.

    Raises:
        NotFound: The tenant has none with this id, or none any more.
    """
    key = {"tenant": tenant_id, "id": administrator_id}
    return _found(session.one(_SELECT + _BY_ID + _STILL_THERE, key))


def read_any(session: Session, tenant_id: TenantId, administrator_id: UUID) -> Administrator:
    """Read an administrator even after deletion.

    Raises:
        NotFound: The tenant never had one with this id.
    """
    return _found(session.one(_SELECT + _BY_ID, {"tenant": tenant_id, "id": administrator_id}))


def names_of(
    session: Session, tenant_id: TenantId, ids: Collection[AdministratorId]
) -> Mapping[AdministratorId, str]:
    """Tell how administrators are called, deleted ones too."""
    rows = session.all(_SELECT + _NAMED, {"tenant": tenant_id, "ids": list(ids)})
    return {row["administrator_id"]: Administrator(**row).name for row in rows}


def lock(
    session: Session, tenant_id: TenantId, ids: Collection[UUID]
) -> Mapping[AdministratorId, Administrator]:
    """Keep administrators, and everybody a tenant cannot lose, as they are; deleted ones lack."""
    session.all(_LOCK_SUPER_ADMINS, {"tenant": tenant_id})
    rows = session.all(_SELECT + _LOCK, {"tenant": tenant_id, "ids": list(ids)})
    return {row["administrator_id"]: Administrator(**row) for row in rows}


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
    return _announce(session, now, _kind_of(before, after), after, origin, before)


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
    _announce(session, now, "administrator.deleted", before, origin, before)


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


def _locked(
    session: Session, by: Administrator, administrator_id: UUID
) -> tuple[Administrator, Administrator]:
    """Lock both; read who acts anew after the wait."""
    found = lock(session, by.tenant_id, [by.administrator_id, administrator_id])
    actor = found.get(by.administrator_id)
    if actor is None or not actor.is_active or is_above(by.role, actor.role):
        raise Forbidden("Your own standing has just been changed. Sign in again.")
    if administrator_id not in found:
        raise NotFound.of("administrator")
    return actor, found[AdministratorId(administrator_id)]


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


def _found(row: Row | None) -> Administrator:
    if row is None:
        raise NotFound.of("administrator")
    return Administrator(**row)


def _announce(
    session: Session,
    now: datetime,
    event_type: str,
    administrator: Administrator,
    origin: Origin,
    before: Administrator | None = None,
) -> Administrator:
    is_gone = event_type == "administrator.deleted"
    announce(
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
        before=None if before is None else _state(before),
        after=None if is_gone else _state(administrator),
    )
    return administrator


def _state(administrator: Administrator) -> Mapping[str, Any]:
    return {
        "email": administrator.email,
        "firstName": administrator.first_name,
        "lastName": administrator.last_name,
        "role": administrator.role,
        "status": administrator.status,
    }
