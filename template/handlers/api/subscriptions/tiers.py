"""The public catalogue: every tier and add-on with its price in the stack's currency."""

from decimal import Decimal
from typing import Self

from handlers.api.http.models import Answer
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.add_ons import ADD_ONS
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import (
    AddOn,
    AddOnId,
    RateLimits,
    SubscriptionTier,
    SubscriptionTierId,
    TierFeatures,
)
from handlers.domain.subscriptions.pricing import in_currency
from handlers.platform.base.settings import settings


class TierPricing(Answer):
    """Prices in minor units per billing period; without one, sales agrees it with the customer."""

    currency: str
    monthly_minor: int | None = None
    annual_minor: int | None = None
    annual_savings_minor: int | None = None
    per_user: bool
    min_users: int
    max_users: int | None = None
    contact_sales: bool

    @classmethod
    def of(cls, tier: SubscriptionTier, currency: str) -> Self:
        """Show the prices of a tier in a currency."""
        listed = tier.pricing
        return cls(
            currency=currency,
            monthly_minor=_minor(listed.monthly, currency),
            annual_minor=_minor(listed.annual, currency),
            annual_savings_minor=_minor(listed.annual_savings, currency),
            per_user=listed.per_user,
            min_users=listed.min_users,
            max_users=listed.max_users,
            contact_sales=listed.contact_sales,
        )


class CatalogueTier(Answer):
    """A tier; a limit that is not there is no limit."""

    id: SubscriptionTierId
    display_name: str
    description: str
    localization_key: str
    pricing: TierPricing
    included_credits_per_user: Decimal
    rate_limits: RateLimits
    features: TierFeatures
    available_add_ons: list[AddOnId]
    included_add_ons: list[AddOnId]
    sort_order: int
    badge: str | None = None

    @classmethod
    def of(cls, tier: SubscriptionTier, currency: str) -> Self:
        """Show a tier."""
        return cls(
            id=tier.id,
            display_name=tier.display_name,
            description=tier.description,
            localization_key=tier.localization_key,
            pricing=TierPricing.of(tier, currency),
            included_credits_per_user=tier.included_credits_per_user,
            rate_limits=tier.rate_limits,
            features=tier.features,
            available_add_ons=list(tier.available_add_ons),
            included_add_ons=list(tier.included_add_ons),
            sort_order=tier.sort_order,
            badge=tier.badge,
        )


class CatalogueAddOn(Answer):
    """An add-on, with its price in minor units per billing period."""

    id: AddOnId
    display_name: str
    description: str
    localization_key: str
    currency: str
    monthly_minor: int | None = None
    annual_minor: int | None = None
    per_user: bool
    contact_sales: bool
    features: list[str]

    @classmethod
    def of(cls, add_on: AddOn, currency: str) -> Self:
        """Show an add-on."""
        return cls(
            id=add_on.id,
            display_name=add_on.display_name,
            description=add_on.description,
            localization_key=add_on.localization_key,
            currency=currency,
            monthly_minor=_minor(add_on.monthly, currency),
            annual_minor=_minor(add_on.annual, currency),
            per_user=add_on.per_user,
            contact_sales=add_on.monthly is None,
            features=list(add_on.features),
        )


class Catalogue(Answer):
    """What can be subscribed to."""

    tiers: list[CatalogueTier]
    add_ons: list[CatalogueAddOn]


@route("GET", "/v1/subscription-tiers", permission=None, answer=Catalogue)
def list_subscription_tiers(_call: Call) -> Catalogue:
    """List every subscription tier and add-on, with prices, limits and features."""
    currency = settings().currency
    tiers = (tier for tier in SUBSCRIPTION_TIERS.values() if tier.is_public)
    return Catalogue(
        tiers=[CatalogueTier.of(tier, currency) for tier in tiers],
        add_ons=[CatalogueAddOn.of(add_on, currency) for add_on in ADD_ONS.values()],
    )


def _minor(hundredths: int | None, currency: str) -> int | None:
    return None if hundredths is None else in_currency(hundredths, currency).amount_minor
