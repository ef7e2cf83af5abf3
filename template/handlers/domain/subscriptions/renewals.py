"""Subscriptions that go on: the terms that fall due, and what each costs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.subscriptions.periods import next_boundary
from handlers.domain.subscriptions.pricing import SubscriptionPrice, price_of
from handlers.domain.subscriptions.subscriptions import Subscription
from handlers.platform.database.sessions import Session

_STORE: Final = """
    UPDATE subscriptions
       SET status = %(status)s, current_period_start = %(start)s, current_period_end = %(end)s,
           unit_price_minor = %(unit)s, total_price_minor = %(total)s,
           canceled_at = %(canceled_at)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND subscription_id = %(id)s
"""
_MOMENT: Final = timedelta(microseconds=1)


class SubscriptionTerm(NamedTuple):
    """One billing period of a subscription and its price."""

    start: datetime
    end: datetime
    price: SubscriptionPrice


class Renewal(NamedTuple):
    """A subscription as it will be, and the terms that it goes on for."""

    subscription: Subscription
    terms: Sequence[SubscriptionTerm]


def renew(subscription: Subscription, until: datetime) -> Renewal:
    """Let a subscription go on, as of the price list, until its term ends after a moment.

    A trial goes over into the first term that is paid. A subscription that was to end with its
    term ends then. Terms are counted from the beginning of the first one that is paid, so that one
    of 31 January renews on 28 February and then on 31 March again.
    """
    if subscription.current_period_end > until:
        return Renewal(subscription, ())
    if subscription.cancel_at_period_end:
        end = subscription.current_period_end
        return Renewal(subscription._replace(status="canceled", canceled_at=end), ())
    price = _price(subscription)
    anchor = _anchor(subscription)
    terms: list[SubscriptionTerm] = []
    end = subscription.current_period_end
    while end <= until:
        start, end = end, next_boundary(anchor, subscription.billing_cycle, end)
        terms.append(SubscriptionTerm(start, end, price))
    renewed = subscription._replace(
        status="active" if subscription.status == "trialing" else subscription.status,
        current_period_start=terms[-1].start,
        current_period_end=end,
        unit_price_minor=price.unit.amount_minor,
        total_price_minor=price.total.amount_minor,
    )
    return Renewal(renewed, terms)


def store(session: Session, now: datetime, renewal: Renewal, cause: UUID) -> None:
    """Write what became of a subscription, and publish it."""
    renewed = renewal.subscription
    values = {
        "tenant": renewed.tenant_id,
        "id": renewed.subscription_id,
        "status": renewed.status,
        "start": renewed.current_period_start,
        "end": renewed.current_period_end,
        "unit": renewed.unit_price_minor,
        "total": renewed.total_price_minor,
        "canceled_at": renewed.canceled_at,
        "now": now,
    }
    session.execute(_STORE, values)
    data = {
        "subscriptionId": str(renewed.subscription_id),
        "planId": renewed.tier_id,
        "status": renewed.status,
        "periodStart": renewed.current_period_start.isoformat(),
        "periodEnd": renewed.current_period_end.isoformat(),
    }
    ended = renewed.status == "canceled"
    event_type = "subscription.canceled" if ended else "subscription.renewed"
    publish_change(session, now, event_type, data, Origin("billing", cause))


def _anchor(subscription: Subscription) -> datetime:
    """Tell what terms are counted from; anew from a term that ended on another day than its own."""
    first, end = subscription.trial_end or subscription.created_at, subscription.current_period_end
    cycle = subscription.billing_cycle
    is_regular = end == first or next_boundary(first, cycle, end - _MOMENT) == end
    return first if is_regular else end


def _price(subscription: Subscription) -> SubscriptionPrice:
    return price_of(
        subscription.tier_id,
        subscription.billing_cycle,
        subscription.seat_count,
        subscription.add_ons,
        subscription.currency,
    )
