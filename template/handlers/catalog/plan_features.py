"""The features a token carries for a plan: derived from the tiers, small enough for a claim."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import SubscriptionTier, SubscriptionTierId

FeatureValue = bool | int | str | None

DEFAULT_TIER: Final[SubscriptionTierId] = "FREE"

_PRIORITY_SUPPORT: Final = frozenset({"priority_email", "priority", "dedicated"})


def plan_tier(tier_id: SubscriptionTierId) -> str:
    """Name a tier as the ``plan_tier`` claim does, e.g. ``enterprise_plus``."""
    return tier_id.lower()


def plan_features(tier_id: SubscriptionTierId) -> dict[str, FeatureValue]:
    """Say what a plan allows, by the names that tokens and overrides use.

    A count of None is without limit.
    """
    tier: SubscriptionTier = SUBSCRIPTION_TIERS[tier_id]
    features = tier.features
    return {
        "maxUsers": tier.pricing.max_users,
        "maxRequestsPerDay": features.max_requests_per_day,
        "requestsPerMinute": tier.rate_limits.requests_per_minute,
        "modelAccess": features.model_access,
        "apiAccess": features.api_access,
        "auditLog": features.audit_logs,
        "customBranding": features.custom_branding,
        "dataExport": features.data_export,
        "invoiceExport": "pdf" in features.export_formats,
        "prioritySupport": features.support_level in _PRIORITY_SUPPORT,
        "roleBasedAccess": features.role_based_access,
        "ssoIntegration": features.sso_integration,
        "teamWorkspaces": features.team_workspaces,
        "usageAnalytics": features.usage_analytics,
        "webhooks": features.webhooks,
    }


FEATURE_NAMES: Final[frozenset[str]] = frozenset(plan_features(DEFAULT_TIER))


def with_overrides(
    features: Mapping[str, FeatureValue], overrides: Mapping[str, Any]
) -> dict[str, FeatureValue]:
    """Merge what was agreed with one tenant on top of its plan; unknown names are left out."""
    known = {name: value for name, value in overrides.items() if name in FEATURE_NAMES}
    return {**features, **known}
