"""What a tenant may use: the claims that its people's tokens carry."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from handlers.catalog.plan_features import (
    DEFAULT_TIER,
    plan_features,
    plan_tier,
    with_overrides,
)
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import SubscriptionTierId
from handlers.domain.subscriptions.subscriptions import ENTITLED_STATUSES
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_READ: Final = """
    SELECT tenants.status, tenants.settings, subscriptions.tier_id, subscriptions.billing_cycle
      FROM tenants
      LEFT JOIN subscriptions
        ON subscriptions.tenant_id = tenants.tenant_id AND subscriptions.status = ANY(%(entitled)s)
     WHERE tenants.tenant_id = %(tenant)s
"""


class Entitlements(NamedTuple):
    """The plan that is in force for a tenant."""

    plan_tier: str
    tenant_status: str
    features: Mapping[str, Any]
    billing_cycle: str

    def to_claims(self) -> dict[str, str]:
        """Write the claims; Cognito takes strings."""
        return {
            "plan_tier": self.plan_tier,
            "tenant_status": self.tenant_status,
            "features": json.dumps(self.features, separators=(",", ":"), sort_keys=True),
            "billing_cycle": self.billing_cycle,
        }


def without_knowledge() -> Entitlements:
    """Give the least there is, for when nothing can be found out about a tenant."""
    return Entitlements(
        plan_tier=plan_tier(DEFAULT_TIER),
        tenant_status="unknown",
        features=plan_features(DEFAULT_TIER),
        billing_cycle="none",
    )


def of_tenant(session: Session, tenant_id: TenantId) -> Entitlements:
    """Find the plan in force: the subscription's, else the one agreed with the tenant, else free.

    What was agreed with the tenant as exceptions goes on top.
    """
    row = session.one(_READ, {"tenant": tenant_id, "entitled": list(ENTITLED_STATUSES)})
    if row is None:
        return without_knowledge()
    tier_id = _first_known(row["tier_id"], row["settings"].get("planTier"))
    overrides = row["settings"].get("featureOverrides") or {}
    return Entitlements(
        plan_tier=plan_tier(tier_id),
        tenant_status=row["status"],
        features=with_overrides(plan_features(tier_id), overrides),
        billing_cycle=row["billing_cycle"] or "none",
    )


def _first_known(*candidates: Any) -> SubscriptionTierId:
    """Pick the first that is a tier; a tier may have left the catalogue since it was stored."""
    for candidate in candidates:
        if candidate in SUBSCRIPTION_TIERS:
            tier_id: SubscriptionTierId = candidate
            return tier_id
    return DEFAULT_TIER
