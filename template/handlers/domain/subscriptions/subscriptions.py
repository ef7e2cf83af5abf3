"""Subscriptions: what a tenant pays for, and until when it has paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.catalog.tier import AddOnId, BillingCycle, SubscriptionTierId
from handlers.domain import tenants
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.domain.subscriptions.periods import period
from handlers.domain.subscriptions.pricing import SubscriptionPrice, price_of
from handlers.platform.base.errors import Conflict, FieldError, Unprocessable
from handlers.platform.base.ids import SubscriptionId, TenantId, new_id
from handlers.platform.database.sessions import Session

SubscriptionStatus = Literal["trialing", "active", "past_due", "canceled", "unpaid", "paused"]

# Who is late with a payment keeps what the plan includes until dunning ends in "unpaid".
ENTITLED_STATUSES: Final[tuple[SubscriptionStatus, ...]] = ("trialing", "active", "past_due")

TRIAL: Final = timedelta(days=14)

_COLUMNS: Final = """
           tenant_id, subscription_id, tier_id, billing_cycle, seat_count, add_ons,
           unit_price_minor, total_price_minor, currency, status, current_period_start,
           current_period_end, trial_start, trial_end, cancel_at_period_end, canceled_at,
           cancellation_reason, created_at, updated_at
"""
# The partial unique index on live subscriptions decides between two callers at once: the later
# one waits for the first to commit, then inserts nothing.
_INSERT: Final = f"""
    INSERT INTO subscriptions (
        tenant_id, subscription_id, tier_id, billing_cycle, seat_count, add_ons,
        unit_price_minor, total_price_minor, currency, status, current_period_start,
        current_period_end, trial_start, trial_end, cancel_at_period_end, created_at, updated_at
    )
    VALUES (
        %(tenant)s, %(id)s, %(tier)s, %(cycle)s, %(seats)s, %(add_ons)s,
        %(unit)s, %(total)s, %(currency)s, %(status)s, %(start)s,
        %(end)s, %(trial_start)s, %(trial_end)s, false, %(now)s, %(now)s
    )
    ON CONFLICT DO NOTHING
    RETURNING {_COLUMNS}
