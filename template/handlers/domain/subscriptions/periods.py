"""Billing periods: calendar months or years, anchored at the moment the subscription began."""

from calendar import monthrange
from datetime import datetime

from handlers.catalog.tier import BillingCycle

_MONTHS: dict[BillingCycle, int] = {"monthly": 1, "annual": 12}


def add_months(moment: datetime, months: int) -> datetime:
    """Move by calendar months; a day the month lacks becomes its last day."""
    year, month_index = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    month = month_index + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def period(anchor: datetime, cycle: BillingCycle, index: int) -> tuple[datetime, datetime]:
    """Give the start and the end of the n-th period (from 0) since the anchor.

    Both are counted from the anchor and not from the period before, so that a subscription of
    31 January renews on 28 February and then on 31 March again.
    """
    months = _MONTHS[cycle]
    return add_months(anchor, months * index), add_months(anchor, months * (index + 1))


def next_boundary(anchor: datetime, cycle: BillingCycle, after: datetime) -> datetime:
    """Give the first end of a period since the anchor that is later than a moment."""
    months = (after.year - anchor.year) * 12 + after.month - anchor.month
    index = max(0, months // _MONTHS[cycle] - 1)
    while (boundary := period(anchor, cycle, index)[1]) <= after:
        index += 1
    return boundary
