"""Budgets: administrators are told at each threshold, once a period."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.billing import books
from handlers.domain.billing.invoices import period_invoice
from handlers.domain.billing.invoices.draft import Draft
from handlers.domain.terms.billing_periods import Period
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_FIND: Final = """
    SELECT tenant_id FROM billing_settings
     WHERE budget_limit_minor IS NOT NULL AND tenant_id > %(after)s
     ORDER BY tenant_id
     LIMIT %(limit)s
"""
_ADD_ALERTS: Final = """
    INSERT INTO budget_alerts (tenant_id, period_start, threshold, created_at)
    SELECT %(tenant)s, %(start)s, threshold, %(now)s
      FROM unnest(%(thresholds)s::integer[]) AS threshold
    ON CONFLICT DO NOTHING
    RETURNING threshold
"""


def find_tenants(session: Session, limit: int, after: TenantId | None) -> list[TenantId]:
    """Find tenants that have a budget; in a service session."""
    rows = session.all(_FIND, {"after": after or UUID(int=0), "limit": limit})
    return [TenantId(row["tenant_id"]) for row in rows]


def watch(
    session: Session, now: datetime, tenant_id: TenantId, currency: str, origin: Origin
) -> int | None:
    """Compare the cost of the running period with the budget; publish a threshold reached.

    Of several reached at once, the highest is published.

    Returns:
        The threshold that was published now; None if there was none.
    """
    tenant_books = books.read(session, tenant_id, currency)
    limit = tenant_books.settings.budget_limit_minor
    if limit is None:
        return None
    running = tenant_books.period_at(now)
    computed = period_invoice.compute(session, tenant_books, running, until=now)
    spent = spent_minor(computed.drafts, tenant_books.settings.currency)
    reached = [t for t in tenant_books.settings.alert_thresholds if spent * 100 >= limit * t]
    threshold = _add_alerts(session, now, tenant_id, running, reached)
    if threshold is not None:
        data = {
            "tenantId": str(tenant_id),
            "threshold": threshold,
            "spent": spent,
            "budget": limit,
            "currency": tenant_books.settings.currency,
            "periodStart": running.starts_at.isoformat(),
            "periodEnd": running.ends_at.isoformat(),
        }
        publish_change(session, now, "budget.reached", data, origin)
    return threshold


def spent_minor(drafts: Sequence[Draft], currency: str) -> int:
    """Add up, with tax, what is in the currency that a budget is in."""
    return sum(draft.total_minor for draft in drafts if draft.currency == currency)


def _add_alerts(
    session: Session, now: datetime, tenant_id: TenantId, running: Period, reached: Sequence[int]
) -> int | None:
    if not reached:
        return None
    values = {"tenant": tenant_id, "start": running.start, "thresholds": list(reached), "now": now}
    alerted = [row["threshold"] for row in session.all(_ADD_ALERTS, values)]
    return max(alerted, default=None)
