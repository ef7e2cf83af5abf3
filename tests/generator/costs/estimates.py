"""Estimates of the template's own tiers, at the newest prices."""

from decimal import Decimal

from saasgen.costs.estimate import Estimate, estimate
from saasgen.costs.usage import assumed
from saasgen.prices.price_list import newest_prices
from saasgen.tiers import Tier, read_environment, read_tier
from tests.support import REPOSITORY

TERRAFORM = REPOSITORY / "template/terraform"
PRICES = newest_prices()


def tier_of(name: str, **changes: object) -> Tier:
    return read_tier(TERRAFORM, name).model_copy(update=changes)


def estimate_of(
    tier: str | Tier, environment: str = "dev", free_tier: bool = False, **changes: object
) -> Estimate:
    size = tier_of(tier) if isinstance(tier, str) else tier
    usage = assumed(size.name, {}).with_changes(changes)
    safety = read_environment(TERRAFORM, environment)
    return estimate(size, safety, usage, PRICES, free_tier=free_tier)


def cost_of(found: Estimate, price: str) -> Decimal:
    line = found.line(price)
    return line.per_month if line else Decimal(0)
