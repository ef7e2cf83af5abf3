from collections.abc import Callable
from typing import Any

import pytest

from handlers.consumers import write_audit
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..messages import failed, make_event, sqs
from .conftest import Subscribe

ABOUT = {"tenantId": "t-1", "name": "Initech"}
DATA: dict[str, Any] = ABOUT | {
    "actor": "user:peter",
    "address": "192.0.2.7",
    "agent": "curl/8.5",
    "before": {"status": "active"},
    "after": {"status": "suspended"},
}


def trail(tenant_id: TenantId) -> list[dict[str, Any]]:
    with sessions.tenant_session(tenant_id) as session:
        return session.all("SELECT * FROM audit_entries ORDER BY occurred_at, entry_id")


def test_an_event_leaves_an_entry(tenant: TenantId, context: Any, clock: Callable[[], Any]) -> None:
    event = make_event(tenant, "tenant.suspended", DATA, clock())
    assert failed(write_audit.handler(sqs(event), context)) == []
    (entry,) = trail(tenant)
    assert (entry["event_id"], entry["occurred_at"]) == (event.event_id, event.occurred_at)
    assert (entry["actor"], entry["action"]) == ("user:peter", "tenant.suspended")
    assert (entry["resource_type"], entry["resource_id"]) == ("tenant", "t-1")
    assert (entry["address"], entry["agent"]) == ("192.0.2.7", "curl/8.5")
    assert (entry["before"], entry["after"]) == (DATA["before"], DATA["after"])
    assert entry["detail"] == {**ABOUT, "correlationId": str(event.correlation_id)}


@pytest.mark.parametrize(
    ("event_type", "data", "subject"),
    [
        ("subscription.created", {"subscriptionId": "s-1"}, ("subscription", "s-1", "system")),
        ("invoice.generated", {"invoiceId": "i-1"}, ("invoice", "i-1", "system")),
        (
            "operator.list_tenants",
            {"tenantId": None, "actor": "user:op"},
            ("tenant", "*", "user:op"),
        ),
    ],
)
def test_an_entry_names_what_it_is_about(
    tenant: TenantId,
    context: Any,
    clock: Callable[[], Any],
    event_type: str,
    data: dict[str, Any],
    subject: tuple[str, str, str],
) -> None:
    write_audit.handler(sqs(make_event(tenant, event_type, data, clock())), context)
    (entry,) = trail(tenant)
    assert (entry["resource_type"], entry["resource_id"], entry["actor"]) == subject


def test_an_event_that_comes_again_is_entered_once(
    tenant: TenantId, subscribe: Subscribe, context: Any
) -> None:
    event = subscribe(tenant)
    for _ in range(3):
        assert failed(write_audit.handler(sqs(event, event), context)) == []
    assert len(trail(tenant)) == 1


def test_events_out_of_order_are_entered_by_the_time_they_happened(
    tenant: TenantId, context: Any, clock: Any
) -> None:
    events = []
    for event_type in ("tenant.suspended", "tenant.reactivated", "tenant.updated"):
        events.append(make_event(tenant, event_type, DATA, clock()))
        clock.forward(minutes=1)
    write_audit.handler(sqs(*reversed(events)), context)
    assert [entry["action"] for entry in trail(tenant)] == [e.event_type for e in events]


def test_an_event_nobody_defined_is_refused_and_the_others_are_entered(
    tenant: TenantId, context: Any, clock: Callable[[], Any]
) -> None:
    unknown = make_event(tenant, "moon.landed", {}, clock())
    known = make_event(tenant, "tenant.updated", DATA, clock())
    assert failed(write_audit.handler(sqs(unknown, known), context)) == ["message-0"]
    assert [entry["action"] for entry in trail(tenant)] == ["tenant.updated"]
