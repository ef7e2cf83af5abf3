"""From when to when usage is accepted, and for how long it is kept."""

from datetime import datetime, timedelta
from typing import Final

from handlers.platform.database.sessions import Session

RAW_LIFE: Final = timedelta(days=90)
"""How long raw events are kept; nothing older is accepted."""
KEY_LIFE: Final = RAW_LIFE + timedelta(days=1)
"""How long keys are kept: no function's clock is so slow that it takes what has lost its key."""
MAX_SKEW: Final = timedelta(minutes=5)
"""How far ahead of ours a caller's clock may be."""

_DELETE_KEYS: Final = """
    DELETE FROM usage_event_keys WHERE (tenant_id, request_id) IN (
        SELECT tenant_id, request_id FROM usage_event_keys
         WHERE occurred_at < %(before)s
         ORDER BY occurred_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def refusal(occurred_at: datetime, now: datetime) -> str | None:
    """Say why usage of a moment cannot be recorded now; None if it can."""
    if occurred_at > now + MAX_SKEW:
        minutes = MAX_SKEW.total_seconds() / 60
        return f"occurredAt is more than {minutes:g} minutes in the future"
    if occurred_at < now - RAW_LIFE:
        return f"occurredAt is more than {RAW_LIFE.days} days ago"
    return None


def delete_keys(session: Session, before: datetime, limit: int) -> int:
    """Delete the keys of events that occurred before then, in a service session.

    Returns:
        How many were deleted.
    """
    return session.execute(_DELETE_KEYS, {"before": before, "limit": limit})
