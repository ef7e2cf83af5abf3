"""Usage is read from the roll-ups: summed up, or by what one asks for."""

from datetime import timedelta
from decimal import Decimal

from handlers.domain.metering import reading
from handlers.platform.database import sessions

from .conftest import usage


def _summary(tenant, first, last):
    with sessions.tenant_session(tenant) as session:
        return reading.summary(session, tenant, first.date(), last.date())


def test_a_summary_counts_the_days_it_is_asked_for(record, price, tenant, clock):
    price("1", valid_from=clock() - timedelta(days=10))
    for ago in range(4):
        record(
            tenant,
            usage(f"a{ago}", occurred_at=clock() - timedelta(days=ago), latency_ms=10 * ago),
            usage(f"b{ago}", occurred_at=clock() - timedelta(days=ago), cached=True, model_id="x"),
        )
    (sums,) = _summary(tenant, clock() - timedelta(days=2), clock() - timedelta(days=1))
    assert (sums.request_count, sums.input_tokens, sums.output_tokens) == (4, 4000, 2000)
    assert (sums.cached_count, sums.phi_count, sums.estimated_count) == (2, 0, 2)
    # 10, 20, 40 and 40, to the nearest millisecond
    assert sums.average_latency_ms == 28
    assert sums.provider_cost == 2 * Decimal("0.001") + 2 * Decimal("0.002")


def test_what_was_taken_back_altogether_is_not_listed(record, tenant, clock):
    record(tenant, usage("a", model_id="wrong"))
    record(tenant, usage("b", model_id="right", corrects="a"))
    with sessions.tenant_session(tenant) as session:
        day = clock().date()
        found = reading.groups(session, tenant, day, day, ["model"], limit=10)
    assert [group.model_id for group in found.items] == ["right"]


def test_pages_hold_every_group_once_in_order(record, tenant, clock):
    events = [
        usage(f"{model}-{ago}", model_id=model, occurred_at=clock() - timedelta(days=ago))
        for ago in range(3)
        for model in ("b", "a", "c")
    ]
    record(tenant, *events)
    first, last = (clock() - timedelta(days=2)).date(), clock().date()
    with sessions.tenant_session(tenant) as session:
        whole = reading.groups(session, tenant, first, last, ["day", "model"], limit=100)
        seen, after = [], None
        for _ in range(5):
            found = reading.groups(
                session, tenant, first, last, ["day", "model"], limit=2, after=after
            )
            seen += found.items
            after = found.items[-1].key
    assert [*whole.items] == seen
    assert [group.key for group in seen] == sorted(group.key for group in seen)
    assert len(seen) == 9
