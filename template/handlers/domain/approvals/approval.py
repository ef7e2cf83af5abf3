"""A request for approval, and who may decide it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from handlers.catalog.permissions import allows
from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.actions import ApprovalType
from handlers.domain.approvals.actions.action import Action, Stack
from handlers.platform.base.ids import AdministratorId, ApprovalId, TenantId

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled"]
ApprovalPriority = Literal["low", "medium", "high", "critical"]

LIFE: Final = timedelta(hours=24)
"""How long a request waits, if nobody says otherwise."""


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
    priority: ApprovalPriority
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
    priority: ApprovalPriority = "medium"
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
