"""Invitations: how somebody becomes an administrator of a tenant.

    pending ──accept──▶ accepted
       │  ├──revoke───▶ revoked      resend: a new token and a new end, also of an expired one
       │  └──its time─▶ expired

The token stands in the mail alone. It is made when the mail is written (`issue_token`), its hash is
what we keep, and a later mail's token takes the place of an earlier one's.

Whoever accepts is made a user in Cognito first, which no transaction can undo. A lease keeps a
second accept out meanwhile, so that two people with one link cannot overwrite each other's
password; after a crash the lease runs out and the same accept may come again
(`domain.acceptance`).
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from psycopg.errors import UniqueViolation

from handlers.catalog.permissions import AdministratorRole, is_above
from handlers.domain.administrators import Administrator
from handlers.domain.announcements import announce
from handlers.domain.origin import Origin
from handlers.domain.pages import Page, page
from handlers.platform.db import Row, Session
from handlers.platform.errors import Conflict, Forbidden, NotFound
from handlers.platform.ids import AdministratorId, InvitationId, TenantId, new_id

InvitationStatus = Literal["pending", "accepted", "expired", "revoked"]

LIFE: Final = timedelta(hours=48)
"""How long an invitation holds, if nobody says otherwise; a resent one always."""
_TOKEN_BYTES: Final = 48

_SELECT: Final = """
    SELECT tenant_id, invitation_id, email, role, message, expires_at, invited_by,
           invited_by_name, times_sent, administrator_id, accepted_at, created_at,
           app.status_at(status, expires_at, %(now)s) AS status
      FROM invitations WHERE tenant_id = %(tenant)s
"""
_BY_ID: Final = " AND invitation_id = %(id)s"
_PAGE: Final = """
       AND (%(after)s::uuid IS NULL OR invitation_id < %(after)s)
       AND (%(status)s::text IS NULL
            OR app.status_at(status, expires_at, %(now)s) = %(status)s)
     ORDER BY invitation_id DESC
     LIMIT %(limit)s + 1
"""
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
_ISSUE: Final = """
    UPDATE invitations SET token_hash = %(token_hash)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND times_sent = %(times_sent)s
       AND status = 'pending' AND expires_at > %(now)s
"""


class Invitation(NamedTuple):
    """An invitation; ``invited_by`` is None where the operator invited a first administrator."""

    tenant_id: TenantId
    invitation_id: InvitationId
    email: str
    role: AdministratorRole
    message: str | None
    expires_at: datetime
    invited_by: AdministratorId | None
    invited_by_name: str
    times_sent: int
    administrator_id: AdministratorId | None
    accepted_at: datetime | None
    created_at: datetime
    status: InvitationStatus


class NewInvitation(NamedTuple):
    """Whom to invite as what; ``message`` is the inviter's own words in the mail."""

    email: str
    role: AdministratorRole
    message: str | None = None
    life: timedelta = LIFE


class Inviter(NamedTuple):
    """In whose name an invitation is sent, and the highest role they may give."""

    name: str
    role: AdministratorRole
    administrator_id: AdministratorId | None = None

    @classmethod
    def of(cls, administrator: Administrator) -> "Inviter":
        """Let one of the tenant's administrators invite."""
        return cls(administrator.name, administrator.role, administrator.administrator_id)


def hash_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


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
    created = read(session, now, tenant_id, invitation_id)
    return _announce(session, now, "invitation.created", created, origin)


def find_all(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    *,
    limit: int,
    after: UUID | None = None,
    status: InvitationStatus | None = None,
) -> Page[Invitation]:
    """List a tenant's invitations, the newest first."""
    values = {"tenant": tenant_id, "after": after, "status": status, "limit": limit, "now": now}
    rows = session.all(_SELECT + _PAGE, values)
    return page([Invitation(**row) for row in rows], limit, lambda i: str(i.invitation_id))


def read(session: Session, now: datetime, tenant_id: TenantId, invitation_id: UUID) -> Invitation:
    """Read one invitation.

    Raises:
        NotFound: The tenant has none with this id.
    """
    return _read(session, now, tenant_id, invitation_id)


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
    before = _read(session, now, tenant_id, invitation_id, locked=True)
    _require_reach(inviter, before.role)
    if before.status not in ("pending", "expired"):
        raise Conflict(f"The invitation is {before.status} and cannot be sent again.")
    values = {"tenant": tenant_id, "id": invitation_id, "expires_at": now + LIFE, "now": now}
    try:
        session.execute(_EXPIRE, values | {"email": before.email})
        session.execute(_RENEW, values)
    except UniqueViolation as error:
        raise Conflict("This address has another pending invitation: resend that one.") from error
    renewed = _read(session, now, tenant_id, invitation_id)
    return _announce(session, now, "invitation.resent", renewed, origin, before)


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
    before = _read(session, now, tenant_id, invitation_id, locked=True)
    _require_reach(inviter, before.role)
    if before.status == "revoked":
        return before
    if before.status != "pending":
        raise Conflict(f"The invitation is {before.status} and cannot be revoked.")
    session.execute(_REVOKE, {"tenant": tenant_id, "id": invitation_id, "now": now})
    revoked = _read(session, now, tenant_id, invitation_id)
    return _announce(session, now, "invitation.revoked", revoked, origin, before)


def issue_token(
    session: Session, now: datetime, tenant_id: TenantId, invitation_id: UUID, times_sent: int
) -> str | None:
    """Make the token for a mail that is about to be sent.

    Args:
        session: In the tenant's context.
        now: The present moment.
        tenant_id: Whose invitation it is.
        invitation_id: Which one.
        times_sent: Which of its mails; an older one than the last must not be sent any more.

    Returns:
        The token, which is kept nowhere; None where there is nothing to send any more.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    values = {
        "tenant": tenant_id,
        "id": invitation_id,
        "times_sent": times_sent,
        "token_hash": hash_token(token),
        "now": now,
    }
    return token if session.execute(_ISSUE, values) == 1 else None


def _require_reach(inviter: Inviter, role: AdministratorRole) -> None:
    if is_above(role, inviter.role):
        raise Forbidden(f"You are {inviter.role}: you cannot give or take the role {role}.")


def _read(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invitation_id: UUID,
    *,
    locked: bool = False,
) -> Invitation:
    values = {"tenant": tenant_id, "id": invitation_id, "now": now}
    query = _SELECT + _BY_ID + (" FOR UPDATE" if locked else "")
    return _found(session.one(query, values))


def _found(row: Row | None) -> Invitation:
    if row is None:
        raise NotFound.of("invitation")
    return Invitation(**row)


def _announce(
    session: Session,
    now: datetime,
    event_type: str,
    invitation: Invitation,
    origin: Origin,
    before: Invitation | None = None,
) -> Invitation:
    data = {
        "invitationId": str(invitation.invitation_id),
        "email": invitation.email,
        "role": invitation.role,
        "message": invitation.message,
        "invitedBy": invitation.invited_by_name,
        "timesSent": invitation.times_sent,
        "expiresAt": invitation.expires_at.isoformat(),
    }
    told = {name: value for name, value in data.items() if value is not None}
    was = None if before is None else _state(before)
    announce(
        session,
        now,
        event_type,
        told,
        origin,
        before=was,
        after=_state(invitation),
        tenant_id=invitation.tenant_id,
    )
    return invitation


def _state(invitation: Invitation) -> Mapping[str, Any]:
    return {
        "status": invitation.status,
        "role": invitation.role,
        "email": invitation.email,
        "expiresAt": invitation.expires_at.isoformat(),
    }
