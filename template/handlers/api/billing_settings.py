"""How the tenant is billed; changed by an approval."""

from decimal import Decimal
from typing import Any, Self

from chalice.app import Blueprint
from pydantic import Field

from handlers.api.http.models import Answer
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import billing_settings as domain
from handlers.domain.billing_settings import MarginType
from handlers.platform.settings import settings


class BillingSettings(Answer):
    """How the tenant is billed; percentages are decimals in strings."""

    currency: str
    margin_percent: Decimal
    margin_type: MarginType
    margin_tiers: list[dict[str, Any]] = Field(
        description="By rising usage: `upToMinor`, absent in the last, and `marginPercent`."
    )
    tax_enabled: bool
    tax_percent: Decimal
    tax_id: str | None = None
    auto_pay: bool
    billing_cycle_day: int
    budget_limit_minor: int | None = Field(
        default=None, description="What a period may cost, in minor units."
    )
    alert_thresholds: list[int] = Field(description="Percentages of the budget.")

    @classmethod
    def of(cls, found: domain.BillingSettings) -> Self:
        """Show settings; what a payment provider knows the tenant by stays with us."""
        return cls.model_validate(found)


def billing_settings() -> Blueprint:
    """Make the blueprint."""
    blueprint = Blueprint(__name__)

    @route(
        blueprint,
        "GET",
        "/v1/billing/settings",
        permission="billing:read",
        answer=BillingSettings,
    )
    def read_billing_settings(call: Call) -> BillingSettings:
        """Read how the tenant is billed."""
        return BillingSettings.of(domain.read(call.session, call.tenant_id, settings().currency))

    return blueprint
