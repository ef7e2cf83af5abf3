"""Decisions on approvals: one for each request, about what was shown, executed exactly once.

The decision and what it does are one transaction. Two who decide at the same moment wait for one
row: the second finds it decided. What a request would change must still be what it was when it was
made, and whoever made it must still be allowed to, or it has to be made anew.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from handlers.catalog.permissions import allows
from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals import publishing
from handlers.domain.approvals.actions import ACTIONS
from handlers.domain.approvals.actions.action import Action, ActionContext, Approved, Stack
from handlers.domain.approvals.approval import (
    Approval,
    ApprovalStatus,
    hash_content,
    may_process,
    takes_two,
)
from handlers.domain.approvals.reading import read
from handlers.domain.base.origin import Origin
from handlers.platform.base.errors import Conflict, FieldError, Forbidden, NotFound, Unprocessable
from handlers.platform.database.sessions import Session

Verdict = Literal["approve", "reject"]

_OUTCOME: Final[Mapping[Verdict, ApprovalStatus]] = {"approve": "approved", "reject": "rejected"}
_CHANGED: Final = "What it would change has changed since it was requested: request it anew."

_DECIDE: Final = """
    UPDATE approval_requests
       SET status = %(status)s, decided_by = %(decided_by)s, decided_at = %(now)s,
           reason = %(reason)s
     WHERE tenant_id = %(tenant)s AND approval_id = %(id)s
"""


class Decision(NamedTuple):
    """What somebody decided about what they were shown."""

    verdict: Verdict
    content_hash: str
    reason: str | None = None


def process(
    session: Session,
    now: datetime,
    approver: Administrator,
    approval_id: UUID,
    decision: Decision,
    stack: Stack,
    origin: Origin,
) -> Approval:
    """Approve and execute, or reject; all of it or nothing.

    Raises:
        NotFound: The tenant has none with this id.
        Forbidden: It takes another person than the requester, or the approver may not do it.
        Conflict: It is decided, expired, not what was shown, or what it would change has changed.
        Unprocessable: A rejection without a reason.
    """
    approval = read(session, now, approver.tenant_id, approval_id, locked=True)
    _require_decidable(approval, approver, decision, stack)
    _require_standing(session, approver)
    outcome = _OUTCOME[decision.verdict]
    _settle(session, now, approval, outcome, approver, decision.reason)
    if outcome == "approved":
        _execute(session, now, approver, approval, stack, origin)
    decided = read(session, now, approver.tenant_id, approval_id)
    name = _requester(session, approval).name
    publishing.publish(session, now, f"approval.{outcome}", decided, name, origin, approver)
    return decided


def cancel(
    session: Session, now: datetime, by: Administrator, approval_id: UUID, origin: Origin
) -> Approval:
    """Take a request back; doing so twice is doing so once.

    Raises:
        NotFound: The tenant has none with this id.
        Forbidden: It is somebody else's, and the caller is no super administrator.
        Conflict: It is decided or expired.
    """
    approval = read(session, now, by.tenant_id, approval_id, locked=True)
    if approval.requested_by != by.administrator_id and by.role != "super_admin":
        raise Forbidden("Only the requester or a super administrator takes a request back.")
    if approval.status == "cancelled":
        return approval
    if approval.status != "pending":
        raise Conflict(f"The request is {approval.status} and cannot be cancelled.")
    _settle(session, now, approval, "cancelled")
    cancelled = read(session, now, by.tenant_id, approval_id)
    name = _requester(session, approval).name
    publishing.publish(session, now, "approval.cancelled", cancelled, name, origin, by)
    return cancelled


def _require_decidable(
    approval: Approval, approver: Administrator, decision: Decision, stack: Stack
) -> None:
    if approval.status != "pending":
        raise Conflict(f"The request is {approval.status}: there is nothing to decide any more.")
    if not hash_content(approval) == approval.content_hash == decision.content_hash:
        raise Conflict(
            "This is not what the request says: read it again, and decide about that.",
            [FieldError("/contentHash", "is of something else")],
        )
    if takes_two(approval, stack) and approval.requested_by == approver.administrator_id:
        raise Forbidden("You have requested this: another administrator has to decide.")
    if decision.verdict == "reject" and not decision.reason:
        raise Unprocessable("Say why.", [FieldError("/reason", "is required to reject")])


def _require_standing(session: Session, approver: Administrator) -> None:
    """Make sure of the approver anew: somebody may have dismissed them while they waited."""
    today = administrators.read_any(session, approver.tenant_id, approver.administrator_id)
    if not (today.is_active and may_process(today)):
        raise Forbidden("Your own standing has just been changed. Sign in again.")


def _settle(
    session: Session,
    now: datetime,
    approval: Approval,
    status: ApprovalStatus,
    by: Administrator | None = None,
    reason: str | None = None,
) -> None:
    values = {
        "tenant": approval.tenant_id,
        "id": approval.approval_id,
        "now": now,
        "status": status,
        "decided_by": None if by is None else by.administrator_id,
        "reason": reason,
    }
    session.execute(_DECIDE, values)


def _execute(
    session: Session,
    now: datetime,
    approver: Administrator,
    approval: Approval,
    stack: Stack,
    origin: Origin,
) -> None:
    people = [approval.requested_by, approver.administrator_id]
    context = ActionContext(
        session, now, approval.tenant_id, stack, approval.resource_id, people, is_locked=True
    )
    action = _action(approval)
    try:
        state = action.state(context)
    except NotFound as error:
        raise Conflict(_CHANGED) from error
    if state != approval.before:
        raise Conflict(_CHANGED)
    _require_requester(context, action, approval)
    action.execute(context, Approved(approval.approval_id, approval.before, approver, origin))


def _action(approval: Approval) -> Action:
    try:
        return ACTIONS[approval.type].model_validate_json(json.dumps(approval.details))
    except ValidationError as error:  # a release since then knows this action otherwise
        raise Conflict("This cannot be done as it was requested: request it anew.") from error


def _require_requester(context: ActionContext, action: Action, approval: Approval) -> None:
    """Make sure that the requester could still ask for this."""
    requester = _requester(context.session, approval)
    may_ask = requester.is_active and allows([requester.role], "approvals:initiate")
    try:
        if may_ask:
            action.check(context, dict(approval.before), requester)
    except Forbidden:
        may_ask = False
    if not may_ask:
        raise Conflict("Whoever requested this may not do so any more: request it anew.")


def _requester(session: Session, approval: Approval) -> Administrator:
    return administrators.read_any(session, approval.tenant_id, approval.requested_by)
