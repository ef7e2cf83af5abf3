"""Subscriptions: what the caller's tenant pays for."""

from datetime import datetime
from functools import partial
from typing import Final, Self
from uuid import UUID

from pydantic import Field

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Omittable, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import AddOnId, BillingCycle, SubscriptionTierId
from handlers.domain.subscriptions import subscriptions as domain
from handlers.domain.subscriptions.subscriptions import SubscriptionOrder, SubscriptionStatus
from handlers.platform.base import telemetry
from handlers.platform.base.ids import SubscriptionId
from handlers.platform.base.settings import settings

_THROTTLE: Final = Throttle(rate=25, burst=50)


class CreateSubscription(Body):
    """An order for a subscription."""

    tier_id: SubscriptionTierId
    billing_cycle: BillingCycle = "monthly"
    seat_count: Omittable[int] = Field(
        default=None, ge=1, le=1_000_000, description="By default the fewest the tier is sold with."
    )
    add_ons: list[AddOnId] = Field(default_factory=list, max_length=10)
    trial: bool = Field(default=False, description="Begin with 14 days that cost nothing.")

    def to_order(self, currency: str) -> SubscriptionOrder:
        """Say it in the domain's words."""
        return SubscriptionOrder(
            tier_id=self.tier_id,
            billing_cycle=self.billing_cycle,
            seat_count=self.seat_count or SUBSCRIPTION_TIERS[self.tier_id].pricing.min_users,
            add_ons=tuple(self.add_ons),
            trial=self.trial,
            currency=currency,
        )


class SubscriptionQuery(PageQuery):
    """Which subscriptions to list."""

    status: SubscriptionStatus | None = None


class Subscription(Answer):
    """A subscription; amounts are minor units of the currency per billing period."""

    subscription_id: UUID
    tenant_id: UUID
    tier_id: SubscriptionTierId
    billing_cycle: BillingCycle
    seat_count: int
    add_ons: list[AddOnId]
    unit_price_minor: int
    total_price_minor: int
    currency: str
    status: SubscriptionStatus
    current_period_start: datetime
    current_period_end: datetime
    trial_start: datetime | None = None
    trial_end: datetime | None = None
    cancel_at_period_end: bool
    canceled_at: datetime | None = None
    cancellation_reason: str | None = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, subscription: domain.Subscription) -> Self:
        """Show a subscription."""
        return cls.model_validate(subscription)


class SubscriptionList(Answer):
    """A page of subscriptions, the newest first."""

    items: list[Subscription]
    next_cursor: str | None = None


@route(
    "POST",
    "/v1/subscriptions",
    permission="subscriptions:write",
    body=CreateSubscription,
    answer=Subscription,
    status=201,
    location="/v1/subscriptions/{subscriptionId}",
    throttle=_THROTTLE,
)
def create_subscription(call: Call, body: CreateSubscription) -> Subscription:
    """Subscribe the caller's tenant from now on."""
    order = body.to_order(settings().currency)
    created = domain.create(call.session, call.now, call.tenant_id, order, call.origin)
    call.after_commit.append(partial(_measure, created))
    return Subscription.of(created)


@route(
    "GET",
    "/v1/subscriptions",
    permission="subscriptions:read",
    query=SubscriptionQuery,
    answer=SubscriptionList,
    throttle=_THROTTLE,
)
def list_subscriptions(call: Call, query: SubscriptionQuery) -> SubscriptionList:
    """List the tenant's subscriptions, the newest first."""
    page = domain.find_all(
        call.session,
        call.tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        status=query.status,
    )
    return SubscriptionList(
        items=[Subscription.of(subscription) for subscription in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "GET",
    "/v1/subscriptions/{subscriptionId}",
    permission="subscriptions:read",
    answer=Subscription,
    throttle=_THROTTLE,
)
def read_subscription(call: Call, subscription_id: UUID) -> Subscription:
    """Read a subscription."""
    subscription = domain.read(call.session, call.tenant_id, SubscriptionId(subscription_id))
    return Subscription.of(subscription)


def _measure(created: domain.Subscription) -> None:
    telemetry.count("subscription_count", PlanId=created.tier_id)
    telemetry.record(
        "subscription_revenue",
        created.total_price_minor,
        PlanId=created.tier_id,
        Currency=created.currency,
    )
    telemetry.log.info(
        "Subscription created",
        subscriptionId=str(created.subscription_id),
        planId=created.tier_id,
        billingCycle=created.billing_cycle,
        amount=created.total_price_minor,
    )
