"""A tenant's books: up to which day everything is billed, and which period is next."""

from datetime import date, datetime
from typing import Final, NamedTuple

from handlers.domain.terms import billing_lock, billing_settings
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

_READ: Final = f"""
    SELECT t.created_at, c.closed_until, s.tenant_id IS NOT NULL AS has_settings,
           {billing_settings.COLUMNS}
      FROM tenants AS t
      LEFT JOIN billing_settings AS s USING (tenant_id)
      LEFT JOIN usage_closings AS c USING (tenant_id)
     WHERE t.tenant_id = %(tenant)s
"""  # noqa: S608 - our own columns


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
    row = session.one(_READ, {"tenant": tenant_id})
    if row is None:
        raise NotFound.of("tenant")
    taken_in, closed_until = day_of(row.pop("created_at")), row.pop("closed_until")
    has_settings = row.pop("has_settings")
    settings = BillingSettings(**row) if has_settings else BillingSettings(currency)
    return Books(tenant_id, closed_until or billing_lock.NEVER, taken_in, settings)


def lock(session: Session, tenant_id: TenantId, currency: str) -> Books:
    """Look into a tenant's books under the exclusive billing lock.

    Nobody else closes a period or writes usage until the transaction ends.
    """
    billing_lock.lock_exclusive(session, tenant_id)
    return read(session, tenant_id, currency)
