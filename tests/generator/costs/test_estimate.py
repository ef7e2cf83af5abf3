"""What a stack is estimated to cost, by tier, environment and use."""

from decimal import Decimal

import pytest

from saasgen.costs.capacity import HOURS_PER_MONTH, billed_acu, proxy_acu_hours
from saasgen.costs.usage import Usage
from saasgen.tiers import ENVIRONMENTS, TIERS
from tests.generator.costs.estimates import PRICES, cost_of, estimate_of


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_is_the_sum_of_its_lines_and_each_price_is_used_once(
    tier: str, environment: str
):
    found = estimate_of(tier, environment)
    lines = [line for component in found.components for line in component.lines]

    assert found.per_month == sum(line.per_month for line in lines) > 0
    # a free allowance deducted twice would be one too many
    assert len({line.price for line in lines}) == len(lines)
    assert all(isinstance(line.per_month, Decimal) for line in lines)


def test_the_tiers_cost_more_from_one_to_the_next():
    totals = [estimate_of(tier).per_month for tier in TIERS]

    assert totals == sorted(totals)


def test_a_year_of_monthly_copies_is_paid_for_where_they_are_made():
    storage_gb = Decimal(100)
    costs = {
        environment: cost_of(
            estimate_of("growth", environment, aurora_storage_gb=storage_gb), "aurora_snapshot_gb"
        )
        for environment in ENVIRONMENTS
    }

    # twelve copies of 100 GB
    assert costs["dev"] == costs["staging"] == 0
    assert costs["prod"].quantize(Decimal("0.01")) == (12 * storage_gb * Decimal("0.021"))


def test_every_price_is_used_by_some_stack():
    used = {
        line.price
        for tier in TIERS
        for environment in ENVIRONMENTS
        for component in estimate_of(tier, environment, composite_alarms=1).components
        for line in component.lines
    }

    assert set(PRICES.prices) - used == {"http_api_request"}


@pytest.mark.parametrize("name", Usage.model_fields)
def test_every_assumption_counts(name: str):
    def total(value: str) -> Decimal:
        # the first pauses, the second has endpoints
        return sum(estimate_of(tier, **{name: value}).per_month for tier in ("seed", "growth"))

    assert total("0") < total("100")


@pytest.mark.parametrize(
    ("needed", "billed"), [("0", "1"), ("0.4", "1"), ("3", "3"), ("16", "16"), ("99", "16")]
)
def test_aurora_bills_what_is_needed_within_its_range(needed: str, billed: str):
    assert billed_acu(Decimal(needed), Decimal(1), Decimal(16)) == Decimal(billed)


def test_readers_are_as_large_as_the_writer():
    one = cost_of(estimate_of("startup", aurora_acu=4), "aurora_acu_hour")

    assert cost_of(estimate_of("growth", aurora_acu=4), "aurora_acu_hour") == 2 * one


def test_a_proxy_is_billed_for_8_acu_at_least():
    assert proxy_acu_hours(Decimal(2)) == 8 * HOURS_PER_MONTH
    assert cost_of(estimate_of("growth", aurora_acu=1), "rds_proxy_acu_hour") == Decimal("87.60")
    assert cost_of(estimate_of("startup"), "rds_proxy_acu_hour") == 0


def test_traffic_with_aws_goes_through_endpoints_where_there_are_any():
    without = estimate_of("startup", aws_api_gb=100, internet_gb=10)
    with_them = estimate_of("growth", aws_api_gb=100, internet_gb=10)

    assert cost_of(without, "nat_gateway_gb") == 110 * Decimal("0.045")
    assert cost_of(without, "interface_endpoint_gb") == 0
    assert cost_of(with_them, "nat_gateway_gb") == 10 * Decimal("0.045")
    assert cost_of(with_them, "interface_endpoint_gb") == 100 * Decimal("0.01")


def test_endpoints_are_billed_in_each_zone_of_the_tier():
    two, three = (
        cost_of(estimate_of(tier, interface_endpoints=6), "interface_endpoint_hour")
        for tier in ("growth", "scale")
    )

    assert three * 2 == two * 3


def test_provisioned_concurrency_is_billed_for_every_second():
    found = estimate_of("growth", function_memory_mb=512)

    seconds = 2 * 730 * 3600
    assert cost_of(found, "lambda_provisioned_gb_second") == (
        seconds * Decimal("0.5") * Decimal("0.0000033334")
    )


def test_longer_retention_stores_more_logs():
    stored = [cost_of(estimate_of("growth", env), "log_stored_gb") for env in ENVIRONMENTS]

    assert stored == sorted(set(stored))


def test_users_watched_for_threats_cost_more():
    plain, watched = (estimate_of("growth", env) for env in ("dev", "prod"))

    assert cost_of(watched, "cognito_protected_mau") > cost_of(plain, "cognito_mau")


def test_free_allowances_make_the_smallest_stack_cheaper():
    free = estimate_of("seed", free_tier=True)

    assert free.per_month < estimate_of("seed").per_month
    assert cost_of(free, "cognito_mau") == cost_of(free, "lambda_request") == 0
