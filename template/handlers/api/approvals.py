"""Approvals: asked for by one administrator, decided by another one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self, cast
from uuid import UUID

from pydantic import Field, StrictInt, StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Name, Omittable, PageQuery
from handlers.api.http.parsing import parse_member
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import approvals as domain
from handlers.domain.access import administrators
from handlers.domain.approvals import (
    ApprovalPriority,
    ApprovalStatus,
    Decision,
    NewApproval,
    Verdict,
)
from handlers.domain.approvals.actions import ACTIONS, ApprovalType
from handlers.domain.approvals.actions.action import Stack
from handlers.domain.approvals.deployments import Environment
from handlers.platform.base.ids import AdministratorId
from handlers.platform.base.settings import settings

_THROTTLE: Final = Throttle(rate=10, burst=20)

Word = Annotated[Name, StringConstraints(max_length=100)]


class RequestApproval(Body):
    """What is to be done, once somebody has approved it."""

    type: ApprovalType
    action: Word = Field(description="What the requester calls it.")
    resource_type: Word
    resource_id: Name
    details: dict[str, Any] = Field(description="What is to change; its fields depend on the type.")
    priority: ApprovalPriority = "medium"
    notes: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=1000)]] = None
    expires_in_hours: Annotated[StrictInt, Field(ge=1, le=168)] = 24


class ProcessApproval(Body):
    """What somebody decides about what they were shown."""

    action: Verdict
    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="`contentHash` of the request as it was shown."
    )
    reason: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=500)]] = Field(
        default=None, description="Required to reject."
    )


class ApprovalQuery(PageQuery):
    """Which requests to list."""

    status: ApprovalStatus | None = None
    pending_for_me: bool = Field(
        default=False, description="Only what waits for the caller's decision on somebody else."
    )


class Approval(Answer):
    """A request for approval, and what was decided."""

    approval_id: UUID
    type: ApprovalType
    status: ApprovalStatus
    action: str
    resource_type: str
    resource_id: str
    details: dict[str, Any]
    before: dict[str, Any] = Field(
        description="What it would change, as it was when it was requested."
    )
    priority: ApprovalPriority
    notes: str | None = None
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    expires_at: datetime
    requires_two_people: bool
    content_hash: str = Field(description="What a decision has to name: SHA-256 of all this.")
    can_approve: bool = Field(description="Whether the caller may approve it now.")
    decided_by: UUID | None = None
    decided_by_name: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    @classmethod
    def of(
        cls,
        approval: domain.Approval,
        names: Mapping[AdministratorId, str],
        *,
        can_approve: bool,
    ) -> Self:
        """Show a request, with the names of those who have to do with it."""
        fields = approval._asdict()
        del fields["tenant_id"]
        who = {
            "requested_by_name": names[approval.requested_by],
            "decided_by_name": approval.decided_by and names[approval.decided_by],
        }
        # not the stored hash: a decision is bound to what is shown here
        bound = {"content_hash": domain.hash_content(approval), "can_approve": can_approve}
        return cls.model_validate(fields | who | bound)


class ApprovalList(Answer):
    """A page of requests, the newest first."""

    items: list[Approval]
    next_cursor: str | None = None


@route(
    "GET",
    "/v1/admin/approvals",
    permission="approvals:read",
    query=ApprovalQuery,
    answer=ApprovalList,
    throttle=_THROTTLE,
)
def list_approvals(call: Call, query: ApprovalQuery) -> ApprovalList:
    """List the tenant's requests for approval, the newest first."""
    caller = call.administrator
    if query.pending_for_me and not domain.may_process(caller):
        return ApprovalList(items=[])
    page = domain.find_all(
        call.session,
        call.now,
        call.tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        status=query.status,
        not_by=caller.administrator_id if query.pending_for_me else None,
    )
    return ApprovalList(items=_shown(call, page.items), next_cursor=to_cursor(page.next_key))


@route(
    "GET",
    "/v1/admin/approvals/{approvalId}",
    permission="approvals:read",
    answer=Approval,
    throttle=_THROTTLE,
)
def read_approval(call: Call, approval_id: UUID) -> Approval:
    """Read a request for approval."""
    return _one(call, domain.read(call.session, call.now, call.tenant_id, approval_id))


@route(
    "POST",
    "/v1/admin/approvals",
    permission="approvals:initiate",
    body=RequestApproval,
    answer=Approval,
    status=201,
    location="/v1/admin/approvals/{approvalId}",
    throttle=_THROTTLE,
)
def request_approval(call: Call, body: RequestApproval) -> Approval:
    """Ask for something that needs an approval."""
    new = NewApproval(
        type=body.type,
        action=body.action,
        resource_type=body.resource_type,
        resource_id=body.resource_id,
        details=parse_member("details", body.details, ACTIONS[body.type]),
        priority=body.priority,
        notes=body.notes,
        life=timedelta(hours=body.expires_in_hours),
    )
    made = domain.create(call.session, call.now, call.administrator, new, _stack(), call.origin)
    return _one(call, made)


@route(
    "DELETE",
    "/v1/admin/approvals/{approvalId}",
    permission="approvals:initiate",
    answer=Approval,
    throttle=_THROTTLE,
)
def cancel_approval(call: Call, approval_id: UUID) -> Approval:
    """Take a request for approval back: one's own, or as a super administrator anybody's."""
    cancelled = domain.cancel(call.session, call.now, call.administrator, approval_id, call.origin)
    return _one(call, cancelled)


@route(
    "POST",
    "/v1/admin/approvals/{approvalId}/process",
    permission="approvals:process",
    body=ProcessApproval,
    answer=Approval,
    throttle=_THROTTLE,
)
def process_approval(call: Call, approval_id: UUID, body: ProcessApproval) -> Approval:
    """Approve a request, which does what it asks for, or reject it."""
    decision = Decision(body.action, body.content_hash, body.reason)
    decided = domain.process(
        call.session,
        call.now,
        call.administrator,
        approval_id,
        decision,
        _stack(),
        call.origin,
    )
    return _one(call, decided)


def _stack() -> Stack:
    config = settings()
    return Stack(
        environment=cast(Environment, config.environment),
        operator=config.operator,
        requires_two_people=config.two_person_approval,
        currency=config.currency,
    )


def _one(call: Call, approval: domain.Approval) -> Approval:
    (shown,) = _shown(call, [approval])
    return shown


def _shown(call: Call, approvals: Sequence[domain.Approval]) -> list[Approval]:
    people = {who for a in approvals for who in (a.requested_by, a.decided_by) if who is not None}
    names = administrators.names_of(call.session, call.tenant_id, people)
    return [
        Approval.of(
            approval, names, can_approve=domain.may_approve(approval, call.administrator, _stack())
        )
        for approval in approvals
    ]
