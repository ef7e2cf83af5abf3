"""Finding invitations."""

from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.domain.access.invitations.invitation import Invitation, InvitationStatus
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_COLUMNS: Final = """
           tenant_id, invitation_id, email, role, message, expires_at, invited_by,
           invited_by_name, times_sent, administrator_id, accepted_at, created_at,
           app.status_at(status, expires_at, %(now)s) AS status
"""
_PAGE: Final = f"""
    SELECT {_COLUMNS}
      FROM invitations
     WHERE tenant_id = %(tenant)s
       AND (%(after)s::uuid IS NULL OR invitation_id < %(after)s)
       AND (%(status)s::text IS NULL
            OR app.status_at(status, expires_at, %(now)s) = %(status)s)
     ORDER BY invitation_id DESC
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own columns
_READ: Final = f"""
    SELECT {_COLUMNS}
      FROM invitations
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s
"""  # noqa: S608 - our own columns
_LOCK: Final = _READ + " FOR UPDATE"


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
    values = {"tenant": tenant_id, "after": after, "status": status, "now": now}
    return read_page(session, _PAGE, values, limit, Invitation, "invitation_id")


def read(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invitation_id: UUID,
    *,
    locked: bool = False,
) -> Invitation:
    """Read one invitation.

    Args:
        session: In the tenant's context.
        now: What has expired by then, has.
        tenant_id: Whose invitation.
        invitation_id: Which one.
        locked: Whether it must stay as it is until the transaction ends.

    Raises:
        NotFound: The tenant has none with this id.
    """
    values = {"tenant": tenant_id, "id": invitation_id, "now": now}
    row = session.one(_LOCK if locked else _READ, values)
    return item_of(row, Invitation, "invitation")
