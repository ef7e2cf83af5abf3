"""Usage, subscriptions and invoices of tenants, for tests of billing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from handlers.domain.base.origin import Origin
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import Invoice
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.ids import SubscriptionId, TenantId, new_id
from handlers.platform.database import sessions

ORIGIN = Origin("user:peter", UUID(int=0xC0FFEE))
SELLER = Sender("Acme Billing", "Acme Inc.")

_USE = """
    INSERT INTO usage_rollups (tenant_id, billed_on, day, model_id, provider_id, user_id,
           request_type, currency, estimated, request_count, input_tokens, output_tokens,
           cached_count, phi_count, latency_ms_total, provider_cost)
    VALUES (%(tenant)s,
            greatest(%(day)s, coalesce((SELECT closed_until FROM usage_closings), %(day)s)),
            %(day)s, %(model)s, 'example-ai', 'u', 'chat', %(currency)s, false, 10, 1000, 2000, 0,
            0, 500, %(cost)s)
    ON CONFLICT ON CONSTRAINT usage_rollups_pkey DO UPDATE
       SET provider_cost = usage_rollups.provider_cost + excluded.provider_cost
"""
_SETTLE = """
    INSERT INTO billing_settings (tenant_id, currency, margin_percent, margin_type, margin_tiers,
           tax_enabled, tax_percent, billing_cycle_day, budget_limit_minor, created_at, updated_at)
    VALUES (%(tenant)s, %(currency)s, %(margin)s, %(margin_type)s, %(tiers)s, %(tax)s > 0, %(tax)s,
            %(cycle_day)s, %(budget)s, now(), now())
    ON CONFLICT (tenant_id) DO UPDATE
       SET currency = excluded.currency, margin_percent = excluded.margin_percent,
           tax_enabled = excluded.tax_enabled, tax_percent = excluded.tax_percent,
           billing_cycle_day = excluded.billing_cycle_day,
           budget_limit_minor = excluded.budget_limit_minor
"""
_SUBSCRIBE = """
    INSERT INTO subscriptions (tenant_id, subscription_id, tier_id, billing_cycle, seat_count,
           unit_price_minor, total_price_minor, currency, status, current_period_start,
           current_period_end, trial_start, trial_end, cancel_at_period_end, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(tier)s, %(cycle)s, %(seats)s, 1, 1, 'USD', %(status)s, %(start)s,
            %(end)s, %(trial_start)s, %(trial_end)s, %(ends)s, %(start)s, %(start)s)
"""


def take_in(start: datetime, name: str = "Initech") -> TenantId:
    """Make a tenant whose first day is that of a moment."""
    tenant = TenantId(new_id(datetime(2026, 1, 1, tzinfo=UTC)))
    with sessions.service_session() as session:
        session.execute(
            "INSERT INTO tenants (tenant_id, name, email, created_at, updated_at)"
            " VALUES (%s, %s, 'admin@initech.example', %s, %s)",
            [tenant, name, start, start],
        )
    return tenant


def use(tenant: TenantId, day: date, cost: str, model: str = "m-1", currency: str = "USD") -> None:
    """Record usage of a day that cost us so much."""
    values = {"tenant": tenant, "day": day, "cost": Decimal(cost), "model": model}
    with sessions.tenant_session(tenant) as session:
        session.execute(_USE, values | {"currency": currency})


def settle_on(tenant: TenantId, **terms: Any) -> None:
    """Store how a tenant is billed; what is not said is as by default."""
    tiers = terms.pop("tiers", None)
    values = {
        "currency": "USD",
        "margin": Decimal(20),
        "margin_type": "fixed" if tiers is None else "tiered",
        "tiers": Jsonb(tiers or []),
        "tax": Decimal(0),
        "cycle_day": 1,
        "budget": None,
    }
    with sessions.tenant_session(tenant) as session:
        session.execute(_SETTLE, {**values, **terms, "tenant": tenant})


def subscribe(
    tenant: TenantId, start: datetime, end: datetime, *, trial: bool = False, **order: Any
) -> SubscriptionId:
    """Subscribe a tenant; its first term, or its trial, ends at a moment."""
    subscription = SubscriptionId(uuid4())
    values = {
        "tier": "TEAM",
        "cycle": "monthly",
        "seats": 2,
        "status": "trialing" if trial else "active",
        "trial_start": start if trial else None,
        "trial_end": end if trial else None,
        "ends": False,
    }
    values |= {"tenant": tenant, "id": subscription, "start": start, "end": end}
    with sessions.tenant_session(tenant) as session:
        session.execute(_SUBSCRIBE, values | order)
    return subscription


def invoices_of(tenant: TenantId) -> list[Invoice]:
    """Read a tenant's invoices with their lines, the oldest first."""
    with sessions.tenant_session(tenant) as session:
        found = invoices.find_all(session, tenant, limit=100).items[::-1]
        return [invoices.read(session, tenant, invoice.invoice_id) for invoice in found]


def events_of(tenant: TenantId, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Read a tenant's events, the oldest first."""
    with sessions.tenant_session(tenant) as session:
        rows = session.all("SELECT event_type, payload FROM outbox ORDER BY event_id")
    told = [(row["event_type"], row["payload"]) for row in rows]
    return [(name, data) for name, data in told if name.startswith(prefix)]


def essence(invoice: Invoice) -> tuple[Any, ...]:
    """Give what of an invoice is the same whenever, and by whomever, it is made."""
    return (
        invoice.number,
        invoice.reason,
        invoice.status,
        invoice.period_start,
        invoice.period_end,
        invoice.currency,
        invoice.total_minor,
        invoice.tax_minor,
        invoice.margin,
        tuple(invoice.lines),
    )
