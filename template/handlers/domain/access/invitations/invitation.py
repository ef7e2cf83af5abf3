"""An invitation, and what is told of one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import AdministratorId, InvitationId, TenantId

InvitationStatus = Literal["pending", "accepted", "expired", "revoked"]

LIFE: Final = timedelta(hours=48)
"""How long an invitation holds, if nobody says otherwise; a resent one always."""


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


def state(invitation: Invitation) -> Mapping[str, Any]:
    """Write what an audit trail compares."""
    return {
        "status": invitation.status,
        "role": invitation.role,
        "email": invitation.email,
        "expiresAt": invitation.expires_at.isoformat(),
    }
