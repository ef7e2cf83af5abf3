"""The arithmetic against the tables of the design notes."""

from decimal import Decimal

import pytest

from saasgen.costs.capacity import HOURS_PER_MONTH
from tests.generator.costs.estimates import PRICES, cost_of, estimate_of


def _to_the_dollar(amount: Decimal) -> int:
    return int(amount)


def test_a_nat_gateway_is_32_dollars_and_two_are_64():
    hour = PRICES["nat_gateway_hour"]

    # Exactly 32.85 and 65.70: the notes cut the cents off one gateway and doubled what was left.
    assert hour.cost(HOURS_PER_MONTH) == Decimal("32.85")
    assert _to_the_dollar(hour.cost(HOURS_PER_MONTH)) == 32
    assert hour.cost(2 * HOURS_PER_MONTH) == Decimal("65.70")
    assert 2 * _to_the_dollar(hour.cost(HOURS_PER_MONTH)) == 64

    assert cost_of(estimate_of("seed"), "nat_gateway_hour") == Decimal("32.85")
    assert cost_of(estimate_of("growth"), "nat_gateway_hour") == Decimal("65.70")


def test_an_attached_address_is_no_longer_free():
    # "Elastic IP: free (while attached)" was true until February 2024.
    assert PRICES["public_ipv4_hour"].cost(HOURS_PER_MONTH) == Decimal("3.65")


def test_traffic_through_nat_is_four_and_a_half_cents_a_gigabyte():
    assert PRICES["nat_gateway_gb"].cost(Decimal(1)) == Decimal("0.045")


def test_an_endpoint_is_7_30_in_one_zone_and_14_60_in_two():
    hour = PRICES["interface_endpoint_hour"]

    assert hour.cost(HOURS_PER_MONTH) == Decimal("7.30")
    assert hour.cost(2 * HOURS_PER_MONTH) == Decimal("14.60")
    # The notes' table says 7.20: a month of 720 hours, against the 730 of their own sentence.
    assert hour.cost(Decimal(720)) == Decimal("7.20")


def test_six_endpoints_in_two_zones_are_87_60():
    # The notes say ~58 in one place and 14.60 for each of the six in another. 58 is six neither in
    # one zone (43.80) nor in two (87.60); four in two zones come nearest (58.40).
    found = estimate_of("growth", interface_endpoints=6)

    assert cost_of(found, "interface_endpoint_hour") == 6 * Decimal("14.60") == Decimal("87.60")
    assert 4 * Decimal("14.60") == Decimal("58.40")


def test_an_endpoint_in_one_zone_breaks_even_with_nat_at_160_gigabytes():
    endpoint = PRICES["interface_endpoint_hour"].cost(Decimal(720))

    assert endpoint / PRICES["nat_gateway_gb"].cost(Decimal(1)) == 160


def test_what_the_breakeven_leaves_out():
    # An endpoint bills its own traffic, too, and in each of its zones: a service in two zones pays
    # from 417 GB on, not from 160.
    saved_per_gb = PRICES["nat_gateway_gb"].cost(Decimal(1)) - PRICES["interface_endpoint_gb"].cost(
        Decimal(1)
    )

    assert Decimal("14.60") / saved_per_gb == pytest.approx(Decimal("417.14"), abs=Decimal("0.01"))


def test_half_an_acu_always_on_is_43_dollars():
    found = estimate_of("startup", aurora_acu=0)

    assert cost_of(found, "aurora_acu_hour") == Decimal("43.80")
    assert _to_the_dollar(cost_of(found, "aurora_acu_hour")) == 43


def test_a_database_that_pauses_costs_only_the_hours_it_is_awake():
    # The notes hold that Serverless v2 cannot pause; since November 2024 it can.
    assert cost_of(estimate_of("seed", aurora_awake_hours=0), "aurora_acu_hour") == 0
    awake = estimate_of("seed", aurora_awake_hours=100, aurora_acu="0.1")
    assert cost_of(awake, "aurora_acu_hour") == 100 * Decimal("0.5") * Decimal("0.12")


@pytest.mark.parametrize(
    ("price", "quantity", "usd"),
    [
        ("kms_key", 1, "1"),
        ("kms_request", 10_000, "0.03"),
        ("dashboard", 1, "3"),
        ("alarm", 1, "0.10"),
        ("log_ingested_gb", 1, "0.50"),
        ("log_stored_gb", 1, "0.03"),
        ("custom_metric", 1, "0.30"),
        ("waf_web_acl", 1, "5"),
        ("waf_rule", 1, "1"),
        ("waf_request", 1_000_000, "0.60"),
        ("interface_endpoint_gb", 1, "0.01"),
        # The notes' API is an HTTP API; ours is a REST API, at three and a half times the price.
        ("http_api_request", 1_000_000, "1"),
        ("rest_api_request", 1_000_000, "3.50"),
    ],
)
def test_the_unit_prices_of_the_notes(price: str, quantity: int, usd: str):
    assert PRICES[price].cost(Decimal(quantity)) == Decimal(usd)


@pytest.mark.parametrize("price", ["lambda_request", "sns_request", "sqs_request"])
def test_what_the_notes_call_free_is_free_up_to_a_million(price: str):
    million = Decimal(10**6)

    assert PRICES[price].cost(million, free_tier=True) == 0
    assert PRICES[price].cost(million + 1, free_tier=True) > 0


def test_a_firewall_of_five_rules_is_10_dollars():
    found = estimate_of("seed", api_requests=0, waf_web_acls=1, waf_rules=5)

    firewall = next(c for c in found.components if c.name == "firewall")
    assert firewall.per_month == 5 + 5 * 1


def test_custom_metrics_are_billed_by_whichever_way_they_come():
    # "Custom metrics (EMF): free via log ingestion" holds for the call, not for the metric; the
    # notes' own table of logs and metrics says 0.30 for each.
    assert cost_of(estimate_of("seed", custom_metrics=4), "custom_metric") == Decimal("1.20")
