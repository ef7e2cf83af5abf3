"""Inviting somebody, again if need be, or not after all."""

from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.errors import UniqueViolation

from handlers.catalog.permissions import AdministratorRole, is_above
from handlers.domain.access.invitations.invitation import (
    LIFE,
    Invitation,
    Inviter,
    NewInvitation,
    state,
)
from handlers.domain.access.invitations.reading import read
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base.errors import Conflict, Forbidden
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database.sessions import Session

_IS_ADMINISTRATOR: Final = """
    SELECT 1 FROM administrators WHERE tenant_id = %(tenant)s AND email = %(email)s
"""
_EXPIRE: Final = """
    UPDATE invitations SET status = 'expired', updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND email = %(email)s AND status = 'pending'
       AND expires_at <= %(now)s
"""
_INSERT: Final = """
    INSERT INTO invitations (tenant_id, invitation_id, email, role, message, expires_at, invited_by,
                             invited_by_name, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(email)s, %(role)s, %(message)s, %(expires_at)s, %(invited_by)s,
            %(invited_by_name)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, email) WHERE status = 'pending' DO NOTHING
"""
_RENEW: Final = """
    UPDATE invitations
       SET status = 'pending', expires_at = %(expires_at)s, times_sent = times_sent + 1,
           token_hash = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s
"""
_REVOKE: Final = """
    UPDATE invitations SET status = 'revoked', token_hash = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s
"""


def create(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    new: NewInvitation,
    inviter: Inviter,
    origin: Origin,
) -> Invitation:
    """Invite somebody; the mail follows from the event.

    Raises:
        Forbidden: The role is above the inviter's own.
        Conflict: The address is an administrator's, or has a pending invitation.
    """
    _require_reach(inviter, new.role)
    key = {"tenant": tenant_id, "email": new.email.lower(), "now": now}
    if session.one(_IS_ADMINISTRATOR, key):
        raise Conflict("This address is an administrator of the tenant already.")
    session.execute(_EXPIRE, key)
    invitation_id = new_id(now)
    values = key | {
        "id": invitation_id,
        "role": new.role,
        "message": new.message,
        "expires_at": now + new.life,
        "invited_by": inviter.administrator_id,
        "invited_by_name": inviter.name,
    }
    if session.execute(_INSERT, values) == 0:
        raise Conflict("This address has a pending invitation: resend it, or revoke it first.")
    return _publish(session, now, "invitation.created", tenant_id, invitation_id, origin)


def resend(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invitation_id: UUID,
    inviter: Inviter,
    origin: Origin,
) -> Invitation:
    """Send a new mail with a new token, which holds from now on as long as a new invitation's.

    Raises:
        NotFound: The tenant has none with this id.
        Forbidden: The role is above the caller's own.
        Conflict: It was accepted or revoked, or the address has another pending one.
    """
    before = _lock(session, now, tenant_id, invitation_id, inviter)
    if before.status not in ("pending", "expired"):
        raise Conflict(f"The invitation is {before.status} and cannot be sent again.")
    values = {"tenant": tenant_id, "id": invitation_id, "expires_at": now + LIFE, "now": now}
    try:
        session.execute(_EXPIRE, values | {"email": before.email})
        session.execute(_RENEW, values)
    except UniqueViolation as error:
        raise Conflict("This address has another pending invitation: resend that one.") from error
    return _publish(session, now, "invitation.resent", tenant_id, invitation_id, origin, before)


def revoke(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invitation_id: UUID,
    inviter: Inviter,
    origin: Origin,
) -> Invitation:
    """Take an invitation back: its link dies at once. Revoking twice is revoking once.

    Raises:
        NotFound: The tenant has none with this id.
        Forbidden: The role is above the caller's own.
        Conflict: It was accepted, or has expired.
    """
    before = _lock(session, now, tenant_id, invitation_id, inviter)
    if before.status == "revoked":
        return before
    if before.status != "pending":
        raise Conflict(f"The invitation is {before.status} and cannot be revoked.")
    session.execute(_REVOKE, {"tenant": tenant_id, "id": invitation_id, "now": now})
    return _publish(session, now, "invitation.revoked", tenant_id, invitation_id, origin, before)


def _lock(
    session: Session, now: datetime, tenant_id: TenantId, invitation_id: UUID, inviter: Inviter
) -> Invitation:
    """Read an invitation that its sender may change, and keep it as it is."""
    invitation = read(session, now, tenant_id, invitation_id, locked=True)
    _require_reach(inviter, invitation.role)
    return invitation


def _require_reach(inviter: Inviter, role: AdministratorRole) -> None:
    if is_above(role, inviter.role):
        raise Forbidden(f"You are {inviter.role}: you cannot give or take the role {role}.")


def _publish(
    session: Session,
    now: datetime,
    event_type: str,
    tenant_id: TenantId,
    invitation_id: UUID,
    origin: Origin,
    before: Invitation | None = None,
) -> Invitation:
    """Publish what became of an invitation, and return it as it is now."""
    invitation = read(session, now, tenant_id, invitation_id)
    data = {
        "invitationId": str(invitation.invitation_id),
        "email": invitation.email,
        "role": invitation.role,
        "message": invitation.message,
        "invitedBy": invitation.invited_by_name,
        "timesSent": invitation.times_sent,
        "expiresAt": invitation.expires_at.isoformat(),
    }
    known = {name: value for name, value in data.items() if value is not None}
    was = None if before is None else state(before)
    publish_change(
        session,
        now,
        event_type,
        known,
        origin,
        before=was,
        after=state(invitation),
        tenant_id=tenant_id,
    )
    return invitation