"""  # noqa: S608 - our own columns
_PAGE: Final = f"""
    SELECT {_COLUMNS}
      FROM subscriptions
     WHERE tenant_id = %(tenant)s
       AND (%(after)s::uuid IS NULL OR subscription_id < %(after)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY subscription_id DESC
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own columns
_READ: Final = f"""
    SELECT {_COLUMNS}
      FROM subscriptions
     WHERE tenant_id = %s AND subscription_id = %s
"""  # noqa: S608 - our own columns
_DUE: Final = f"""
    SELECT {_COLUMNS}
      FROM subscriptions
     WHERE tenant_id = %(tenant)s AND status = ANY(%(statuses)s)
       AND current_period_end <= %(until)s
     ORDER BY subscription_id
"""  # noqa: S608 - our own columns
_LOCK_DUE: Final = _DUE + " FOR NO KEY UPDATE"
_EVER: Final = "SELECT 1 FROM subscriptions WHERE tenant_id = %s LIMIT 1"


class SubscriptionOrder(NamedTuple):
    """What a tenant asks for, in the currency it is billed in."""

    tier_id: SubscriptionTierId
    billing_cycle: BillingCycle
    seat_count: int
    currency: str
    add_ons: tuple[AddOnId, ...] = ()
    trial: bool = False


class Subscription(NamedTuple):
    """A subscription as it stands in the database; prices are per billing period."""

    tenant_id: TenantId
    subscription_id: SubscriptionId
    tier_id: SubscriptionTierId
    billing_cycle: BillingCycle
    seat_count: int
    add_ons: Sequence[AddOnId]
    unit_price_minor: int
    total_price_minor: int
    currency: str
    status: SubscriptionStatus
    current_period_start: datetime
    current_period_end: datetime
    trial_start: datetime | None
    trial_end: datetime | None
    cancel_at_period_end: bool
    canceled_at: datetime | None
    cancellation_reason: str | None
    created_at: datetime
    updated_at: datetime


def create(
    session: Session, now: datetime, tenant_id: TenantId, order: SubscriptionOrder, origin: Origin
) -> Subscription:
    """Subscribe a tenant from now on and publish it.

    Raises:
        Unprocessable: The tier cannot be ordered like this.
        Conflict: The tenant has a live subscription already.
    """
    price = price_of(
        order.tier_id,
        order.billing_cycle,
        order.seat_count,
        order.add_ons,
        order.currency,
    )
    if order.trial:
        _check_trial(session, tenant_id, price)
    subscription = _insert(session, now, tenant_id, order, price)
    _publish(session, now, subscription, price, origin)
    return subscription


def find_all(
    session: Session,
    tenant_id: TenantId,
    *,
    limit: int,
    after: UUID | None = None,
    status: SubscriptionStatus | None = None,
) -> Page[Subscription]:
    """List a tenant's subscriptions, the newest first."""
    values = {"tenant": tenant_id, "after": after, "status": status}
    return read_page(session, _PAGE, values, limit, Subscription, "subscription_id")


def read(session: Session, tenant_id: TenantId, subscription_id: SubscriptionId) -> Subscription:
    """Read one subscription.

    Raises:
        NotFound: The tenant has none with this id.
    """
    row = session.one(_READ, [tenant_id, subscription_id])
    return item_of(row, Subscription, "subscription")


def find_due(
    session: Session, tenant_id: TenantId, until: datetime, *, locked: bool
) -> list[Subscription]:
    """Read the subscriptions whose term ends up to a moment and that go on, or end, then.

    Who has paused, or was given up as unpaid, is not charged for another term.
    """
    values = {"tenant": tenant_id, "statuses": list(ENTITLED_STATUSES), "until": until}
    rows = session.all(_LOCK_DUE if locked else _DUE, values)
    return [Subscription(**row) for row in rows]


def _check_trial(session: Session, tenant_id: TenantId, price: SubscriptionPrice) -> None:
    """Let a tenant try before it buys, once: cancelling does not buy another trial."""
    if price.total.amount_minor == 0:
        fault = "a plan that costs nothing has no trial"
    elif session.one(_EVER, [tenant_id]):
        fault = "only a tenant's first subscription can start with a trial"
    else:
        return
    raise Unprocessable("This subscription has no trial.", [FieldError("/trial", fault)])


def _insert(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    order: SubscriptionOrder,
    price: SubscriptionPrice,
) -> Subscription:
    start, end = (now, now + TRIAL) if order.trial else period(now, order.billing_cycle, 0)
    values = {
        "tenant": tenant_id,
        "id": new_id(now),
        "tier": order.tier_id,
        "cycle": order.billing_cycle,
        "seats": order.seat_count,
        "add_ons": list(order.add_ons),
        "unit": price.unit.amount_minor,
        "total": price.total.amount_minor,
        "currency": price.currency,
        "status": "trialing" if order.trial else "active",
        "start": start,
        "end": end,
        "trial_start": start if order.trial else None,
        "trial_end": end if order.trial else None,
        "now": now,
    }
    row = session.one(_INSERT, values)
    if row is None:
        raise Conflict(
            "The tenant has a live subscription already: change that one, or cancel it first."
        )
    return Subscription(**row)


def _publish(
    session: Session, now: datetime, created: Subscription, price: SubscriptionPrice, origin: Origin
) -> None:
    """Publish the subscription with the price agreed at this moment.

    The lines travel with the event, so that the invoice shows what was agreed even if the price
    list changes before it is written. A trial is agreed and not yet due: its lines are empty.
    """
    tenant = tenants.read(session, created.tenant_id)
    lines = () if created.status == "trialing" else price.lines
    data: Mapping[str, Any] = {
        "tenantName": tenant.name,
        "tenantEmail": tenant.email,
        "subscriptionId": str(created.subscription_id),
        "planId": created.tier_id,
        "billingCycle": created.billing_cycle,
        "seatCount": created.seat_count,
        "addOns": list(created.add_ons),
        "amount": sum(line.amount.amount_minor for line in lines),
        "currency": created.currency,
        "lines": [line.to_event() for line in lines],
        "periodStart": created.current_period_start.isoformat(),
        "periodEnd": created.current_period_end.isoformat(),
    }
    publish_change(session, now, "subscription.created", data, origin)
