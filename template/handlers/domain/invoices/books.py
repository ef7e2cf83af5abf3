"""A tenant's books: up to which day everything is billed, and which period is next."""

from datetime import date, datetime
from typing import Final, NamedTuple

from handlers.domain import billing_settings
from handlers.domain.billing_periods import DAY, Period, day_of, midnight, open_period, period_of
from handlers.domain.billing_settings import BillingSettings
from handlers.platform.db import Session
from handlers.platform.errors import NotFound
from handlers.platform.ids import TenantId

_EVER: Final = date.min
"""Until when a tenant's usage is billed that was never billed."""

_OPEN: Final = """
    INSERT INTO usage_closings (tenant_id, closed_until) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
_LOCK: Final = "SELECT closed_until FROM usage_closings WHERE tenant_id = %s FOR UPDATE"
_READ: Final = """
    SELECT t.created_at, c.closed_until
      FROM tenants AS t LEFT JOIN usage_closings AS c USING (tenant_id)
     WHERE tenant_id = %s
"""
_CLOSE: Final = """
    UPDATE usage_closings SET closed_until = %(until)s
     WHERE tenant_id = %(tenant)s AND closed_until < %(until)s
"""


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
    row = session.one(_READ, [tenant_id])
    if row is None:
        raise NotFound.of("tenant")
    closed_until = row["closed_until"] or _EVER
    settings = billing_settings.read(session, tenant_id, currency)
    return Books(tenant_id, closed_until, day_of(row["created_at"]), settings)


def lock(session: Session, tenant_id: TenantId, currency: str) -> Books:
    """Look into a tenant's books while nobody else closes a period or records usage.

    Whoever records usage holds the same row `FOR SHARE`: nothing can slip between the sum of a
    period and its closing.
    """
    if session.one(_LOCK, [tenant_id]) is None:
        session.execute(_OPEN, [tenant_id, _EVER])
        session.one(_LOCK, [tenant_id])
    return read(session, tenant_id, currency)


def close(session: Session, tenant_id: TenantId, until: date) -> None:
    """Note that everything before a day is billed; the books are locked."""
    session.execute(_CLOSE, {"tenant": tenant_id, "until": until})
