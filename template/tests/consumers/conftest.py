"""Tenants that subscribe."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from saasgen.testing import Database

from handlers.domain.base.origin import Origin
from handlers.domain.subscriptions import subscriptions
from handlers.domain.subscriptions.subscriptions import SubscriptionOrder
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from ..collecting import published

ORIGIN = Origin("user:peter", UUID(int=0xC0FFEE))


Subscribe = Callable[..., Event]


@pytest.fixture
def subscribe(database: Database, clock: Any) -> Subscribe:
    """Subscribe a tenant and give the event that says so; its old subscription is cancelled."""

    def subscribe(tenant_id: TenantId, **order: Any) -> Event:
        clock.forward(seconds=1)  # ids are in the order of time
        wanted = {"tier_id": "TEAM", "billing_cycle": "monthly", "seat_count": 3} | order
        with sessions.tenant_session(tenant_id) as session:
            session.execute(
                "UPDATE subscriptions SET status = 'canceled', canceled_at = %s"
                " WHERE status <> 'canceled'",
                [clock()],
            )
            order_made = SubscriptionOrder(currency="USD", **wanted)
            subscriptions.create(session, clock(), tenant_id, order_made, ORIGIN)
        mine = [e for e in published("subscription.created") if e.tenant_id == tenant_id]
        return mine[-1]

    return subscribe
