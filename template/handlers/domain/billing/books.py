"""A tenant's books: up to which day everything is billed, and which period is next."""

from datetime import date, datetime
from typing import Final, NamedTuple

from handlers.domain.terms import billing_settings
from handlers.domain.terms.billing_periods import (
    DAY,
    Period,
    day_of,
    midnight,
    open_period,
    period_of,
)
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_EVER: Final = date.min
"""Until when a tenant's usage is billed that was never billed."""

_BOOKS: Final = (  # our own columns
    "SELECT t.created_at, c.closed_until, s.tenant_id IS NOT NULL AS has_settings, "  # noqa: S608
    + billing_settings.COLUMNS
    + " FROM tenants AS t LEFT JOIN billing_settings AS s USING (tenant_id)"
)
_READ: Final = """
      LEFT JOIN usage_closings AS c USING (tenant_id)
     WHERE t.tenant_id = %(tenant)s
"""
# An update of nothing takes the row's lock, and tells what whoever held it has left.
_LOCK: Final = """
    WITH c AS (
        INSERT INTO usage_closings AS kept (tenant_id, closed_until) VALUES (%(tenant)s, %(ever)s)
        ON CONFLICT (tenant_id) DO UPDATE SET closed_until = kept.closed_until
        RETURNING closed_until)
"""
_LOCKED: Final = " CROSS JOIN c WHERE t.tenant_id = %(tenant)s"


class Books(NamedTuple):
    """How far a tenant is billed.

    Args:
        closed_until: the first day whose usage is not billed; usage of earlier days counts from
            here on.
        taken_in: the tenant's first day.
    """

    tenant_id: TenantId
    closed_until: date
    taken_in: date
    settings: BillingSettings

    @property
    def start(self) -> date:
        """Where the next period begins."""
        return max(self.closed_until, self.taken_in)

    @property
    def last_period(self) -> Period | None:
        """The period that was billed last; None before the first."""
        if self.start == self.taken_in:
            return None
        whole = period_of(self.settings.billing_cycle_day, midnight(self.start - DAY))
        return Period(max(whole.start, self.taken_in), self.start)

    @property
    def next_period(self) -> Period:
        """The period that is billed next."""
        return open_period(self.settings.billing_cycle_day, self.start)

    def period_at(self, moment: datetime) -> Period:
        """Give the period that a moment is in; what is billed already is not part of it."""
        period = period_of(self.settings.billing_cycle_day, moment)
        return Period(max(period.start, self.start), period.end)


def read(session: Session, tenant_id: TenantId, currency: str) -> Books:
    """Look into a tenant's books.

    Args:
        session: In the tenant's context.
        tenant_id: Whose books.
        currency: The stack's, for who has not said anything yet.

    Raises:
        NotFound: There is no such tenant.
    """
    return _books(session, tenant_id, currency, _BOOKS + _READ)


def lock(session: Session, tenant_id: TenantId, currency: str) -> Books:
    """Look into a tenant's books while nobody else closes a period or records usage.

    Whoever records usage holds the same row `FOR SHARE`: nothing can slip between the sum of a
    period and its closing.
    """
    return _books(session, tenant_id, currency, _LOCK + _BOOKS + _LOCKED)


def _books(session: Session, tenant_id: TenantId, currency: str, query: str) -> Books:
    row = session.one(query, {"tenant": tenant_id, "ever": _EVER})
    if row is None:
        raise NotFound.of("tenant")
    taken_in, closed_until = day_of(row.pop("created_at")), row.pop("closed_until")
    has_settings = row.pop("has_settings")
    settings = BillingSettings(**row) if has_settings else BillingSettings(currency)
    return Books(tenant_id, closed_until or _EVER, taken_in, settings)
