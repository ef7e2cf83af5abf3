"""The audit trail: what happened, to what, who did it and from where; entries are only ever added.

Each tenant's entries form a chain: the database gives every entry its place and a hash over its
content and the hash before (`app.audit_hash`). Whoever changes or removes an entry breaks it there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from handlers.domain.base.reading import Page, read_page
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.events import Event

_INSERT: Final = """
    INSERT INTO audit_entries (tenant_id, entry_id, event_id, occurred_at, actor, action,
                               resource_type, resource_id, address, agent, before, after, detail,
                               created_at)
    VALUES (%(tenant_id)s, %(entry_id)s, %(event_id)s, %(occurred_at)s, %(actor)s, %(action)s,
            %(resource_type)s, %(resource_id)s, %(address)s, %(agent)s, %(before)s, %(after)s,
            %(detail)s, %(now)s)
"""
_MATCHING: Final = """
     WHERE tenant_id = %(tenant)s
       AND (%(actor)s::text IS NULL OR actor = %(actor)s)
       AND (%(action)s::text IS NULL OR action = %(action)s)
       AND (%(resource_type)s::text IS NULL OR resource_type = %(resource_type)s)
       AND (%(resource_id)s::text IS NULL OR resource_id = %(resource_id)s)
       AND (%(begin)s::timestamptz IS NULL OR occurred_at >= %(begin)s)
       AND (%(end)s::timestamptz IS NULL OR occurred_at < %(end)s)
"""
_PAGE: Final = f"""
    SELECT entry_id, sequence, occurred_at, actor, action, resource_type, resource_id, address,
           agent, before, after, detail, previous_hash, hash
      FROM audit_entries
    {_MATCHING}
       AND (%(below)s::bigint IS NULL OR sequence < %(below)s)
     ORDER BY sequence DESC
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own conditions
_IN_ORDER: Final = f"""
    SELECT entry_id, sequence, occurred_at, actor, action, resource_type, resource_id, address,
           agent, before, after, detail, previous_hash, hash
      FROM audit_entries
    {_MATCHING}
     ORDER BY sequence
"""  # noqa: S608 - our own conditions
# A place or a link that is missing, or content that does not make its hash. The first entry looked
# at follows on the last one of the stretch before.
_FIRST_BROKEN: Final = """
    WITH chain AS (
        SELECT entry_id, sequence, previous_hash, hash, app.audit_hash(e) AS computed,
               lag(sequence, 1, %(after)s) OVER w AS sequence_before,
               lag(hash, 1, %(hash)s) OVER w AS hash_before
          FROM audit_entries AS e
         WHERE tenant_id = %(tenant)s AND sequence > %(after)s AND sequence <= %(upto)s
        WINDOW w AS (ORDER BY sequence)
    )
    SELECT entry_id, sequence,
           CASE WHEN sequence <> sequence_before + 1 THEN 'missing'
                WHEN previous_hash <> hash_before THEN 'unlinked'
                ELSE 'altered' END AS fault
      FROM chain
     WHERE sequence <> sequence_before + 1 OR previous_hash <> hash_before OR hash <> computed
     ORDER BY sequence
     LIMIT 1
"""
_HASH_AT: Final = """
    SELECT hash FROM audit_entries WHERE tenant_id = %(tenant)s AND sequence = %(sequence)s
"""
_HEAD: Final = "SELECT sequence, hash FROM audit_heads WHERE tenant_id = %(tenant)s"

STRETCH: Final = 50_000
"""Entries that one verification looks at: a second or two, well within a statement's time."""

# What an event is about: the kind of thing, and where in the event's data its id stands.
_SUBJECTS: Final = {
    "tenant": ("tenant", "tenantId"),
    "subscription": ("subscription", "subscriptionId"),
    "invoice": ("invoice", "invoiceId"),
    "operator": ("tenant", "tenantId"),
    "administrator": ("administrator", "administratorId"),
    "invitation": ("invitation", "invitationId"),
    "approval": ("approval", "approvalId"),
    "budget": ("billing_settings", "tenantId"),
    "billing_settings": ("billing_settings", "tenantId"),
    "deployment": ("deployment", "deploymentId"),
    "model": ("model", "modelId"),
    "model_provider": ("model_provider", "modelProviderId"),
    "machine_client": ("machine_client", "machineClientId"),
    "payment_method": ("payment_method", "paymentMethodId"),
    "stripe": ("invoice", "invoiceId"),
    "reconciliation": ("reconciliation", "reconciliationId"),
    "refund": ("invoice", "invoiceId"),
}
_EVERY: Final = "*"
_OWN_COLUMNS: Final = frozenset({"actor", "address", "agent", "before", "after"})


class UnknownEventError(Exception):
    """The trail does not know what an event is about, and would record it wrongly."""


