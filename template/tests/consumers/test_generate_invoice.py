import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from handlers.consumers import generate_invoice
from handlers.domain.base import publishing
from handlers.domain.billing import invoices
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..collecting import published
from ..messages import failed, make_event, sqs
from .conftest import Subscribe


def invoices_of(tenant_id: TenantId) -> list[invoices.Invoice]:
    with sessions.tenant_session(tenant_id) as session:
        found = invoices.find_all(session, tenant_id, limit=100).items
        return [invoices.read(session, tenant_id, invoice.invoice_id) for invoice in found][::-1]


def test_a_subscription_leads_to_an_invoice(
    tenant: TenantId, subscribe: Subscribe, context: Any
) -> None:
    event = subscribe(tenant, seat_count=4, add_ons=("COMPLIANCE_ADDON",))
    assert failed(generate_invoice.handler(sqs(event), context)) == []

    (invoice,) = invoices_of(tenant)
    assert (invoice.number, invoice.status, invoice.reason) == (1, "pending", "subscription_start")
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (20000, 0, 20000)
    assert invoice.due_at - invoice.issued_at == timedelta(days=14)
    assert [
        (line.line_number, line.kind, line.quantity, line.unit_amount_minor, line.amount_minor)
        for line in invoice.lines
    ] == [(1, "seats", 4, 2500, 10000), (2, "add_on", 4, 2500, 10000)]


def test_the_invoice_is_announced_in_the_same_chain_of_events(
    tenant: TenantId, subscribe: Subscribe, context: Any
) -> None:
    event = subscribe(tenant)
    generate_invoice.handler(sqs(event), context)

    (invoice,) = invoices_of(tenant)
    (generated,) = published("invoice.generated")
    assert (generated.data["status"], "number" in generated.data) == ("draft", False)
    (announced,) = published("invoice.finalized")
    assert announced.correlation_id == generated.correlation_id == event.correlation_id
    assert announced.data == {
        "actor": "generate_invoice",
        "invoiceId": str(invoice.invoice_id),
        "number": 1,
        "reason": "subscription_start",
        "status": "pending",
        "subscriptionId": event.data["subscriptionId"],
        "periodStart": invoice.period_start.isoformat(),
        "periodEnd": invoice.period_end.isoformat(),
        "amount": 7500,
        "currency": "USD",
        "dueAt": invoice.due_at.isoformat(),
        "tenantName": "Initech",
        "tenantEmail": "admin@initech.example",
    }


def test_an_event_delivered_twice_makes_one_invoice(
    tenant: TenantId, subscribe: Subscribe, context: Any
) -> None:
    event = subscribe(tenant)
    for _ in range(2):
        assert failed(generate_invoice.handler(sqs(event, event), context)) == []
    assert len(invoices_of(tenant)) == 1
    assert len(published("invoice.generated")) == 1


def test_another_event_about_the_same_period_makes_no_second_invoice_and_no_gap(
    tenant: TenantId, subscribe: Subscribe, context: Any, clock: Callable[[], Any]
) -> None:
    event = subscribe(tenant)
    repeated = make_event(tenant, event.event_type, event.data, clock())
    generate_invoice.handler(sqs(event), context)
    generate_invoice.handler(sqs(repeated), context)
    generate_invoice.handler(sqs(subscribe(tenant, tier_id="INDIVIDUAL", seat_count=1)), context)
    assert [invoice.number for invoice in invoices_of(tenant)] == [1, 2]


class Killed(BaseException):
    """What nothing catches, like the end of the process."""


