"""How a tenant is billed: margin, tax, cycle, currency, budget."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from psycopg.types.json import Jsonb

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

MarginType = Literal["fixed", "tiered"]

OPERATOR_TERMS: Final = frozenset(
    {"margin_percent", "margin_type", "margin_tiers", "tax_enabled", "tax_percent"}
)
"""What the operator charges. A tenant pays by these, and does not set them for itself."""

COLUMNS: Final = """
    margin_percent, margin_type, margin_tiers, tax_enabled, tax_percent, tax_id,
    stripe_customer_id, default_payment_method_id, auto_pay, billing_cycle_day, currency,
    budget_limit_minor, alert_thresholds, mail_documents
"""
_READ: Final = f"""
    SELECT {COLUMNS}
      FROM billing_settings
     WHERE tenant_id = %(tenant)s
"""  # noqa: S608 - our own columns
_LOCK: Final = _READ + " FOR UPDATE"
_ENSURE: Final = """
    INSERT INTO billing_settings (tenant_id, currency, created_at, updated_at)
    VALUES (%(tenant)s, %(currency)s, %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
_UPDATE: Final = """
    UPDATE billing_settings
       SET margin_percent = %(margin_percent)s, margin_type = %(margin_type)s,
           margin_tiers = %(margin_tiers)s, tax_enabled = %(tax_enabled)s,
           tax_percent = %(tax_percent)s, tax_id = %(tax_id)s, auto_pay = %(auto_pay)s,
           billing_cycle_day = %(billing_cycle_day)s, currency = %(currency)s,
           budget_limit_minor = %(budget_limit_minor)s, alert_thresholds = %(alert_thresholds)s,
           mail_documents = %(mail_documents)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s
"""
_SET_CUSTOMER: Final = """
    UPDATE billing_settings SET stripe_customer_id = %(customer)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s
"""
_SET_METHOD: Final = """
    UPDATE billing_settings SET default_payment_method_id = %(method)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s
"""


class BillingSettings(NamedTuple):
    """A tenant's settings; the defaults are those of the table.

    Args:
        margin_percent: what comes on top of the cost of usage where the margin is fixed.
        margin_tiers: by rising usage, ``upToMinor`` (absent in the last) and ``marginPercent``.
        budget_limit_minor: what a period may cost in minor units; None for no limit.
        alert_thresholds: percentages of the budget, rising.
        mail_documents: whether mail about an invoice brings its document.
    """

    currency: str
    margin_percent: Decimal = Decimal("20.00")
    margin_type: MarginType = "fixed"
    margin_tiers: Sequence[Mapping[str, Any]] = ()
    tax_enabled: bool = False
    tax_percent: Decimal = Decimal("0.00")
    tax_id: str | None = None
    stripe_customer_id: str | None = None
    default_payment_method_id: str | None = None
    auto_pay: bool = False
    billing_cycle_day: int = 1
    budget_limit_minor: int | None = None
    alert_thresholds: Sequence[int] = (50, 75, 90, 100)
    mail_documents: bool = False

    @property
    def tax_due_percent(self) -> Decimal:
        """The tax that is charged: none while it is switched off."""
        return self.tax_percent if self.tax_enabled else Decimal(0)


def read(
    session: Session, tenant_id: TenantId, currency: str, *, locked: bool = False
) -> BillingSettings:
    """Read a tenant's settings.

    Args:
        session: In the tenant's context, or of the service.
        tenant_id: Whose settings.
        currency: The stack's, for who has not said anything yet.
        locked: Whether they must stay as they are until the transaction ends.
    """
    row = session.one(_LOCK if locked else _READ, {"tenant": tenant_id})
    return BillingSettings(currency) if row is None else BillingSettings(**row)


def ensure(session: Session, now: datetime, tenant_id: TenantId, currency: str) -> None:
    """Store the defaults of who has none yet, so that there is a row to lock."""
    session.execute(_ENSURE, {"tenant": tenant_id, "currency": currency, "now": now})


def replace(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    was: BillingSettings,
    wanted: BillingSettings,
    origin: Origin,
) -> None:
    """Store settings in place of those that were read under lock."""
    values = wanted._asdict() | {
        "margin_tiers": Jsonb(list(wanted.margin_tiers)),
        "alert_thresholds": list(wanted.alert_thresholds),
    }
    session.execute(_UPDATE, values | {"tenant": tenant_id, "now": now})
    publish_change(
        session,
        now,
        "billing_settings.changed",
        {"tenantId": str(tenant_id)},
        origin,
        before=state(was),
        after=state(wanted),
        tenant_id=tenant_id,
    )


def set_customer(session: Session, now: datetime, tenant_id: TenantId, customer: str) -> None:
    """Remember as whom the payment provider knows a tenant that has settings."""
    session.execute(_SET_CUSTOMER, {"tenant": tenant_id, "customer": customer, "now": now})


def set_payment_method(
    session: Session, now: datetime, tenant_id: TenantId, method: str | None
) -> None:
    """Remember what a tenant pays with, by the payment provider's id."""
    session.execute(_SET_METHOD, {"tenant": tenant_id, "method": method, "now": now})


def state(settings: BillingSettings) -> dict[str, Any]:
    """Write settings as JSON, decimals as strings."""
    return {
        "currency": settings.currency,
        "marginPercent": f"{settings.margin_percent:.2f}",
        "marginType": settings.margin_type,
        "marginTiers": [dict(tier) for tier in settings.margin_tiers],
        "taxEnabled": settings.tax_enabled,
        "taxPercent": f"{settings.tax_percent:.2f}",
        "taxId": settings.tax_id,
        "autoPay": settings.auto_pay,
        "billingCycleDay": settings.billing_cycle_day,
        "budgetLimitMinor": settings.budget_limit_minor,
        "alertThresholds": list(settings.alert_thresholds),
        "mailDocuments": settings.mail_documents,
    }