class Entry(NamedTuple):
    """One entry; ``sequence`` is its place in the tenant's chain, from 1 on."""

    entry_id: UUID
    sequence: int
    occurred_at: datetime
    actor: str
    action: str
    resource_type: str
    resource_id: str
    address: str | None
    agent: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    detail: Mapping[str, Any]
    previous_hash: str
    hash: str


class Filter(NamedTuple):
    """Which entries; what is None does not matter. ``end`` itself is out."""

    actor: str | None = None
    action: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


class Verification(NamedTuple):
    """What came of looking at a stretch of the chain.

    Args:
        is_intact: whether every link of it holds.
        last_sequence: up to where it was looked at; 0 in an empty trail.
        last_hash: the hash there, to be noted where no administrator of the database can change it.
        is_complete: whether that is the end of the trail.
        broken_sequence: the place of the first broken link.
        broken_entry_id: its entry; None where entries are missing at the end.
        fault: ``altered`` content, ``unlinked`` from the hash before, or ``missing`` entries.
    """

    is_intact: bool
    last_sequence: int
    last_hash: str
    is_complete: bool
    broken_sequence: int | None = None
    broken_entry_id: UUID | None = None
    fault: str | None = None


def record(session: Session, now: datetime, event: Event) -> bool:
    """Add the entry of an event; tell whether it was new.

    Raises:
        UnknownEventError: Nobody has said what such an event is about.
    """
    resource_type, id_field = _subject(event)
    data = event.data
    detail = {name: value for name, value in data.items() if name not in _OWN_COLUMNS}
    values = {
        "tenant_id": event.tenant_id,
        "entry_id": new_id(now),
        "event_id": event.event_id,
        "occurred_at": event.occurred_at,
        "actor": data.get("actor") or "system",
        "action": event.event_type,
        "resource_type": resource_type,
        "resource_id": data.get(id_field) or _EVERY,
        "address": data.get("address"),
        "agent": data.get("agent"),
        "before": _json(data.get("before")),
        "after": _json(data.get("after")),
        "detail": Jsonb({**detail, "correlationId": str(event.correlation_id)}),
        "now": now,
    }
    return session.execute(_INSERT, values) == 1


def find_all(
    session: Session, tenant_id: TenantId, wanted: Filter, *, limit: int, below: int | None = None
) -> Page[Entry]:
    """List entries, the newest first."""
    values = {"tenant": tenant_id, "below": below, **wanted._asdict()}
    return read_page(session, _PAGE, values, limit, Entry, "sequence")


@contextmanager
def stream(session: Session, tenant_id: TenantId, wanted: Filter) -> Iterator[Iterator[Entry]]:
    """Give entries one by one, the oldest first, however many there are."""
    values = {"tenant": tenant_id, **wanted._asdict()}
    with session.stream(_IN_ORDER, values) as rows:
        yield (Entry(**row) for row in rows)


def verify(session: Session, tenant_id: TenantId, after: int = 0) -> Verification:
    """Check a stretch of the chain.

    Args:
        session: In the tenant's context.
        tenant_id: Whose trail.
        after: The place after which to begin, where a verification before this ended.
    """
    head = session.one(_HEAD, {"tenant": tenant_id}) or {"sequence": 0, "hash": ""}
    upto = min(after + STRETCH, max(after, head["sequence"]))
    before = _hash_at(session, tenant_id, after)
    stretch = {"tenant": tenant_id, "after": after, "upto": upto, "hash": before or ""}
    broken = session.one(_FIRST_BROKEN, stretch)
    last = _hash_at(session, tenant_id, upto)
    is_complete = upto >= head["sequence"]
    if broken is None and (last is None or (is_complete and last != head["hash"])):
        broken = {"sequence": upto, "entry_id": None, "fault": "missing"}
    verification = Verification(broken is None, upto, last or "", is_complete)
    if broken is None:
        return verification
    return verification._replace(
        broken_sequence=broken["sequence"],
        broken_entry_id=broken["entry_id"],
        fault=broken["fault"],
    )


def _hash_at(session: Session, tenant_id: TenantId, sequence: int) -> str | None:
    """Return the hash of a place; of the place before the first it is nothing."""
    if sequence == 0:
        return ""
    row = session.one(_HASH_AT, {"tenant": tenant_id, "sequence": sequence})
    return None if row is None else row["hash"]


def _json(value: object) -> Jsonb | None:
    return None if value is None else Jsonb(value)


def _subject(event: Event) -> tuple[str, str]:
    try:
        return _SUBJECTS[event.event_type.partition(".")[0]]
    except KeyError as error:
        raise UnknownEventError(
            f"no audit entry is defined for events of type {event.event_type}"
        ) from error
