"""How a tenant is billed."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from handlers.catalog.tier import camel
from handlers.domain import billing_settings
from handlers.domain.administrators import Administrator
from handlers.domain.approved_actions.action import Action, Approved, Place, nonsense
from handlers.domain.billing_settings import OPERATOR_TERMS, BillingSettings, MarginType
from handlers.platform.errors import FieldError, Forbidden, NotFound
from handlers.platform.shapes import Currency, Optional, Shape


def _two_places(text: str) -> str:
    return f"{Decimal(text):.2f}"


def _up_to_hundred(text: str) -> str:
    if Decimal(text) > 100:
        raise ValueError("must not be above 100")
    return text


def _rising(thresholds: list[int]) -> list[int]:
    if any(later <= earlier for earlier, later in pairwise(thresholds)):
        raise ValueError("must rise")
    return thresholds


# Decimals travel as strings: a float would not be what was approved.
Percent = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), AfterValidator(_two_places)
]
TaxPercent = Annotated[Percent, AfterValidator(_up_to_hundred)]
AmountMinor = Annotated[StrictInt, Field(ge=1, le=2**53 - 1)]
Threshold = Annotated[StrictInt, Field(ge=1, le=100)]
Thresholds = Annotated[list[Threshold], Field(max_length=10), AfterValidator(_rising)]
TaxId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ./-]{1,50}$")]


class MarginTier(Shape):
    """The margin on usage up to an amount; the last tier has none."""

    margin_percent: Percent
    up_to_minor: AmountMinor | None = None


class BillingFields(Shape):
    """What is to change; everything else stays. Null takes a tax number or a budget away."""

    margin_percent: Optional[Percent] = None
    margin_type: Optional[MarginType] = None
    margin_tiers: Optional[Annotated[list[MarginTier], Field(max_length=20)]] = None
    tax_enabled: Optional[StrictBool] = None
    tax_percent: Optional[TaxPercent] = None
    tax_id: TaxId | None = None
    auto_pay: Optional[StrictBool] = None
    billing_cycle_day: Optional[Annotated[StrictInt, Field(ge=1, le=28)]] = None
    currency: Optional[Currency] = None
    budget_limit_minor: AmountMinor | None = None
    alert_thresholds: Optional[Thresholds] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must change something")
        return self

    @model_validator(mode="after")
    def _tiers_lead_to_the_end(self) -> Self:
        bounds = [tier.up_to_minor for tier in self.margin_tiers or []]
        inner = [bound for bound in bounds[:-1] if bound is not None]
        is_open = not bounds or bounds[-1] is None
        if not is_open or len(inner) != max(0, len(bounds) - 1) or inner != sorted(set(inner)):
            raise ValueError("marginTiers must rise, and the last one must have no upToMinor")
        return self


class BillingChange(Action):
    """Other billing settings of the tenant."""

    resource_type: ClassVar[str] = "billing_settings"

    settings: BillingFields

    def state(self, place: Place) -> dict[str, Any]:
        """Read all settings, as they are billed by now."""
        if place.resource_id != str(place.tenant_id):
            raise NotFound.of("tenant")
        if place.is_locked:
            billing_settings.ensure(place.session, place.now, place.tenant_id, place.stack.currency)
        return billing_settings.state(self._current(place))

    def check(self, place: Place, state: dict[str, Any], requester: Administrator) -> None:  # noqa: ARG002
        """Refuse what the settings are already, and terms that are the operator's to set."""
        named = self.settings.model_fields_set & OPERATOR_TERMS
        if named and place.tenant_id != place.stack.operator:
            fields = [f"/details/settings/{camel(name)}" for name in sorted(named)]
            raise Forbidden(
                "Margin and tax are the operator's terms.",
                [FieldError(field, "is set by whom you pay") for field in fields],
            )
        wanted = self._wanted(self._current(place))
        if billing_settings.state(wanted) == state:
            raise nonsense("/details/settings", "are the settings already")
        if wanted.margin_type == "tiered" and not wanted.margin_tiers:
            raise nonsense("/details/settings/marginType", "tiered needs marginTiers")

    def execute(self, place: Place, approved: Approved) -> None:
        """Change the settings."""
        was = self._current(place)
        billing_settings.replace(
            place.session, place.now, place.tenant_id, was, self._wanted(was), approved.origin
        )

    def _current(self, place: Place) -> BillingSettings:
        return billing_settings.read(
            place.session, place.tenant_id, place.stack.currency, locked=place.is_locked
        )

    def _wanted(self, current: BillingSettings) -> BillingSettings:
        given: dict[str, Any] = self.settings.model_dump(exclude_unset=True)
        for name in {"margin_percent", "tax_percent"} & given.keys():
            given[name] = Decimal(given[name])
        if self.settings.margin_tiers is not None:
            given["margin_tiers"] = [_tier(tier) for tier in self.settings.margin_tiers]
        return current._replace(**given)


def _tier(tier: MarginTier) -> dict[str, Any]:
    return tier.model_dump(mode="json", by_alias=True, exclude_none=True)
