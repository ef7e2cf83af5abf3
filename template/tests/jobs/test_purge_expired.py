"""The purge: only what has served, in bounded batches."""

from datetime import timedelta

import pytest

from handlers.jobs import purge_expired
from handlers.platform.base.ids import new_id
from handlers.platform.database import sessions
from handlers.platform.messaging import event_failures
from handlers.platform.messaging.events import publish, relay_batch
from handlers.platform.messaging.idempotency import Request, StoredAnswer, once
from handlers.platform.messaging.inbox import process_once

TABLES = [
    "idempotency_keys",
    "outbox",
    "processed_events",
    "event_failures",
    "deliveries",
    "stripe_events",
]
NEVER_HERE = ["administrator_notifications", "billing_run_items", "billing_runs"]


@pytest.fixture
def history(tenant, make_event, clock):
    """Leave one row of each kind behind, and an event that was never published."""
    with sessions.tenant_session(tenant) as session:
        publish(session, "test.published", {}, clock())
        process_once(session, "test", new_id(clock()), clock())
        once(session, Request(tenant, "r", "k", "h"), lambda: StoredAnswer(200, {}), clock())
        session.execute(
            "INSERT INTO deliveries (tenant_id, delivery_key, channel, recipient, state, fence,"
            " provider_id, lease_expires_at, created_at, updated_at)"
            " SELECT %(t)s, state, 'mail', 'a@b.example', state, 1, 'p', %(n)s, %(n)s, %(n)s"
            " FROM unnest(ARRAY['sent', 'uncertain']) AS state",
            {"t": tenant, "n": clock()},
        )
        session.execute(
            "INSERT INTO usage_event_keys (tenant_id, request_id, event_id, occurred_at)"
            " VALUES (%(t)s, 'request-1', %(t)s, %(n)s)",
            {"t": tenant, "n": clock()},
        )
    invoice = _collected_invoice(tenant, clock())
    with sessions.service_session() as session:
        session.execute(
            "INSERT INTO stripe_events (tenant_id, stripe_event_id, event_type, invoice_id,"
            " occurred_at, received_at) VALUES (%s, 'evt_1', 'invoice.paid', %s, %s, %s)",
            [tenant, invoice, clock(), clock()],
        )
        relay_batch(session, lambda events: {}, 10, clock())
    with sessions.tenant_session(tenant) as session:
        publish(session, "test.waiting", {}, clock())
    event_failures.record("test", make_event(tenant), ValueError("unlucky"), clock())


def _collected_invoice(tenant, now):
    """Store an invoice that Stripe collects."""
    row = {"t": tenant, "i": new_id(now), "s": new_id(now), "n": now}
    row["end"] = now + timedelta(days=31)
    with sessions.tenant_session(tenant) as session:
        session.execute(
            "INSERT INTO subscriptions (tenant_id, subscription_id, tier_id, billing_cycle,"
            " seat_count, unit_price_minor, total_price_minor, currency, status,"
            " current_period_start, current_period_end, created_at, updated_at) VALUES"
            " (%(t)s, %(s)s, 'TEAM', 'monthly', 1, 1, 1, 'USD', 'active', %(n)s, %(end)s, %(n)s,"
            " %(n)s)",
            row,
        )
        session.execute(
            "INSERT INTO invoices (tenant_id, invoice_id, number, subscription_id, reason,"
            " period_start, period_end, status, currency, subtotal_minor, tax_minor, total_minor,"
            " issued_at, due_at, created_at, updated_at) VALUES (%(t)s, %(i)s, 1, %(s)s, 'period',"
            " %(n)s, %(end)s, 'pending', 'USD', 1, 0, 1, %(n)s, %(end)s, %(n)s, %(n)s)",
            row,
        )
        session.execute(
            "INSERT INTO stripe_invoices (tenant_id, invoice_id, stripe_invoice_id, created_at,"
            " updated_at) VALUES (%(t)s, %(i)s, 'in_1', %(n)s, %(n)s)",
            row,
        )
    return row["i"]


