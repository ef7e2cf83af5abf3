"""The audit trail: what happened, to what, and who did it; entries are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from handlers.platform.db import Session
from handlers.platform.ids import TenantId, new_id

# An event that comes again finds its entry: the trail names each event once.
_INSERT: Final = """
    INSERT INTO audit_entries (tenant_id, entry_id, event_id, occurred_at, actor, action,
                               resource_type, resource_id, detail, created_at)
    VALUES (%(tenant_id)s, %(entry_id)s, %(event_id)s, %(occurred_at)s, %(actor)s, %(action)s,
            %(resource_type)s, %(resource_id)s, %(detail)s, %(now)s)
    ON CONFLICT (tenant_id, event_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the trail.

    Args:
        tenant_id: whose trail it belongs to.
        event_id: the event behind it, or an id of its own for what is no event, like a reading.
    """

    tenant_id: TenantId
    event_id: UUID
    occurred_at: datetime
    actor: str
    action: str
    resource_type: str
    resource_id: str | None
    detail: Mapping[str, Any]


def record(session: Session, now: datetime, entry: Entry) -> bool:
    """Add an entry; tell whether it was new."""
    values = {
        "tenant_id": entry.tenant_id,
        "entry_id": new_id(now),
        "event_id": entry.event_id,
        "occurred_at": entry.occurred_at,
        "actor": entry.actor,
        "action": entry.action,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "detail": Jsonb(dict(entry.detail)),
        "now": now,
    }
    return session.execute(_INSERT, values) == 1
