"""What the running period will probably cost: from its daily course, with a range."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from handlers.domain.billing import books
from handlers.domain.billing.books import Books
from handlers.domain.billing.budgets import spent_minor
from handlers.domain.billing.invoices import charges, period_invoice, usage
from handlers.domain.billing.invoices.usage import BilledUsage
from handlers.domain.terms.billing_periods import DAY, Period, day_of
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

SAMPLE: Final = timedelta(days=28)
"""Four weeks: every day of the week counts alike."""
_WIDTH: Final = Decimal("1.2816")
"""Standard deviations to either side that eight of ten outcomes of a normal distribution are in."""


class Course(NamedTuple):
    """What days cost: their mean, how far they are from it, and on how many that rests."""

    mean: Decimal
    deviation: Decimal
    days: int


class Projection(NamedTuple):
    """A period's total by its end, in minor units with tax.

    Args:
        low: eight of ten outcomes are between this
        high: and this, if days go on as they did.
        sample_days: on how many days that rests; the fewer, the less it is worth.
    """

    period: Period
    currency: str
    so_far_minor: int
    expected_minor: int
    low_minor: int
    high_minor: int
    sample_days: int


def project(session: Session, now: datetime, tenant_id: TenantId, currency: str) -> Projection:
    """Project the running period to its end.

    The usage of up to 28 whole days before today, those without any included, gives the mean and
    the standard deviation of a day. What is expected of the remaining days is their number times
    the mean; of today, what is missing to the mean. The range is 1.28 standard deviations of a sum
    of so many independent days to either side (a growing or falling trend is not foreseen), and
    never below what is there already. Margin, terms of subscriptions that fall due until the end
    and tax are then computed as for an invoice, in the currency of the tenant's settings.
    """
    tenant_books = books.read(session, tenant_id, currency)
    running = tenant_books.period_at(now)
    today, billed_in = day_of(now), tenant_books.settings.currency
    since = max(today - SAMPLE, tenant_books.taken_in)
    costs = usage.costs_by_day(session, tenant_id, billed_in, since, running.end)
    course = course_of(costs, since, today)
    remaining = (running.end - today - DAY).days
    ahead = course.mean * remaining + max(Decimal(0), course.mean - costs.get(today, Decimal(0)))
    spread = _WIDTH * course.deviation * Decimal(remaining + 1).sqrt()
    so_far = period_invoice.compute(session, tenant_books, running, until=now)
    whole = period_invoice.compute(session, tenant_books, running)
    more = {"low": max(Decimal(0), ahead - spread), "expected": ahead, "high": ahead + spread}
    totals = {name: _total(whole, tenant_books, cost) for name, cost in more.items()}
    return Projection(
        period=running,
        currency=billed_in,
        so_far_minor=spent_minor(so_far.drafts, billed_in),
        expected_minor=totals["expected"],
        low_minor=totals["low"],
        high_minor=totals["high"],
        sample_days=course.days,
    )


def course_of(costs: Mapping[date, Decimal], since: date, today: date) -> Course:
    """Measure the days from one up to, and without, today; days without usage cost nothing."""
    days = (today - since).days
    if days == 0:
        return Course(costs.get(today, Decimal(0)), Decimal(0), 0)
    values = [costs.get(since + n * DAY, Decimal(0)) for n in range(days)]
    mean = sum(values, Decimal(0)) / days
    squares = sum(((value - mean) ** 2 for value in values), Decimal(0))
    deviation = (squares / (days - 1)).sqrt() if days > 1 else Decimal(0)
    return Course(mean, deviation, days)


def _total(whole: period_invoice.Preview, tenant_books: Books, more: Decimal) -> int:
    """Compute the period with so much more usage."""
    settings: BillingSettings = tenant_books.settings
    expected = BilledUsage(settings.currency, "expected", "any", False, False, 0, 0, 0, more)
    drafts = charges.drafts(whole.period, settings, [*whole.usage, expected], whole.renewals)
    return spent_minor(drafts, settings.currency)
