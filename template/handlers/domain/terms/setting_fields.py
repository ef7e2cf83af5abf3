"""What may be changed of how a tenant is billed, and by whom."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from handlers.domain.terms.billing_settings import BillingSettings, MarginType
from handlers.platform.base.errors import FieldError, Unprocessable
from handlers.platform.base.json_models import Currency, Omittable, Shape


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


# Decimals travel as strings: a float would not be what was meant.
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


class TermsChange(Shape):
    """What is to change; everything else stays."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must change something")
        return self

    def applied_to(self, current: BillingSettings) -> BillingSettings:
        """Give the settings as they are wanted."""
        given: dict[str, Any] = self.model_dump(exclude_unset=True)
        for name in {"margin_percent", "tax_percent"} & given.keys():
            given[name] = Decimal(given[name])
        tiers: list[MarginTier] | None = getattr(self, "margin_tiers", None)
        if tiers is not None:
            given["margin_tiers"] = [_written(tier) for tier in tiers]
        return current._replace(**given)


class OperatorTerms(TermsChange):
    """What the operator charges: margin and tax."""

    margin_percent: Omittable[Percent] = None
    margin_type: Omittable[MarginType] = None
    margin_tiers: Omittable[Annotated[list[MarginTier], Field(max_length=20)]] = None
    tax_enabled: Omittable[StrictBool] = None
    tax_percent: Omittable[TaxPercent] = None

    @model_validator(mode="after")
    def _tiers_lead_to_the_end(self) -> Self:
        bounds = [tier.up_to_minor for tier in self.margin_tiers or []]
        inner = [bound for bound in bounds[:-1] if bound is not None]
        is_open = not bounds or bounds[-1] is None
        if not is_open or len(inner) != max(0, len(bounds) - 1) or inner != sorted(set(inner)):
            raise ValueError("marginTiers must rise, and the last one must have no upToMinor")
        return self


class TenantTerms(TermsChange):
    """What a tenant decides for itself. Null takes a tax number or a budget away."""

    tax_id: TaxId | None = None
    auto_pay: Omittable[StrictBool] = None
    billing_cycle_day: Omittable[Annotated[StrictInt, Field(ge=1, le=28)]] = None
    currency: Omittable[Currency] = None
    budget_limit_minor: AmountMinor | None = None
    alert_thresholds: Omittable[Thresholds] = None
    mail_documents: Omittable[StrictBool] = None


class BillingFields(OperatorTerms, TenantTerms):
    """Everything that may change. Null takes a tax number or a budget away."""


def require_whole(wanted: BillingSettings, field: str) -> None:
    """Refuse a tiered margin without tiers.

    Raises:
        Unprocessable: Naming the field.
    """
    if wanted.margin_type == "tiered" and not wanted.margin_tiers:
        raise Unprocessable(
            "The request makes no sense.", [FieldError(field, "tiered needs marginTiers")]
        )


def _written(tier: MarginTier) -> dict[str, Any]:
    return tier.model_dump(mode="json", by_alias=True, exclude_none=True)
