"""The seven subscription tiers, from FREE to ENTERPRISE_PLUS.

Each tier's features are written as what changes against the tier before it, so that a reader sees
what an upgrade brings. A year costs ten months.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from handlers.catalog.tier import (
    Pricing,
    RateLimits,
    SubscriptionTier,
    SubscriptionTierId,
    TierFeatures,
)

_FREE = TierFeatures(
    model_access="limited",
    max_models_per_month=5,
    max_requests_per_day=50,
    max_tokens_per_request=4_000,
    export_formats=("txt",),
    support_level="community",
    data_retention="7_days",
    watermarked_outputs=True,
)
_INDIVIDUAL = replace(
    _FREE,
    model_access="full",
    max_models_per_month=None,
    max_requests_per_day=1_000,
    max_tokens_per_request=128_000,
    export_formats=("txt", "md", "pdf", "docx"),
    support_level="email",
    data_retention="90_days",
    watermarked_outputs=False,
    priority_queue=True,
    api_access=True,
    conversation_history=True,
    custom_instructions=True,
)
_FAMILY = replace(
    _INDIVIDUAL,
    max_requests_per_day=2_000,
    shared_credit_pool=True,
    invite_management=True,
    parental_controls=True,
    family_admin_dashboard=True,
    per_member_usage_limits=True,
)
_TEAM = replace(
    _INDIVIDUAL,
    max_requests_per_day=None,
    max_tokens_per_request=200_000,
    export_formats=("txt", "md", "pdf", "docx", "html"),
    support_level="priority_email",
    data_retention="1_year",
    shared_credit_pool=True,
    team_workspaces=True,
    shared_conversations=True,
    team_admin_dashboard=True,
    usage_analytics=True,
    role_based_access=True,
    invite_management=True,
)
_BUSINESS = replace(
    _TEAM,
    model_access="full_plus_beta",
    max_tokens_per_request=500_000,
    export_formats=("txt", "md", "pdf", "docx", "html", "json"),
    support_level="priority",
    data_retention="2_years",
    sso_integration=True,
    scim_provisioning=True,
    audit_logs=True,
    data_export=True,
    custom_branding=True,
    api_rate_limit_customization=True,
    webhooks=True,
    ip_whitelisting=True,
)
_ENTERPRISE = replace(
    _BUSINESS,
    model_access="all",
    max_tokens_per_request=1_000_000,
    export_formats=("txt", "md", "pdf", "docx", "html", "json", "csv"),
    support_level="dedicated",
    data_retention="custom",
    dedicated_account_manager=True,
    sla_guarantee=True,
    uptime_guarantee="99.9%",
    custom_model_fine_tuning=True,
    multi_region_deployment=True,
)
_ENTERPRISE_PLUS = replace(
    _ENTERPRISE,
    max_tokens_per_request=2_000_000,
    export_formats=("txt", "md", "pdf", "docx", "html", "json", "csv", "xml"),
    uptime_guarantee="99.99%",
    dedicated_infrastructure=True,
    on_premise_deployment=True,
)

_TIERS = (
    SubscriptionTier(
        id="FREE",
        display_name="Free Trial",
        description="A first look, with a few models and requests a day",
        localization_key="billing.tiers.free",
        pricing=Pricing(monthly=0, annual=0, per_user=False, max_users=1),
        included_credits_per_user=Decimal("0.5"),
        rate_limits=RateLimits(
            requests_per_minute=10, tokens_per_minute=20_000, concurrent_requests=1
        ),
        features=_FREE,
        available_add_ons=(),
        sort_order=0,
    ),
    SubscriptionTier(
        id="INDIVIDUAL",
        display_name="Individual",
        description="Everything one person needs",
        localization_key="billing.tiers.individual",
        pricing=Pricing(monthly=29_00, annual=290_00, per_user=False, max_users=1),
        included_credits_per_user=Decimal(3),
        rate_limits=RateLimits(
            requests_per_minute=60, tokens_per_minute=100_000, concurrent_requests=5
        ),
        features=_INDIVIDUAL,
        available_add_ons=("API_POWER_PACK",),
        sort_order=1,
    ),
    SubscriptionTier(
        id="FAMILY",
        display_name="Family",
        description="One plan for the whole household",
        localization_key="billing.tiers.family",
        pricing=Pricing(monthly=49_00, annual=490_00, per_user=False, max_users=5),
        included_credits_per_user=Decimal(6),
        rate_limits=RateLimits(
            requests_per_minute=120, tokens_per_minute=200_000, concurrent_requests=10
        ),
        features=_FAMILY,
        available_add_ons=("API_POWER_PACK",),
        sort_order=2,
    ),
    SubscriptionTier(
        id="TEAM",
        display_name="Team",
        description="Working together in a small team",
        localization_key="billing.tiers.team",
        pricing=Pricing(monthly=25_00, annual=250_00, per_user=True, min_users=2, max_users=25),
        included_credits_per_user=Decimal(3),
        rate_limits=RateLimits(
            requests_per_minute=300, tokens_per_minute=500_000, concurrent_requests=20
        ),
        features=_TEAM,
        available_add_ons=("COMPLIANCE_ADDON", "PRIORITY_SUPPORT"),
        sort_order=3,
        badge="Most Popular",
    ),
    SubscriptionTier(
        id="BUSINESS",
        display_name="Business",
        description="Single sign-on, audit and branding for a growing company",
        localization_key="billing.tiers.business",
        pricing=Pricing(monthly=45_00, annual=450_00, per_user=True, min_users=5, max_users=150),
        included_credits_per_user=Decimal(5),
        rate_limits=RateLimits(
            requests_per_minute=1_000, tokens_per_minute=2_000_000, concurrent_requests=50
        ),
        features=_BUSINESS,
        available_add_ons=("COMPLIANCE_ADDON", "PRIORITY_SUPPORT"),
        sort_order=4,
    ),
    SubscriptionTier(
        id="ENTERPRISE",
        display_name="Enterprise",
        description="For large organisations, with guarantees and a person to call",
        localization_key="billing.tiers.enterprise",
        pricing=Pricing(monthly=None, annual=None, per_user=True, min_users=50, max_users=None),
        included_credits_per_user=Decimal(10),
        rate_limits=RateLimits(
            requests_per_minute=5_000, tokens_per_minute=10_000_000, concurrent_requests=200
        ),
        features=_ENTERPRISE,
        available_add_ons=("COMPLIANCE_ADDON",),
        sort_order=5,
    ),
    SubscriptionTier(
        id="ENTERPRISE_PLUS",
        display_name="Enterprise Plus",
        description="For regulated industries, with compliance built in",
        localization_key="billing.tiers.enterprise_plus",
        pricing=Pricing(monthly=None, annual=None, per_user=True, min_users=100, max_users=None),
        included_credits_per_user=Decimal(15),
        rate_limits=RateLimits(
            requests_per_minute=20_000, tokens_per_minute=50_000_000, concurrent_requests=None
        ),
        features=_ENTERPRISE_PLUS,
        available_add_ons=(),
        included_add_ons=("COMPLIANCE_ADDON",),
        sort_order=6,
        badge="Full Compliance Included",
    ),
)

SUBSCRIPTION_TIERS: Final[dict[SubscriptionTierId, SubscriptionTier]] = {
    tier.id: tier for tier in _TIERS
}


def can_upgrade(current: SubscriptionTierId, wanted: SubscriptionTierId) -> bool:
    """Tell whether going from one tier to another is a step up."""
    return SUBSCRIPTION_TIERS[wanted].sort_order > SUBSCRIPTION_TIERS[current].sort_order
