"""Up to which day a tenant's usage is invoiced.

Whoever writes usage holds the tenant's row, together with others who write; whoever closes a period
or corrects usage holds it alone. So no event slips between an invoice's sum and its closing.
"""

from datetime import date
from typing import Final, LiteralString

from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_SELECT: Final = "SELECT closed_until FROM usage_closings WHERE tenant_id = %(tenant)s"
_TOGETHER: Final = _SELECT + " FOR SHARE"
_ALONE: Final = _SELECT + " FOR UPDATE"
_ADD: Final = """
    INSERT INTO usage_closings (tenant_id) VALUES (%(tenant)s) ON CONFLICT DO NOTHING
"""
_CLOSE: Final = """
    UPDATE usage_closings SET closed_until = %(until)s
     WHERE tenant_id = %(tenant)s AND closed_until <= %(until)s
"""


def hold(session: Session, tenant_id: TenantId) -> date:
    """Keep the open period open until the transaction ends, together with others.

    Returns:
        The first day that is not invoiced yet.
    """
    return _held(session, tenant_id, _TOGETHER)


def hold_alone(session: Session, tenant_id: TenantId) -> date:
    """Keep everybody else from writing the tenant's usage until the transaction ends.

    Returns:
        The first day that is not invoiced yet.
    """
    return _held(session, tenant_id, _ALONE)


def close(session: Session, tenant_id: TenantId, until: date) -> None:
    """Note that everything billed before a day is invoiced; the row must be held alone.

    Raises:
        ValueError: A later day is noted already.
    """
    if session.execute(_CLOSE, {"tenant": tenant_id, "until": until}) == 0:
        raise ValueError(f"usage is closed beyond {until} already, or nobody holds it")


def _held(session: Session, tenant_id: TenantId, query: LiteralString) -> date:
    values = {"tenant": tenant_id}
    row = session.one(query, values)
    if row is None:
        session.execute(_ADD, values)
        row = session.one(query, values)
    if row is None:
        raise LookupError(f"tenant {tenant_id} has no row in usage_closings")
    closed_until: date = row["closed_until"]
    return closed_until
