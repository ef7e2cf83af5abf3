"""The audit trail: what happened, to what, and who did it; entries are only ever added."""

from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from handlers.platform.db import Session
from handlers.platform.events import Event
from handlers.platform.ids import new_id

# An event that comes again finds its entry: the trail names each event once.
_INSERT: Final = """
    INSERT INTO audit_entries (tenant_id, entry_id, event_id, occurred_at, actor, action,
                               resource_type, resource_id, detail, created_at)
    VALUES (%(tenant_id)s, %(entry_id)s, %(event_id)s, %(occurred_at)s, %(actor)s, %(action)s,
            %(resource_type)s, %(resource_id)s, %(detail)s, %(now)s)
    ON CONFLICT (tenant_id, event_id) DO NOTHING
"""


# What an event is about: the kind of thing, and where in the event's data its id stands.
_SUBJECTS: Final = {
    "tenant": ("tenant", "tenantId"),
    "subscription": ("subscription", "subscriptionId"),
    "invoice": ("invoice", "invoiceId"),
    "operator": ("tenant", "tenantId"),
    "administrator": ("administrator", "administratorId"),
    "invitation": ("invitation", "invitationId"),
}
_EVERY: Final = "*"


class UnknownEventError(Exception):
    """The trail does not know what an event is about, and would record it wrongly."""


def record(session: Session, now: datetime, event: Event) -> bool:
    """Add the entry of an event; tell whether it was new.

    Raises:
        UnknownEventError: Nobody has said what such an event is about.
    """
    resource_type, id_field = _subject(event)
    values = {
        "tenant_id": event.tenant_id,
        "entry_id": new_id(now),
        "event_id": event.event_id,
        "occurred_at": event.occurred_at,
        "actor": event.data.get("actor") or "system",
        "action": event.event_type,
        "resource_type": resource_type,
        "resource_id": event.data.get(id_field) or _EVERY,
        "detail": Jsonb({**event.data, "correlationId": str(event.correlation_id)}),
        "now": now,
    }
    return session.execute(_INSERT, values) == 1


def _subject(event: Event) -> tuple[str, str]:
    try:
        return _SUBJECTS[event.event_type.partition(".")[0]]
    except KeyError as error:
        raise UnknownEventError(
            f"no audit entry is defined for events of type {event.event_type}"
        ) from error
