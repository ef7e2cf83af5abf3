"""The billing lock: the row of `usage_closings`, which says up to which day usage is invoiced.

Writers of usage take a shared lock. Closing a period and correcting usage take an exclusive lock.
So no event slips between an invoice's sum and its closing.
"""

from datetime import date
from typing import Final, LiteralString

from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

NEVER: Final = date.min
"""Up to when a tenant's usage is invoiced that was never billed: the default of the column."""

_LOCK_SHARED: Final = """
    SELECT closed_until FROM usage_closings WHERE tenant_id = %(tenant)s FOR SHARE
"""
_LOCK_EXCLUSIVE: Final = """
    SELECT closed_until FROM usage_closings WHERE tenant_id = %(tenant)s FOR UPDATE
"""
_ADD: Final = """
    INSERT INTO usage_closings (tenant_id, closed_until) VALUES (%(tenant)s, %(never)s)
    ON CONFLICT DO NOTHING
"""
_CLOSE: Final = """
    UPDATE usage_closings SET closed_until = %(until)s
     WHERE tenant_id = %(tenant)s AND closed_until <= %(until)s
"""


def lock_shared(session: Session, tenant_id: TenantId) -> date:
    """Keep the open period open until the transaction ends; others may share the lock.

    Returns:
        The first day that is not invoiced yet.
    """
    return _lock(session, tenant_id, _LOCK_SHARED)


def lock_exclusive(session: Session, tenant_id: TenantId) -> date:
    """Keep everybody else from writing the tenant's usage until the transaction ends.

    Returns:
        The first day that is not invoiced yet.
    """
    return _lock(session, tenant_id, _LOCK_EXCLUSIVE)


def close(session: Session, tenant_id: TenantId, until: date) -> None:
    """Note that everything billed before a day is invoiced; the caller holds the exclusive lock.

    Raises:
        ValueError: A later day is noted already.
    """
    if session.execute(_CLOSE, {"tenant": tenant_id, "until": until}) == 0:
        raise ValueError(f"usage is closed beyond {until} already, or the row is not locked")


def _lock(session: Session, tenant_id: TenantId, query: LiteralString) -> date:
    values = {"tenant": tenant_id}
    row = session.one(query, values)
    if row is None:
        session.execute(_ADD, values | {"never": NEVER})
        row = session.one(query, values)
    if row is None:
        raise LookupError(f"tenant {tenant_id} has no row in usage_closings")
    closed_until: date = row["closed_until"]
    return closed_until
