"""Effects outside the database, such as mail, under a fenced lease.

    free ──claim──▶ claimed ──begin──▶ sending ──mark──▶ sent
                       │                  │ the provider refused: claimed again, lease over
                       │ lease over:      │ lease over, or an answer that never came:
                       ▼ taken over       ▼
                    claimed            uncertain

Every claim counts the fence up, and every later step asks for its own fence and a lease that
still runs: a holder that slept too long can neither send nor mark. A crash before `sending` loses
nothing, because the next delivery of the event takes the row over. A crash after it leaves a mail
that may or may not have left. SES has no idempotency key to ask with, so it is not sent again: the
row turns `uncertain`, the event goes to the dead-letter queue, and a person decides. Stripe has
such keys: what is sent there is `is_repeatable`, and is never uncertain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString
from uuid import UUID

from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Row, Session, tenant_session

LEASE: Final = timedelta(seconds=30)
"""Longer than a consumer may run, shorter than its queue's visibility timeout."""

_CLAIM: Final = """
    INSERT INTO deliveries AS d (tenant_id, delivery_key, channel, recipient, state, fence,
                                 lease_expires_at, created_at, updated_at)
    VALUES (%(tenant_id)s, %(key)s, %(channel)s, %(recipient)s, 'claimed', 1, %(lease)s, %(now)s,
            %(now)s)
    ON CONFLICT (tenant_id, delivery_key) DO UPDATE
       SET fence = d.fence + 1, lease_expires_at = %(lease)s, updated_at = %(now)s,
           state = CASE WHEN d.state = 'sending' AND NOT %(is_repeatable)s
                        THEN 'uncertain' ELSE 'claimed' END
     WHERE d.state IN ('claimed', 'sending') AND d.lease_expires_at <= %(now)s
    RETURNING state, fence
"""
_READ: Final = """
    SELECT state, provider_id FROM deliveries
     WHERE tenant_id = %(tenant_id)s AND delivery_key = %(key)s
"""
_BEGIN: Final = """
    UPDATE deliveries SET state = 'sending', attempts = attempts + 1, updated_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND delivery_key = %(key)s
       AND fence = %(fence)s AND state = 'claimed' AND lease_expires_at > %(now)s
"""
_SENT: Final = """
    UPDATE deliveries
       SET state = 'sent', provider_id = %(provider_id)s, last_error = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND delivery_key = %(key)s
       AND fence = %(fence)s AND state = 'sending'
"""
_REFUSED: Final = """
    UPDATE deliveries
       SET state = 'claimed', lease_expires_at = %(now)s, last_error = %(reason)s,
           updated_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND delivery_key = %(key)s
       AND fence = %(fence)s AND state = 'sending'
"""
_UNCERTAIN: Final = """
    UPDATE deliveries SET state = 'uncertain', last_error = %(reason)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant_id)s AND delivery_key = %(key)s
       AND fence = %(fence)s AND state = 'sending'
"""
_FIND_UNCERTAIN: Final = """
    SELECT delivery_key FROM deliveries
     WHERE state = 'uncertain'
       AND (tenant_id, delivery_key)
           IN (SELECT * FROM unnest(%(tenants)s::uuid[], %(keys)s::text[]))
"""
_DELETE_SENT: Final = """
    DELETE FROM deliveries WHERE (tenant_id, delivery_key) IN (
        SELECT tenant_id, delivery_key FROM deliveries
         WHERE state = 'sent' AND updated_at <= %(before)s
         ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class NotSentError(Exception):
    """Raised by a sender when it is certain that the provider did not take it."""


class DeliveryBusyError(Exception):
    """Somebody else holds the lease; the queue will deliver the event again."""


class DeliveryUncertainError(Exception):
    """It may have been sent: nobody but a person can tell."""


@dataclass(frozen=True, slots=True)
class _Claim:
    tenant_id: TenantId
    key: str
    fence: int

    def step(self, query: LiteralString, now: datetime, **values: str) -> bool:
        """Move on, if the row is still ours; False if it is not."""
        row = {"tenant_id": self.tenant_id, "key": self.key, "fence": self.fence, "now": now}
        with tenant_session(self.tenant_id) as session:
            return session.execute(query, row | values) == 1


def key_of(consumer: str, event_id: UUID) -> str:
    """Return the key of what a consumer sends because of an event."""
    return f"{consumer}:{event_id}"


def uncertain(session: Session, keys: Sequence[tuple[TenantId, str]]) -> set[str]:
    """Return those of some deliveries that a person has to decide about; for a service session."""
    asked = {"tenants": [tenant for tenant, _ in keys], "keys": [key for _, key in keys]}
    return {row["delivery_key"] for row in session.all(_FIND_UNCERTAIN, asked)}


def deliver(
    tenant_id: TenantId,
    key: str,
    channel: str,
    recipient: str,
    send: Callable[[str], str],
    clock: Clock = system_clock,
    *,
    is_repeatable: bool = False,
) -> str:
    """Send something once, outside any transaction.

    Args:
        tenant_id: Whose delivery it is.
        key: What makes it the same delivery; see `key_of`.
        channel: Such as `mail`.
        recipient: Where it goes.
        send: Gets the key for the provider, returns the provider's id; raises `NotSentError` where
            the provider certainly did not take it. Any other exception leaves that open.
        clock: The time.
        is_repeatable: Whether sending again what was sent changes nothing.

    Returns:
        The provider's id, now or from the time it was sent.

    Raises:
        DeliveryBusyError: Another holder is at it.
        DeliveryUncertainError: An earlier attempt may have sent it.
        NotSentError: The provider refused; the next attempt may try again.
    """
    claim = _claim(tenant_id, key, channel, recipient, clock(), is_repeatable=is_repeatable)
    if isinstance(claim, str):
        return claim
    if not claim.step(_BEGIN, clock()):
        raise DeliveryBusyError(f"the lease on delivery {key} ran out before it was sent")
    return _send(claim, send, clock, is_repeatable=is_repeatable)


def delete_sent(session: Session, before: datetime, limit: int) -> int:
    """Delete deliveries that were sent by then, in a service session; returns how many."""
    return session.execute(_DELETE_SENT, {"before": before, "limit": limit})


def _send(claim: _Claim, send: Callable[[str], str], clock: Clock, *, is_repeatable: bool) -> str:
    try:
        provider_id = send(claim.key)
    except Exception as error:
        if is_repeatable or isinstance(error, NotSentError):
            claim.step(_REFUSED, clock(), reason=str(error))
            raise
        claim.step(_UNCERTAIN, clock(), reason=str(error))
        raise _uncertain(claim.key) from error
    if not claim.step(_SENT, clock(), provider_id=provider_id):
        telemetry.log.error("sent after the lease was over", deliveryKey=claim.key)
    return provider_id


def _claim(
    tenant_id: TenantId,
    key: str,
    channel: str,
    recipient: str,
    now: datetime,
    *,
    is_repeatable: bool = False,
) -> _Claim | str:
    row = {"tenant_id": tenant_id, "key": key, "channel": channel, "recipient": recipient}
    claim = row | {"now": now, "lease": now + LEASE, "is_repeatable": is_repeatable}
    with tenant_session(tenant_id) as session:
        claimed = session.one(_CLAIM, claim)
        existing = None if claimed else session.one(_READ, row)
    if claimed and claimed["state"] == "claimed":
        return _Claim(tenant_id, key, claimed["fence"])
    return _settled(key, claimed or existing)


def _settled(key: str, row: Row | None) -> str:
    if row is not None and row["state"] == "sent":
        return str(row["provider_id"])
    if row is not None and row["state"] == "uncertain":
        raise _uncertain(key)
    raise DeliveryBusyError(f"delivery {key} is under way elsewhere")


def _uncertain(key: str) -> DeliveryUncertainError:
    telemetry.count("delivery_uncertain")
    return DeliveryUncertainError(
        f"delivery {key} may have been sent by an attempt that broke off: ask the provider, then "
        "set its state to 'sent', or to 'claimed' to send it"
    )
