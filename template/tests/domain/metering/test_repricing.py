"""A price that is dated back prices open usage anew; what is invoiced stays as it was charged."""

from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.jobs import reprice_usage
from handlers.platform.database import sessions

from .conftest import close, rollups, usage

MILLION = {"input_tokens": 10**6, "output_tokens": 0}


@pytest.fixture
def reprice(clock, context):
    """Run the job when no batch is under way any more that began before the price."""

    def reprice() -> int:
        clock.forward(minutes=3)
        return reprice_usage.reprice(clock, context)

    return reprice


def _costs(tenant):
    return [
        (row["day"].day, row["estimated"], row["request_count"], row["provider_cost"])
        for row in rollups(tenant)
    ]


def test_estimated_usage_gets_its_price(record, price, reprice, tenant, clock):
    for ago in (3, 2, 1):
        at = clock() - timedelta(days=ago)
        record(tenant, usage(f"a{ago}", occurred_at=at, **MILLION))
    price("5", valid_from=clock() - timedelta(days=2))
    assert _costs(tenant) == [(26, True, 1, 1), (27, True, 1, 1), (28, True, 1, 1)]
    assert reprice() == 1
    assert _costs(tenant) == [(26, True, 1, 1), (27, False, 1, 5), (28, False, 1, 5)]
    (again,) = record(tenant, usage("a1", **MILLION))
    assert (again.status, again.provider_cost, again.estimated) == ("duplicate", 5, False)


def test_doing_it_again_changes_nothing(record, price, reprice, tenant, clock, operator):
    record(tenant, usage("a", occurred_at=clock() - timedelta(days=1), **MILLION))
    price("5", valid_from=clock() - timedelta(days=2))
    assert reprice() == 1
    before = rollups(tenant)
    assert reprice() == 0
    with sessions.tenant_session(operator) as session:
        session.execute("UPDATE model_prices SET applied_at = NULL")
    assert reprice() == 1
    assert rollups(tenant) == before


def test_what_is_invoiced_stays(record, price, reprice, tenant, clock):
    for ago in (4, 1):
        at = clock() - timedelta(days=ago)
        record(tenant, usage(f"a{ago}", occurred_at=at, **MILLION))
    close(tenant, clock() - timedelta(days=2))
    # late: of a closed day, and billed in the open period
    record(tenant, usage("late", occurred_at=clock() - timedelta(days=4), **MILLION))
    price("5", valid_from=clock() - timedelta(days=10))
    reprice()
    rows = [(row["billed_on"].day, row["day"].day, row["provider_cost"]) for row in rollups(tenant)]
    assert rows == [(25, 25, 1), (27, 25, 5), (28, 28, 5)]


def test_only_the_price_between_two_others_is_looked_at(record, price, reprice, tenant, clock):
    price("1", valid_from=clock() - timedelta(days=9))
    price("3", valid_from=clock() - timedelta(days=3))
    for ago in (8, 5, 2):
        at = clock() - timedelta(days=ago)
        record(tenant, usage(f"a{ago}", occurred_at=at, **MILLION))
    price("2", valid_from=clock() - timedelta(days=6))
    reprice()
    assert [cost for *_, cost in _costs(tenant)] == [1, 2, 3]


def test_corrected_events_do_not_come_back(record, price, reprice, tenant, clock):
    day = clock() - timedelta(days=1)
    record(tenant, usage("a", occurred_at=day, **MILLION))
    record(tenant, usage("b", occurred_at=day, corrects="a", input_tokens=500_000, output_tokens=0))
    price("8", valid_from=clock() - timedelta(days=2))
    reprice()
    assert _costs(tenant) == [(28, False, 1, Decimal(4))]


def test_every_tenant_is_priced_and_no_other_model_or_currency(
    record, price, reprice, make_tenant, clock
):
    ours, theirs = make_tenant(), make_tenant("Globex")
    for tenant in (ours, theirs):
        record(tenant, usage("a", **MILLION), usage("b", model_id="other", **MILLION))
    price("5", valid_from=clock() - timedelta(days=2))
    price("7", model_id="other", currency="EUR", valid_from=clock() - timedelta(days=2))
    assert reprice() == 2
    for tenant in (ours, theirs):
        assert [row["provider_cost"] for row in rollups(tenant)] == [5, 1]


def test_a_price_waits_until_no_batch_is_under_way_that_has_not_seen_it(
    price, record, tenant, clock, context
):
    price("5")
    assert reprice_usage.reprice(clock, context) == 0


def test_without_time_it_is_left_for_the_next_run(record, price, reprice, tenant, clock, context):
    record(tenant, usage("a", **MILLION))
    price("5", valid_from=clock() - timedelta(days=2))
    context.remaining_ms = 5_000
    assert reprice() == 0
    context.remaining_ms = 60_000
    assert reprice() == 1


def test_the_handler_tells_what_it_did(record, tenant, context):
    assert reprice_usage.handler({}, context) == {"models": 0}
