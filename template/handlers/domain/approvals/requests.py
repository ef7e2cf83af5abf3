"""Asking for something."""

from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals import publishing
from handlers.domain.approvals.actions.action import ActionContext, Stack, invalid_field
from handlers.domain.approvals.approval import Approval, NewApproval, hash_content
from handlers.domain.base.origin import Origin
from handlers.platform.base.errors import Forbidden, NotFound
from handlers.platform.base.ids import ApprovalId, new_id
from handlers.platform.database.sessions import Session

_INSERT: Final = """
    INSERT INTO approval_requests (tenant_id, approval_id, type, action, resource_type,
                                   resource_id, details, before, priority, notes,
                                   requires_two_people, content_hash, requested_by, requested_at,
                                   expires_at)
    VALUES (%(tenant_id)s, %(approval_id)s, %(type)s, %(action)s, %(resource_type)s,
            %(resource_id)s, %(details)s, %(before)s, %(priority)s, %(notes)s,
            %(requires_two_people)s, %(content_hash)s, %(requested_by)s, %(requested_at)s,
            %(expires_at)s)
"""


def create(
    session: Session,
    now: datetime,
    requester: Administrator,
    new: NewApproval,
    stack: Stack,
    origin: Origin,
) -> Approval:
    """Ask for something; the event tells whoever may decide.

    Raises:
        Unprocessable: It is about nothing that is there, or makes no sense.
        Forbidden: The requester may not ask for it.
    """
    context = ActionContext(session, now, requester.tenant_id, stack, new.resource_id)
    before = _checked(context, new, requester)
    asked = Approval(
        tenant_id=requester.tenant_id,
        approval_id=ApprovalId(new_id(now)),
        type=new.type,
        action=new.action,
        resource_type=new.resource_type,
        resource_id=new.resource_id,
        details=new.details.to_json(),
        before=before,
        priority=new.priority,
        notes=new.notes,
        requires_two_people=stack.requires_two_people or new.details.reaches_production,
        content_hash="",
        requested_by=requester.administrator_id,
        requested_at=now,
        expires_at=now + new.life,
        decided_by=None,
        decided_at=None,
        reason=None,
        status="pending",
    )
    made = asked._replace(content_hash=hash_content(asked))
    stored = {"details": Jsonb(made.details), "before": Jsonb(made.before)}
    session.execute(_INSERT, made._asdict() | stored)
    publishing.publish(session, now, "approval.requested", made, requester.name, origin)
    return made


def _checked(context: ActionContext, new: NewApproval, requester: Administrator) -> dict[str, Any]:
    """Return what the action would change, if it may be asked for."""
    action = new.details
    if action.is_operators and context.tenant_id != context.stack.operator:
        raise Forbidden("This changes what all tenants share: it is the operator's alone.")
    if new.resource_type != action.resource_type:
        raise invalid_field("/resourceType", f"must be {action.resource_type} for {new.type}")
    try:
        before = action.state(context)
    except NotFound as error:
        raise invalid_field("/resourceId", error.detail) from error
    action.check(context, before, requester)
    return before
