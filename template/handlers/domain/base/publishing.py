"""Publishing a change: what happened, and who did it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.domain.base.origin import Origin
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.events import publish

State = Mapping[str, Any]


def publish_change(
    session: Session,
    now: datetime,
    event_type: str,
    data: State,
    origin: Origin,
    *,
    before: State | None = None,
    after: State | None = None,
    tenant_id: TenantId | None = None,
) -> None:
    """Write an event to the outbox, with what the audit trail wants to know about it.

    Args:
        session: The open transaction of the change.
        event_type: Such as `administrator.role_changed`.
        data: What consumers need, ready for JSON, in camelCase.
        origin: Who changed it; travels as `actor`, `address` and `agent`.
        before: What was changed as it was, ready for JSON; none of what was made. Fields that are
            the same in both are left out.
        after: The same as it is now; none of what was deleted.
        tenant_id: Whose event it is; needed in a service session, which has no tenant.
    """
    fields = {
        "actor": origin.actor,
        "address": origin.address,
        "agent": origin.agent,
        "before": _without_equal(before, after),
        "after": _without_equal(after, before),
    }
    known = {name: value for name, value in fields.items() if value is not None}
    publish(
        session,
        event_type,
        {**data, **known},
        now,
        correlation_id=origin.correlation_id,
        tenant_id=tenant_id,
    )


def _without_equal(state: State | None, other: State | None) -> State | None:
    if state is None or other is None:
        return state
    return {name: value for name, value in state.items() if other.get(name) != value}
