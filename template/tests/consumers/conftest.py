"""Events as SQS delivers them to a consumer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from generator.testing import Database

from handlers.domain import subscriptions
from handlers.domain.invoices import Invoice
from handlers.domain.origin import Origin
from handlers.domain.subscriptions import Order
from handlers.platform import db
from handlers.platform.events import Event
from handlers.platform.ids import EventId, TenantId, new_id

from ..collecting import issue, pay_automatically, pay_with, published

ORIGIN = Origin("user:peter", UUID(int=0xC0FFEE))


def sqs(*events: Event | str) -> dict[str, Any]:
    """Wrap events, or raw bodies, into a batch."""
    records = [
        {
            "messageId": f"message-{number}",
            "receiptHandle": f"handle-{number}",
            "body": event if isinstance(event, str) else event.model_dump_json(by_alias=True),
            "messageAttributes": {},
        }
        for number, event in enumerate(events)
    ]
    return {"Records": records}


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def make_event(tenant_id: TenantId, event_type: str, data: dict[str, Any], now: datetime) -> Event:
    return Event(
        event_id=EventId(new_id(now)),
        event_type=event_type,
        tenant_id=tenant_id,
        occurred_at=now,
        data=data,
        correlation_id=UUID(int=0xC0FFEE),
    )


Subscribe = Callable[..., Event]
Bill = Callable[..., Invoice]


@pytest.fixture
def bill(make_tenant: Any, clock: Any) -> Bill:
    """Bill a tenant that pays with a card, or automatically with none."""

    def bill(card: str | None = None, *, auto_pay: bool = True) -> Invoice:
        tenant = make_tenant()
        if card is not None:
            pay_with(tenant, card, clock())
        pay_automatically(tenant, auto_pay, clock())
        clock.forward(seconds=1)  # ids are in the order of time
        return issue(tenant, clock())

    return bill


@pytest.fixture
def subscribe(database: Database, clock: Any) -> Subscribe:
    """Subscribe a tenant and give the event that says so; its old subscription is cancelled."""

    def subscribe(tenant_id: TenantId, **order: Any) -> Event:
        clock.forward(seconds=1)  # ids are in the order of time
        wanted = {"tier_id": "TEAM", "billing_cycle": "monthly", "seat_count": 3} | order
        with db.tenant_session(tenant_id) as session:
            session.execute(
                "UPDATE subscriptions SET status = 'canceled', canceled_at = %s"
                " WHERE status <> 'canceled'",
                [clock()],
            )
            order_made = Order(currency="USD", **wanted)
            subscriptions.create(session, clock(), tenant_id, order_made, ORIGIN)
        mine = [e for e in published("subscription.created") if e.tenant_id == tenant_id]
        return mine[-1]

    return subscribe