def test_a_consumer_killed_between_its_effects_invoices_neither_twice_nor_never(
    tenant: TenantId, subscribe: Subscribe, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = subscribe(tenant)
    publish = publishing.publish

    def killed_after(*args: Any, **kwargs: Any) -> Any:
        publish(*args, **kwargs)  # every effect is written, nothing committed
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish", killed_after)
        with pytest.raises(Killed):
            generate_invoice.handler(sqs(event), context)
    assert invoices_of(tenant) == []
    assert published("invoice.generated") == []

    assert failed(generate_invoice.handler(sqs(event), context)) == []
    assert [invoice.number for invoice in invoices_of(tenant)] == [1]
    assert len(published("invoice.generated")) == 1


def test_a_failure_gives_the_number_back(
    tenant: TenantId, subscribe: Subscribe, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, fault = subscribe(tenant), RuntimeError("no")

    def explode(*_: Any, **__: Any) -> None:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish", explode)
        assert failed(generate_invoice.handler(sqs(first), context)) == ["message-0"]
    second = subscribe(tenant, tier_id="INDIVIDUAL", seat_count=1)
    # and the order of delivery does not matter
    generate_invoice.handler(sqs(second), context)
    generate_invoice.handler(sqs(first), context)

    made = invoices_of(tenant)
    assert [invoice.number for invoice in made] == [1, 2]
    assert [str(i.subscription_id) for i in made] == [
        e.data["subscriptionId"] for e in (second, first)
    ]


def test_many_consumers_at_once_number_without_gaps(
    tenant: TenantId, subscribe: Subscribe, context: Any
) -> None:
    events = [subscribe(tenant, seat_count=seats) for seats in range(2, 12)]

    def consume(number: int) -> list[str]:
        try:
            return failed(generate_invoice.handler(sqs(events[number % 10]), context))
        finally:
            sessions.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(consume, range(20))) == [[]] * 20
    assert sorted(invoice.number for invoice in invoices_of(tenant)) == list(range(1, 11))


def test_each_tenant_counts_for_itself(
    make_tenant: Callable[..., TenantId], subscribe: Subscribe, context: Any
) -> None:
    tenants = [make_tenant("One"), make_tenant("Two")]
    generate_invoice.handler(sqs(*(subscribe(tenant) for tenant in tenants)), context)
    assert [[i.number for i in invoices_of(tenant)] for tenant in tenants] == [[1], [1]]


@pytest.mark.parametrize("order", [{"tier_id": "FREE", "seat_count": 1}, {"trial": True}])
def test_where_there_is_nothing_to_pay_there_is_no_invoice(
    tenant: TenantId, subscribe: Subscribe, context: Any, order: dict[str, Any]
) -> None:
    assert failed(generate_invoice.handler(sqs(subscribe(tenant, **order)), context)) == []
    assert invoices_of(tenant) == []


def test_an_event_of_another_kind_is_refused_and_the_rest_of_the_batch_goes_on(
    tenant: TenantId, subscribe: Subscribe, context: Any, clock: Callable[[], Any]
) -> None:
    stray = make_event(tenant, "tenant.created", {}, clock())
    answer = generate_invoice.handler(sqs(stray, "{no json", subscribe(tenant)), context)
    assert failed(answer) == ["message-0", "message-1"]
    assert len(invoices_of(tenant)) == 1


def test_lines_that_do_not_add_up_are_refused(
    tenant: TenantId, subscribe: Subscribe, context: Any, clock: Callable[[], Any]
) -> None:
    event = subscribe(tenant)
    tampered = make_event(tenant, event.event_type, {**event.data, "amount": 1}, clock())
    assert failed(generate_invoice.handler(sqs(tampered), context)) == ["message-0"]
    assert invoices_of(tenant) == []


def test_an_event_about_another_tenants_subscription_makes_no_invoice(
    make_tenant: Callable[..., TenantId],
    subscribe: Subscribe,
    context: Any,
    clock: Callable[[], Any],
) -> None:
    victim, other = make_tenant("Victim"), make_tenant("Other")
    event = subscribe(victim)
    forged = make_event(other, event.event_type, event.data, clock())
    assert failed(generate_invoice.handler(sqs(forged), context)) == ["message-0"]
    assert invoices_of(other) == invoices_of(victim) == []


def test_time_and_amount_are_measured(
    tenant: TenantId, subscribe: Subscribe, context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    generate_invoice.handler(sqs(subscribe(tenant)), context)
    lines = [json.loads(x) for x in capsys.readouterr().out.splitlines() if '"_aws"' in x]
    (time,) = [line for line in lines if "invoice_generation_time" in line]
    (amount,) = [line for line in lines if "invoice_amount" in line]
    assert time["invoice_generation_time"][0] > 0
    assert amount["invoice_amount"] == [7500]
