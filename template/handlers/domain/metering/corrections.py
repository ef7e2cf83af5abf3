"""Events that replace others: what they replace is kept, and no longer counts.

What an event counted is taken back on the day that it was billed on, or, if that is invoiced by
now, on the first day that is open: so the next invoice makes it good.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from handlers.domain.metering.rollups import MERGE_CHANGES
from handlers.domain.metering.writing import Batch
from handlers.platform.database.sessions import Row

_KNOWN: Final = """
    SELECT k.request_id, e.event_id IS NOT NULL AS is_kept,
           e.corrected_by IS NOT NULL AS is_corrected
      FROM usage_event_keys AS k
      LEFT JOIN usage_events AS e
             ON e.tenant_id = k.tenant_id AND e.occurred_at = k.occurred_at
            AND e.event_id = k.event_id
     WHERE k.tenant_id = %(tenant)s AND k.request_id = ANY(%(requests)s)
"""
_TAKE_BACK: Final = f"""
    WITH originals AS MATERIALIZED (
        SELECT e.*, c.event_id AS correction, (e.occurred_at AT TIME ZONE 'UTC')::date AS day
          FROM unnest(%(originals)s::text[], %(corrections)s::uuid[]) AS c (request_id, event_id)
          JOIN usage_event_keys AS k
            ON k.tenant_id = %(tenant)s AND k.request_id = c.request_id
          JOIN usage_events AS e
            ON e.tenant_id = k.tenant_id AND e.occurred_at = k.occurred_at
           AND e.event_id = k.event_id
    ),
    marked AS (
        UPDATE usage_events AS e SET corrected_by = o.correction
          FROM originals AS o
         WHERE e.tenant_id = %(tenant)s AND e.occurred_at = o.occurred_at
           AND e.event_id = o.event_id
    ),
    changes AS (
        SELECT greatest(day, %(closed_until)s) AS billed_on, day, model_id, provider_id, user_id,
               request_type, currency, estimated, input_tokens, output_tokens, is_cached,
               is_phi_detected, latency_ms, provider_cost, -1 AS sign
          FROM originals
    )
    {MERGE_CHANGES}
"""  # noqa: S608 - our own text


def waves(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    """Cut a batch so that no event corrects one of its own wave, nor the same one as another does.

    A batch without corrections is one wave.
    """
    wave: list[Row] = []
    taken: set[str] = set()
    for row in rows:
        original = row["corrects"]
        if original is not None and original in taken:
            yield wave
            wave, taken = [], set()
        wave.append(row)
        taken |= {row["request_id"], original} - {None}
    if wave:
        yield wave


def refusals(batch: Batch, wave: Sequence[Row]) -> dict[str, str]:
    """Say why corrections of a wave cannot be, by the id of the request.

    One that is known already is a duplicate and no fault.
    """
    originals = {row["request_id"]: row["corrects"] for row in wave if row["corrects"] is not None}
    if not originals:
        return {}
    values = {"tenant": batch.tenant_id, "requests": [*originals, *originals.values()]}
    known = {row["request_id"]: row for row in batch.session.all(_KNOWN, values)}
    reasons = {
        request_id: _reason(known.get(original))
        for request_id, original in originals.items()
        if request_id not in known
    }
    return {request_id: reason for request_id, reason in reasons.items() if reason is not None}


def take_back(batch: Batch, wave: Sequence[Row]) -> None:
    """Take back what the originals of a wave's corrections counted; none was corrected before."""
    corrections = [row for row in wave if row["corrects"] is not None]
    if not corrections:
        return
    values = {
        "tenant": batch.tenant_id,
        "closed_until": batch.closed_until,
        "originals": [row["corrects"] for row in corrections],
        "corrections": [row["event_id"] for row in corrections],
    }
    batch.session.execute(_TAKE_BACK, values)


def _reason(original: Row | None) -> str | None:
    if original is None or not original["is_kept"]:
        return "corrects names no event that is known"
    if original["is_corrected"]:
        return "the event that corrects names has been corrected: correct its correction"
    return None
