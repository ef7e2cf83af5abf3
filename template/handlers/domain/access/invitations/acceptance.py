"""Accepting an invitation: from a token to an administrator, whatever breaks off on the way.

    find ──▶ claim ──▶ the user is made in Cognito ──▶ complete ──▶ Cognito's group follows
             lease     again and again the same        one transaction  (`access.administrators`)

Until `complete` the user has no group, and so may do nothing. A crash anywhere before it leaves a
pending invitation whose lease runs out: the same accept may come again. After it the invitation is
spent, and what Cognito has still to learn comes with the event.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator, NewAdministrator
from handlers.domain.access.invitations.tokens import hash_token
from handlers.domain.base.origin import Origin
from handlers.platform.base.errors import InProgress, NotFound
from handlers.platform.base.ids import InvitationId, TenantId
from handlers.platform.database.sessions import Session

LEASE: Final = timedelta(seconds=30)
"""Longer than a request may take."""

# One sentence for unknown, spent, revoked, replaced and expired: the token says nothing about why.
_INVALID: Final = "This invitation is not valid (any more). Ask for a new one."

_FIND: Final = """
    SELECT tenant_id, invitation_id FROM invitations
     WHERE token_hash = %(token_hash)s AND status = 'pending' AND expires_at > %(now)s
"""
_LOCK: Final = """
    SELECT invitation_id, email, role, accept_fence, accept_lease_expires_at
      FROM invitations
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND token_hash = %(token_hash)s
       AND status = 'pending' AND expires_at > %(now)s
       FOR UPDATE
"""
_CLAIM: Final = """
    UPDATE invitations
       SET accept_fence = accept_fence + 1, accept_lease_expires_at = %(lease)s,
           updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s
    RETURNING accept_fence
"""
_RELEASE: Final = """
    UPDATE invitations SET accept_lease_expires_at = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND accept_fence = %(fence)s
"""
_COMPLETE: Final = """
    UPDATE invitations
       SET status = 'accepted', administrator_id = %(administrator)s, accepted_at = %(now)s,
           accepted_from = %(address)s, token_hash = NULL, accept_lease_expires_at = NULL,
           updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND status = 'pending'
       AND accept_fence = %(fence)s
"""


class PendingInvitation(NamedTuple):
    """The invitation a token belongs to."""

    tenant_id: TenantId
    invitation_id: InvitationId
    token_hash: str


class AcceptanceClaim(NamedTuple):
    """The right to accept an invitation, as long as its lease runs."""

    tenant_id: TenantId
    invitation_id: InvitationId
    fence: int
    email: str
    role: AdministratorRole


def find(session: Session, now: datetime, token: str) -> PendingInvitation:
    """Find the invitation of a token, in a session that sees every tenant.

    Raises:
        NotFound: There is none that may still be accepted.
    """
    token_hash = hash_token(token)
    row = session.one(_FIND, {"token_hash": token_hash, "now": now})
    if row is None:
        raise NotFound(_INVALID)
    return PendingInvitation(row["tenant_id"], row["invitation_id"], token_hash)


def claim(session: Session, now: datetime, invitation: PendingInvitation) -> AcceptanceClaim:
    """Keep everybody else from accepting, for as long as a request takes.

    Raises:
        NotFound: It may not be accepted any more.
        InProgress: Somebody else is accepting it right now.
    """
    key = {"tenant": invitation.tenant_id, "id": invitation.invitation_id, "now": now}
    row = session.one(_LOCK, key | {"token_hash": invitation.token_hash})
    if row is None:
        raise NotFound(_INVALID)
    lease = row["accept_lease_expires_at"]
    if lease is not None and lease > now:
        raise InProgress("This invitation is being accepted right now.", retry_after_s=5)
    claimed = session.one(_CLAIM, key | {"lease": now + LEASE})
    if claimed is None:
        raise NotFound(_INVALID)
    fence = claimed["accept_fence"]
    return AcceptanceClaim(
        invitation.tenant_id, invitation.invitation_id, fence, row["email"], row["role"]
    )


def release(session: Session, now: datetime, claimed: AcceptanceClaim) -> None:
    """Let somebody try again at once, after an attempt that certainly failed."""
    session.execute(_RELEASE, _key(claimed) | {"now": now})


def complete(
    session: Session,
    now: datetime,
    claimed: AcceptanceClaim,
    first_name: str,
    last_name: str,
    sub: str,
    origin: Origin,
) -> Administrator:
    """Make the administrator and spend the invitation.

    Raises:
        NotFound: It was revoked meanwhile, or somebody else holds the claim.
    """
    new = NewAdministrator(claimed.email, first_name, last_name, claimed.role, sub)
    made = administrators.create(session, now, claimed.tenant_id, new, origin)
    values = _key(claimed) | {"administrator": made.administrator_id, "address": origin.address}
    if session.execute(_COMPLETE, values | {"now": now}) == 0:
        raise NotFound(_INVALID)
    return made


def _key(claimed: AcceptanceClaim) -> dict[str, object]:
    return {
        "tenant": claimed.tenant_id,
        "id": claimed.invitation_id,
        "fence": claimed.fence,
    }
