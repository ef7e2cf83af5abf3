"""Approvals: what one person asks for and, in production, another one decides.

    pending ──approve──▶ approved      what was asked for is done in the same transaction,
       │  ├──reject───▶ rejected       or leaves by the outbox where it happens outside
       │  ├──cancel───▶ cancelled
       │  └──its time─▶ expired

A request's columns never change (the database grants no UPDATE of them), and everything an approver
is shown has a hash, which a decision names (`domain.decisions`).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from handlers.catalog.permissions import allows
from handlers.domain.administrators import Administrator
from handlers.domain.announcements import announce
from handlers.domain.approved_actions import ApprovalType
from handlers.domain.approved_actions.action import Action, Place, Stack, nonsense
from handlers.domain.origin import Origin
from handlers.domain.pages import Page, page
from handlers.platform.db import Session
from handlers.platform.errors import Forbidden, NotFound
from handlers.platform.ids import AdministratorId, ApprovalId, TenantId, new_id

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled"]
Priority = Literal["low", "medium", "high", "critical"]

LIFE: Final = timedelta(hours=24)
"""How long a request waits, if nobody says otherwise."""

_SELECT: Final = """
    SELECT tenant_id, approval_id, type, action, resource_type, resource_id, details, before,
           priority, notes, requires_two_people, content_hash, requested_by, requested_at,
           expires_at, decided_by, decided_at, reason,
           app.status_at(status, expires_at, %(now)s) AS status
      FROM approval_requests WHERE tenant_id = %(tenant)s
"""
_BY_ID: Final = " AND approval_id = %(id)s"
_PAGE: Final = """
       AND (%(after)s::uuid IS NULL OR approval_id < %(after)s)
       AND (%(status)s::text IS NULL OR app.status_at(status, expires_at, %(now)s) = %(status)s)
       AND (%(not_by)s::uuid IS NULL
            OR (status = 'pending' AND expires_at > %(now)s AND requested_by <> %(not_by)s))
     ORDER BY approval_id DESC
     LIMIT %(limit)s + 1
"""
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


class Approval(NamedTuple):
    """A request for approval, and what was decided.

    ``before`` is what it would change, as it was when it was requested.
    """

    tenant_id: TenantId
    approval_id: ApprovalId
    type: ApprovalType
    action: str
    resource_type: str
    resource_id: str
    details: Mapping[str, Any]
    before: Mapping[str, Any]
    priority: Priority
    notes: str | None
    requires_two_people: bool
    content_hash: str
    requested_by: AdministratorId
    requested_at: datetime
    expires_at: datetime
    decided_by: AdministratorId | None
    decided_at: datetime | None
    reason: str | None
    status: ApprovalStatus


class NewApproval(NamedTuple):
    """What somebody asks for; ``action`` is their own word for it."""

    type: ApprovalType
    action: str
    resource_type: str
    resource_id: str
    details: Action
    priority: Priority = "medium"
    notes: str | None = None
    life: timedelta = LIFE


def hash_content(approval: Approval) -> str:
    """Return the hash of everything that an approver is shown: SHA-256 of canonical JSON."""
    shown = {
        "tenantId": str(approval.tenant_id),
        "approvalId": str(approval.approval_id),
        "type": approval.type,
        "action": approval.action,
        "resourceType": approval.resource_type,
        "resourceId": approval.resource_id,
        "details": approval.details,
        "before": approval.before,
        "priority": approval.priority,
        "notes": approval.notes,
        "requiresTwoPeople": approval.requires_two_people,
        "requestedBy": str(approval.requested_by),
        "requestedAt": approval.requested_at.astimezone(UTC).isoformat(),
        "expiresAt": approval.expires_at.astimezone(UTC).isoformat(),
    }
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def takes_two(approval: Approval, stack: Stack) -> bool:
    """Tell whether the requester may not decide it."""
    return approval.requires_two_people or stack.requires_two_people


def may_approve(approval: Approval, caller: Administrator, stack: Stack) -> bool:
    """Tell whether somebody may approve a request now."""
    is_their_own = takes_two(approval, stack) and approval.requested_by == caller.administrator_id
    is_about_them = approval.resource_id == str(caller.administrator_id)
    is_open = approval.status == "pending" and may_process(caller)
    return is_open and not is_their_own and not is_about_them


def may_process(caller: Administrator) -> bool:
    """Tell whether somebody decides requests at all."""
    return allows([caller.role], "approvals:process")


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
    place = Place(session, now, requester.tenant_id, stack, new.resource_id)
    before = _checked(place, new, requester)
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
    announce_approval(session, now, "approval.requested", made, requester.name, origin)
    return made


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
    values = {"tenant": tenant_id, "after": after, "status": status, "not_by": not_by}
    rows = session.all(_SELECT + _PAGE, values | {"limit": limit, "now": now})
    return page([Approval(**row) for row in rows], limit, lambda a: str(a.approval_id))


def read(session: Session, now: datetime, tenant_id: TenantId, approval_id: UUID) -> Approval:
    """Read one request.

    Raises:
        NotFound: The tenant has none with this id.
    """
    return _read(session, now, tenant_id, approval_id, "")


def read_locked(
    session: Session, now: datetime, tenant_id: TenantId, approval_id: UUID
) -> Approval:
    """Read one request and keep it as it is; wait for whoever is deciding it.

    Raises:
        NotFound: The tenant has none with this id.
    """
    return _read(session, now, tenant_id, approval_id, " FOR UPDATE")


def _checked(place: Place, new: NewApproval, requester: Administrator) -> dict[str, Any]:
    """Return what the action would change, if it may be asked for."""
    action = new.details
    if action.is_operators and place.tenant_id != place.stack.operator:
        raise Forbidden("This changes what all tenants share: it is the operator's alone.")
    if new.resource_type != action.resource_type:
        raise nonsense("/resourceType", f"must be {action.resource_type} for {new.type}")
    try:
        before = action.state(place)
    except NotFound as error:
        raise nonsense("/resourceId", error.detail) from error
    action.check(place, before, requester)
    return before


def _read(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    approval_id: UUID,
    locking: LiteralString,
) -> Approval:
    key = {"tenant": tenant_id, "id": approval_id, "now": now}
    row = session.one(_SELECT + _BY_ID + locking, key)
    if row is None:
        raise NotFound.of("approval")
    return Approval(**row)


def announce_approval(
    session: Session,
    now: datetime,
    event_type: str,
    approval: Approval,
    requester_name: str,
    origin: Origin,
    by: Administrator | None = None,
) -> None:
    """Tell what has become of a request, with all that a notification needs.

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
    told = {name: value for name, value in data.items() if value is not None}
    content = {"details": approval.details, "before": approval.before} if by is None else {}
    was = None if by is None else {"status": "pending"}
    after = {"status": approval.status, **content}
    announce(session, now, event_type, told, origin, before=was, after=after)
