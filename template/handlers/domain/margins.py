"""What a tenant pays for usage: what it cost us, and the margin on it."""

from decimal import Decimal
from typing import Final

from handlers.domain.billing_settings import BillingSettings
from handlers.platform.money import minor_digits

_HUNDRED: Final = Decimal(100)


def billed(settings: BillingSettings, provider_cost: Decimal) -> Decimal:
    """Add the margin to a cost in major units; exact, not rounded.

    A fixed margin is one percentage. A tiered one is graduated: each tier's percentage is on the
    part of the cost within the tier. What is given back carries the margin it was billed with.
    """
    if settings.margin_type == "fixed":
        return provider_cost * (1 + settings.margin_percent / _HUNDRED)
    cost, sign = abs(provider_cost), -1 if provider_cost < 0 else 1
    return sign * (cost + sum(_margins(settings, cost), Decimal(0)))


def _margins(settings: BillingSettings, cost: Decimal) -> list[Decimal]:
    margins, lower = [], Decimal(0)
    for tier in settings.margin_tiers:
        bound = tier.get("upToMinor")
        upper = cost if bound is None else Decimal(bound).scaleb(-minor_digits(settings.currency))
        inside = max(Decimal(0), min(cost, upper) - lower)
        margins.append(inside * Decimal(tier["marginPercent"]) / _HUNDRED)
        lower = upper
    return margins
