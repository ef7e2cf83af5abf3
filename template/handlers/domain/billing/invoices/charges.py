"""What a tenant owes for a period: a draft per currency, computed from usage, terms and settings.

Pure: what is shown before an invoice is written is computed here, and so is what is stored.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from handlers.domain.billing.invoices.draft import Draft, DraftLine
from handlers.domain.billing.invoices.rounding import apportion, in_minor
from handlers.domain.billing.invoices.usage import BilledUsage
from handlers.domain.notifications.mail_text import day
from handlers.domain.subscriptions.renewals import Renewal, SubscriptionTerm
from handlers.domain.terms.billing_periods import Period
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.domain.terms.margins import billed


def drafts(
    period: Period,
    settings: BillingSettings,
    usage: Sequence[BilledUsage],
    renewals: Iterable[Renewal],
) -> list[Draft]:
    """Compute the invoices of a period: one per currency, none where nothing is to be paid.

    Terms of subscriptions come first, then usage, then usage of earlier periods.
    """
    fees = [term for renewal in renewals for term in renewal.terms]
    currencies = sorted({u.currency for u in usage} | {term.price.currency for term in fees})
    made = [_draft(period, settings, currency, usage, fees) for currency in currencies]
    return [draft for draft in made if any(line.amount_minor for line in draft.lines)]


def margin_of(settings: BillingSettings) -> dict[str, object]:
    """Write the margin that an invoice keeps."""
    if settings.margin_type == "fixed":
        return {"type": "fixed", "percent": f"{settings.margin_percent:.2f}"}
    return {"type": "tiered", "tiers": [dict(tier) for tier in settings.margin_tiers]}


def _draft(
    period: Period,
    settings: BillingSettings,
    currency: str,
    usage: Sequence[BilledUsage],
    fees: Sequence[SubscriptionTerm],
) -> Draft:
    used = [one for one in usage if one.currency == currency]
    lines = [line for term in fees if term.price.currency == currency for line in _fee(term)]
    return Draft(
        reason="period",
        period_start=period.starts_at,
        period_end=period.ends_at,
        currency=currency,
        lines=lines + _usage_lines(settings._replace(currency=currency), used),
        tax_percent=settings.tax_due_percent,
        margin=margin_of(settings) if used else None,
    )


def _fee(term: SubscriptionTerm) -> list[DraftLine]:
    when = f", {day(term.start.isoformat())} to {day(term.end.isoformat())}"
    return [DraftLine.of(line, when) for line in term.price.lines if line.amount.amount_minor]


def _usage_lines(settings: BillingSettings, usage: Sequence[BilledUsage]) -> list[DraftLine]:
    """Write a line per model: its share of the cost of all, with the margin on all.

    A tiered margin is on the whole cost of the period, so that no order of lines changes a line.
    """
    cost = sum((one.provider_cost for one in usage), Decimal(0))
    factor = Fraction(billed(settings, cost)) / Fraction(cost) if cost else Fraction(1)
    exact = [in_minor(one.provider_cost, settings.currency) * factor for one in usage]
    return [_line(one, amount) for one, amount in zip(usage, apportion(exact), strict=True)]


def _line(usage: BilledUsage, amount_minor: int) -> DraftLine:
    what = f"{usage.model_id} by {usage.provider_id}, {usage.requests:,} requests"
    if usage.is_estimated:
        what += ", at the default price"
    if usage.is_adjustment:
        return DraftLine("adjustment", f"Earlier: {what}", 1, amount_minor, usage.to_json())
    return DraftLine("usage", what, 1, amount_minor, usage.to_json())
