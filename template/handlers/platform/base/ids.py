"""Identifiers: UUIDs of version 7, so that a key's order is the order of creation."""

import secrets
import threading
from datetime import datetime
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
InvoiceId = NewType("InvoiceId", UUID)
EventId = NewType("EventId", UUID)
AdministratorId = NewType("AdministratorId", UUID)
InvitationId = NewType("InvitationId", UUID)
NotificationId = NewType("NotificationId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
DeploymentId = NewType("DeploymentId", UUID)
MachineClientId = NewType("MachineClientId", UUID)

_COUNTER_BITS = 62
_VERSION = 7 << 76
_VARIANT = 0b10 << 62

_lock = threading.Lock()
_last_tick = -1
_last_counter = 0


def new_id(now: datetime) -> UUID:
    """Return a UUID of version 7 (RFC 9562, 5.7) for an aware time.

    The 12 bits after the milliseconds hold their fraction (6.2, method 3). Identifiers made by
    one process at one instant still sort in the order they were made (6.2, method 2), which keeps
    the events of one transaction in order even under a clock that stands still.
    """
    micros = int(now.timestamp()) * 1_000_000 + now.microsecond
    millis, fraction = divmod(micros, 1000)
    tick = millis << 12 | fraction * 4096 // 1000
    counter = _next_counter(tick)
    return UUID(int=(tick >> 12) << 80 | _VERSION | (tick & 0xFFF) << 64 | _VARIANT | counter)


def _next_counter(tick: int) -> int:
    global _last_counter, _last_tick  # noqa: PLW0603 - one sequence per process is the point
    with _lock:
        if tick == _last_tick:
            _last_counter += 1 + secrets.randbits(32)
        else:
            # the highest bit starts as zero: room to count up without overflow
            _last_tick, _last_counter = tick, secrets.randbits(_COUNTER_BITS - 1)
        return _last_counter