@pytest.mark.parametrize(
    ("days", "deleted"),
    [
        (0, {}),
        (1, {"idempotency_keys": 1}),
        (6, {"idempotency_keys": 1}),
        (7, {"idempotency_keys": 1, "outbox": 1}),
        (29, {"idempotency_keys": 1, "outbox": 1}),
        (30, {"idempotency_keys": 1, "outbox": 1, "event_failures": 1}),
        (44, {"idempotency_keys": 1, "outbox": 1, "event_failures": 1}),
        (45, dict.fromkeys(TABLES, 1)),
        (91, dict.fromkeys(TABLES, 1)),
        (92, dict.fromkeys([*TABLES, "usage_event_keys"], 1)),
        (999, dict.fromkeys([*TABLES, "usage_event_keys"], 1)),
    ],
)
def test_rows_go_when_their_time_is_over(history, clock, context, days, deleted):
    clock.forward(days=days)
    nothing = dict.fromkeys([*TABLES, *NEVER_HERE, "usage_event_keys"], 0)
    assert purge_expired.purge(clock, context) == nothing | deleted
    assert purge_expired.purge(clock, context) == nothing


def test_an_unpublished_event_and_an_uncertain_delivery_stay(history, clock, context):
    clock.forward(days=999)
    purge_expired.purge(clock, context)
    with sessions.service_session() as session:
        assert session.all("SELECT event_type FROM outbox") == [{"event_type": "test.waiting"}]
        assert session.all("SELECT state FROM deliveries") == [{"state": "uncertain"}]


def test_batches_go_on_until_nothing_is_left(tenant, clock, context):
    with sessions.tenant_session(tenant) as session:
        for _ in range(7):
            process_once(session, "test", new_id(clock()), clock())
    clock.forward(days=45)
    assert purge_expired.purge(clock, context, batch=3)["processed_events"] == 7


def test_what_is_held_elsewhere_waits_for_the_next_run(history, database, clock, context):
    clock.forward(days=45)
    with database.connect("service") as other, other.transaction():
        other.execute("SELECT * FROM processed_events FOR UPDATE")
        assert purge_expired.purge(clock, context)["processed_events"] == 0
    assert purge_expired.purge(clock, context)["processed_events"] == 1


def test_notifications_go_when_they_expire(tenant, make_administrator, clock, context):
    owner = make_administrator(tenant).administrator_id
    with sessions.tenant_session(tenant) as session:
        for hours in (1, 2):
            session.execute(
                "INSERT INTO administrator_notifications (tenant_id, notification_id,"
                " administrator_id, event_id, category, priority, title, message, link_path,"
                " link_label, created_at, expires_at) VALUES (%(t)s, %(id)s, %(owner)s, %(id)s,"
                " 'system', 'low', 'News', '', '/', '', %(n)s, %(n)s + %(h)s * interval '1 hour')",
                {"t": tenant, "id": new_id(clock()), "owner": owner, "n": clock(), "h": hours},
            )
    left = [2, 1, 0]
    for expected in left:
        purge_expired.purge(clock, context)
        with sessions.service_session() as session:
            rows = session.all("SELECT 1 FROM administrator_notifications")
        assert len(rows) == expected
        clock.forward(hours=1)


@pytest.mark.parametrize(
    ("state", "days", "left"),
    [
        ("done", 89, (2, 1)),
        ("done", 90, (0, 1)),
        ("done", 399, (0, 1)),
        ("done", 400, (0, 0)),
        ("stopped", 999, (2, 1)),
    ],
)
def test_a_run_outlives_its_items_and_one_that_is_not_done_stays(
    tenant, make_tenant, clock, context, state, days, left
):
    billed = [tenant, make_tenant("Hooli")]
    with sessions.service_session() as session:
        values = {"operator": tenant, "run": new_id(clock()), "state": state, "now": clock()}
        session.execute(
            "INSERT INTO billing_runs (tenant_id, run_id, as_of, state, created_at, updated_at)"
            " VALUES (%(operator)s, %(run)s, %(now)s, %(state)s, %(now)s, %(now)s)",
            values,
        )
        session.execute(
            "INSERT INTO billing_run_items (tenant_id, run_id)"
            " SELECT tenant_id, %s FROM unnest(%s::uuid[]) AS tenant_id",
            [values["run"], billed],
        )
    clock.forward(days=days)
    purge_expired.purge(clock, context, batch=1)
    with sessions.service_session() as session:
        items = session.all("SELECT 1 FROM billing_run_items")
        runs = session.all("SELECT 1 FROM billing_runs")
    assert (len(items), len(runs)) == left


def test_it_stops_before_its_time_is_up(history, clock, context):
    context.remaining_ms = 9_000
    clock.forward(days=45)
    assert sum(purge_expired.purge(clock, context).values()) == 0


def test_the_handler_answers_what_it_deleted(database, context):
    assert purge_expired.handler({}, context)["outbox"] == 0
