"""Events about a request for approval."""

from datetime import datetime

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.approval import Approval
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.database.sessions import Session


def publish(
    session: Session,
    now: datetime,
    event_type: str,
    approval: Approval,
    requester_name: str,
    origin: Origin,
    by: Administrator | None = None,
) -> None:
    """Publish what became of a request, with all that a notification needs.

    Args:
        session: The open transaction.
        now: When.
        event_type: Such as `approval.requested`.
        approval: As it is now.
        requester_name: Who asked.
        origin: Who caused this.
        by: Who decided or cancelled; None while it is new.
    """
    data = {
        "approvalId": str(approval.approval_id),
        "type": approval.type,
        "action": approval.action,
        "resourceType": approval.resource_type,
        "resourceId": approval.resource_id,
        "priority": approval.priority,
        "requestedBy": str(approval.requested_by),
        "requestedByName": requester_name,
        "expiresAt": approval.expires_at.isoformat(),
        "contentHash": approval.content_hash,
        "notes": approval.notes,
        "decidedBy": None if by is None else str(by.administrator_id),
        "decidedByName": None if by is None else by.name,
        "reason": approval.reason,
    }
    known = {name: value for name, value in data.items() if value is not None}
    content = {"details": approval.details, "before": approval.before} if by is None else {}
    was = None if by is None else {"status": "pending"}
    after = {"status": approval.status, **content}
    publish_change(session, now, event_type, known, origin, before=was, after=after)
