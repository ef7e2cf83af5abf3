"""What a subscription tier consists of.

Records are named tuples, as everywhere in the handlers where one has many fields: making a
dataclass takes ten times as long, at every cold start. The two that the API shows as they are have
to be dataclasses for pydantic to see objects in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal, NamedTuple, get_args

SubscriptionTierId = Literal[
    "FREE", "INDIVIDUAL", "FAMILY", "TEAM", "BUSINESS", "ENTERPRISE", "ENTERPRISE_PLUS"
]
AddOnId = Literal["COMPLIANCE_ADDON", "API_POWER_PACK", "PRIORITY_SUPPORT"]
BillingCycle = Literal["monthly", "annual"]
ModelAccess = Literal["limited", "full", "full_plus_beta", "all"]
SupportLevel = Literal["community", "email", "priority_email", "priority", "dedicated"]

TIER_IDS: Final[tuple[SubscriptionTierId, ...]] = get_args(SubscriptionTierId)
ADD_ON_IDS: Final[tuple[AddOnId, ...]] = get_args(AddOnId)


def _camel(name: str) -> str:
    """Turn ``snake_case`` into the ``camelCase`` of the API."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


# pydantic's ``ConfigDict`` is a plain dict at run time; naming it here would import pydantic.
CAMEL_JSON: Final[Mapping[str, Any]] = {"alias_generator": _camel, "populate_by_name": True}


class Pricing(NamedTuple):
    """The list price of a tier.

    Amounts are hundredths of one unit of the stack's currency per billing period, per seat where
    ``per_user``; None is a price that sales agrees with the customer.
    """

    monthly: int | None
    annual: int | None
    per_user: bool
    max_users: int | None
    min_users: int = 1

    @property
    def contact_sales(self) -> bool:
        """Whether the tier can only be bought from a person."""
        return self.monthly is None

    @property
    def annual_savings(self) -> int | None:
        """What twelve months cost more than a year, in hundredths; None without list price."""
        if self.monthly is None or self.annual is None:
            return None
        return self.monthly * 12 - self.annual


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RateLimits:
    """How fast a tenant of the tier may call models; None is without limit."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CAMEL_JSON

    requests_per_minute: int
    tokens_per_minute: int
    concurrent_requests: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TierFeatures:
    """What a tier includes; a count of None is without limit."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = CAMEL_JSON

    model_access: ModelAccess
    max_models_per_month: int | None
    max_requests_per_day: int | None
    max_tokens_per_request: int
    export_formats: tuple[str, ...]
    support_level: SupportLevel
    data_retention: str
    uptime_guarantee: str | None = None

    priority_queue: bool = False
    api_access: bool = False
    watermarked_outputs: bool = False
    conversation_history: bool = False
    custom_instructions: bool = False

    shared_credit_pool: bool = False
    team_workspaces: bool = False
    shared_conversations: bool = False

    parental_controls: bool = False
    family_admin_dashboard: bool = False
    per_member_usage_limits: bool = False

    team_admin_dashboard: bool = False
    usage_analytics: bool = False
    role_based_access: bool = False
    invite_management: bool = False

    sso_integration: bool = False
    scim_provisioning: bool = False
    audit_logs: bool = False
    data_export: bool = False
    custom_branding: bool = False
    dedicated_account_manager: bool = False
    api_rate_limit_customization: bool = False
    webhooks: bool = False
    ip_whitelisting: bool = False

    sla_guarantee: bool = False
    custom_model_fine_tuning: bool = False
    dedicated_infrastructure: bool = False
    multi_region_deployment: bool = False
    on_premise_deployment: bool = False


class SubscriptionTier(NamedTuple):
    """One thing a tenant can subscribe to.

    ``display_name`` and ``description`` are what to show where ``localization_key`` has no
    translation. ``included_credits_per_user`` is granted each month and seat.
    """

    id: SubscriptionTierId
    display_name: str
    description: str
    localization_key: str
    pricing: Pricing
    included_credits_per_user: Decimal
    rate_limits: RateLimits
    features: TierFeatures
    available_add_ons: tuple[AddOnId, ...]
    sort_order: int
    included_add_ons: tuple[AddOnId, ...] = ()
    is_public: bool = True
    badge: str | None = None


class AddOn(NamedTuple):
    """Something a tenant can add to a tier.

    Prices are as in :class:`Pricing`; None is a price that sales agrees with the customer.
    """

    id: AddOnId
    display_name: str
    description: str
    localization_key: str
    monthly: int | None
    annual: int | None
    per_user: bool
    features: tuple[str, ...]
