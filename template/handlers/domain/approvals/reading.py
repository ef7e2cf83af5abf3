"""Finding requests."""

from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.domain.approvals.approval import Approval, ApprovalStatus
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.ids import AdministratorId, TenantId
from handlers.platform.database.sessions import Session

_COLUMNS: Final = """
           tenant_id, approval_id, type, action, resource_type, resource_id, details, before,
           priority, notes, requires_two_people, content_hash, requested_by, requested_at,
           expires_at, decided_by, decided_at, reason,
           app.status_at(status, expires_at, %(now)s) AS status
"""
_PAGE: Final = f"""
    SELECT {_COLUMNS}
      FROM approval_requests
     WHERE tenant_id = %(tenant)s
       AND (%(after)s::uuid IS NULL OR approval_id < %(after)s)
       AND (%(status)s::text IS NULL OR app.status_at(status, expires_at, %(now)s) = %(status)s)
       AND (%(not_by)s::uuid IS NULL
            OR (status = 'pending' AND expires_at > %(now)s AND requested_by <> %(not_by)s))
     ORDER BY approval_id DESC
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own columns
_READ: Final = f"""
    SELECT {_COLUMNS}
      FROM approval_requests
     WHERE tenant_id = %(tenant)s AND approval_id = %(id)s
"""  # noqa: S608 - our own columns
_LOCK: Final = _READ + " FOR UPDATE"


def find_all(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    *,
    limit: int,
    after: UUID | None = None,
    status: ApprovalStatus | None = None,
    not_by: AdministratorId | None = None,
) -> Page[Approval]:
    """List a tenant's requests, the newest first.

    Args:
        session: In the tenant's context.
        now: What has expired by then, has.
        tenant_id: Whose requests.
        limit: How many at most.
        after: The last one of the page before.
        status: Only these.
        not_by: Only what is pending and was requested by somebody else.
    """
    values = {"tenant": tenant_id, "after": after, "status": status, "not_by": not_by, "now": now}
    return read_page(session, _PAGE, values, limit, Approval, "approval_id")


def read(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    approval_id: UUID,
    *,
    locked: bool = False,
) -> Approval:
    """Read one request.

    Args:
        session: In the tenant's context.
        now: What has expired by then, has.
        tenant_id: Whose request.
        approval_id: Which one.
        locked: Whether it must stay as it is; this waits for whoever is deciding it.

    Raises:
        NotFound: The tenant has none with this id.
    """
    key = {"tenant": tenant_id, "id": approval_id, "now": now}
    row = session.one(_LOCK if locked else _READ, key)
    return item_of(row, Approval, "approval")
