"""How a tenant is billed: its own terms by itself or an approval, the rest by the operator."""

from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from pydantic import Field
from pydantic.alias_generators import to_camel

from handlers.api.http.models import Answer, Body
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import tenants
from handlers.domain.terms import billing_settings as domain
from handlers.domain.terms.billing_settings import OPERATOR_TERMS, MarginType
from handlers.domain.terms.setting_fields import (
    BillingFields,
    OperatorTerms,
    TermsChange,
    require_whole,
)
from handlers.platform.base.errors import Conflict, FieldError, Forbidden
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings


class ChangeBillingSettings(BillingFields, Body):
    """What is to change of how the tenant is billed; everything else stays.

    Null takes a tax number or a budget away. Margin and tax are for the operator's own tenant only.
    """


class SetOperatorTerms(OperatorTerms, Body):
    """What is to change of what the operator charges a tenant; everything else stays."""


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
    mail_documents: bool = Field(description="Whether mail about an invoice brings it as PDF.")

    @classmethod
    def of(cls, stored: domain.BillingSettings) -> Self:
        """Show settings; what a payment provider knows the tenant by stays with us."""
        return cls.model_validate(stored)


@route(
    "GET",
    "/v1/billing/settings",
    permission="billing:read",
    answer=BillingSettings,
)
def read_billing_settings(call: Call) -> BillingSettings:
    """Read how the tenant is billed."""
    return BillingSettings.of(domain.read(call.session, call.tenant_id, settings().currency))


@route(
    "PUT",
    "/v1/billing/settings",
    permission="billing:write",
    body=ChangeBillingSettings,
    answer=BillingSettings,
)
def change_billing_settings(call: Call, body: ChangeBillingSettings) -> BillingSettings:
    """Change how the tenant is billed, where no second person has to approve it."""
    if settings().two_person_approval:
        raise Conflict(
            "Here a second person approves this: request a billing_change by "
            "POST /v1/admin/approvals."
        )
    _require_own_terms(call, body)
    return _change(call, call.tenant_id, body)


@route(
    "PUT",
    "/v1/tenants/{tenantId}/billing-settings",
    permission="tenants:administer",
    body=SetOperatorTerms,
    answer=BillingSettings,
)
def set_operator_terms(call: Call, tenant_id: UUID, body: SetOperatorTerms) -> BillingSettings:
    """Set the margin and the tax that a tenant is billed with."""
    tenants.read(call.session, TenantId(tenant_id))
    return _change(call, TenantId(tenant_id), body)


def _require_own_terms(call: Call, body: ChangeBillingSettings) -> None:
    """Keep a customer from setting what it pays."""
    named = body.model_fields_set & OPERATOR_TERMS
    if named and not call.identity.is_operator:
        raise Forbidden(
            "Margin and tax are the operator's terms.",
            [FieldError(f"/{to_camel(name)}", "is set by whom you pay") for name in sorted(named)],
        )


def _change(call: Call, tenant_id: TenantId, terms: TermsChange) -> BillingSettings:
    session, now, currency = call.session, call.now, settings().currency
    domain.ensure(session, now, tenant_id, currency)
    was = domain.read(session, tenant_id, currency, locked=True)
    wanted = terms.applied_to(was)
    require_whole(wanted, "/marginType")
    if wanted != was:
        domain.replace(session, now, tenant_id, was, wanted, call.origin)
    return BillingSettings.of(wanted)
