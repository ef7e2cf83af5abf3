"""Who is to be billed: tenants whose next period has ended, or who have a draft that waits."""

from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

# In one statement over all tenants what `invoices.books` and `billing_periods` say of one: its next
# period begins on the first day that is not billed, and has ended once a cycle day came after that.
# The last cycle day: go back as many days as it is after the first of a month, and you are in its
# month.
DUE: Final = """
    SELECT t.tenant_id
      FROM tenants AS t
      LEFT JOIN usage_closings AS c USING (tenant_id)
      LEFT JOIN billing_settings AS s USING (tenant_id)
     CROSS JOIN LATERAL (
           SELECT greatest(c.closed_until, (t.created_at AT TIME ZONE 'UTC')::date) AS begins_on,
                  coalesce(s.billing_cycle_day, 1) - 1 AS cycle_offset) AS next
     CROSS JOIN LATERAL (
           SELECT (%(as_of)s AT TIME ZONE 'UTC')::date - cycle_offset AS in_month) AS last
     WHERE date_trunc('month', in_month::timestamp) + cycle_offset * interval '1 day' > begins_on
        OR EXISTS (
           SELECT FROM invoices AS i
            WHERE i.tenant_id = t.tenant_id AND i.status = 'draft' AND i.reason = 'period'
              AND i.period_end <= %(as_of)s)
"""
_PAGE: Final = f"""
    WITH due AS ({DUE})
    SELECT tenant_id FROM due
     WHERE tenant_id > %(after)s
     ORDER BY tenant_id
     LIMIT %(limit)s
"""  # noqa: S608 - our own text


def find(session: Session, as_of: datetime, after: UUID | None, limit: int) -> list[TenantId]:
    """List tenants that are to be billed, in the order of their ids.

    Args:
        session: Of the service.
        as_of: The moment by which the period has ended.
        after: The tenant after which to begin; None for the first one.
        limit: How many at most.
    """
    values = {"as_of": as_of, "after": after or UUID(int=0), "limit": limit}
    return [TenantId(row["tenant_id"]) for row in session.all(_PAGE, values)]
