"""What a stack costs: the arithmetic against the design notes' tables, the command, the plan."""

import json
import shutil
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generator import cli
from generator.commands.money import change_in_dollars, dollars, exact
from generator.commands.plan import print_cost_change
from generator.costs.capacity import HOURS_PER_MONTH, billed_acu, proxy_acu_hours
from generator.costs.estimate import Estimate, estimate
from generator.costs.fixed import CostChange
from generator.costs.usage import Usage, assumed
from generator.prices.price_list import Price, newest_prices
from generator.tiers import ENVIRONMENTS, TIERS, Tier, read_environment, read_tier
from tests.support import REPOSITORY

TERRAFORM = REPOSITORY / "template/terraform"
PRICES = newest_prices()


def _tier(name: str, **changes: object) -> Tier:
    return read_tier(TERRAFORM, name).model_copy(update=changes)


def _estimate(
    tier: str | Tier, environment: str = "dev", free_tier: bool = False, **changes: object
) -> Estimate:
    size = _tier(tier) if isinstance(tier, str) else tier
    usage = assumed(size.name).with_changes(changes)
    safety = read_environment(TERRAFORM, environment)
    return estimate(size, safety, usage, PRICES, free_tier=free_tier)


def _cost(found: Estimate, price: str) -> Decimal:
    line = found.line(price)
    return line.per_month if line else Decimal(0)


# --- The price file ------------------------------------------------------------------------------


def test_the_prices_say_whose_they_are_of_when_and_that_they_must_be_checked():
    assert PRICES.region == "us-east-1"
    assert PRICES.as_of.isoformat() == "2026-11-21"
    assert "check them" in PRICES.note
    assert all(price.page for price in PRICES.prices.values())


def test_no_price_is_ever_a_float():
    for file in resources.files("generator.prices").iterdir():
        if file.name.endswith(".json"):
            found: list[str] = []
            json.loads(file.read_text("utf-8"), parse_float=found.append, parse_int=found.append)
            assert not found, f"{file.name}: write {found} as strings"


def _price(**changes: object) -> dict[str, object]:
    steps = [{"above": "0", "usd": "1"}]
    return {"unit": "GB", "per": "1", "steps": steps, "free": "0", "page": "x", **changes}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"free": 0.1}, "must be written as a string"),
        ({"per": "0"}, "per must not be 0"),
        ({"steps": [{"above": "5", "usd": "1"}]}, "begin at 0"),
        ({"steps": [{"above": "0", "usd": "1"}, {"above": "0", "usd": "2"}]}, "begin at 0"),
        ({"steps": [{"above": "0", "usd": "-1"}]}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_price_is_refused(wrong: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=message):
        Price.model_validate(_price(**wrong))


def test_each_step_prices_its_own_part():
    steps = [{"above": "0", "usd": "3"}, {"above": "10", "usd": "2"}, {"above": "30", "usd": "1"}]
    price = Price.model_validate(_price(steps=steps))

    costs = [price.cost(Decimal(n)) for n in (0, 4, 10, 11, 30, 35)]

    assert costs == [0, 12, 30, 32, 70, 75]


def test_the_free_allowance_is_taken_off_only_when_asked_and_never_below_nothing():
    price = Price.model_validate(_price(free="5"))

    assert price.cost(Decimal(8)) == 8
    assert price.cost(Decimal(8), free_tier=True) == 3
    assert price.cost(Decimal(2), free_tier=True) == 0


@pytest.mark.parametrize("name", sorted(PRICES.prices))
@given(quantity=st.decimals(0, 10**12, places=3), more=st.decimals(0, 10**12, places=3))
def test_more_never_costs_less(name: str, quantity: Decimal, more: Decimal):
    price = PRICES[name]

    assert 0 <= price.cost(quantity) <= price.cost(quantity + more)


# --- The tables of the design notes --------------------------------------------------------------


def _to_the_dollar(amount: Decimal) -> int:
    return int(amount)


def test_a_nat_gateway_is_32_dollars_and_two_are_64():
    hour = PRICES["nat_gateway_hour"]

    # Exactly 32.85 and 65.70: the notes cut the cents off one gateway and doubled what was left.
    assert hour.cost(HOURS_PER_MONTH) == Decimal("32.85")
    assert _to_the_dollar(hour.cost(HOURS_PER_MONTH)) == 32
    assert hour.cost(2 * HOURS_PER_MONTH) == Decimal("65.70")
    assert 2 * _to_the_dollar(hour.cost(HOURS_PER_MONTH)) == 64

    assert _cost(_estimate("seed"), "nat_gateway_hour") == Decimal("32.85")
    assert _cost(_estimate("growth"), "nat_gateway_hour") == Decimal("65.70")


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
    found = _estimate("growth", interface_endpoints=6)

    assert _cost(found, "interface_endpoint_hour") == 6 * Decimal("14.60") == Decimal("87.60")
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
    found = _estimate("startup", aurora_acu=0)

    assert _cost(found, "aurora_acu_hour") == Decimal("43.80")
    assert _to_the_dollar(_cost(found, "aurora_acu_hour")) == 43


def test_a_database_that_pauses_costs_only_the_hours_it_is_awake():
    # The notes hold that Serverless v2 cannot pause; since November 2024 it can.
    assert _cost(_estimate("seed", aurora_awake_hours=0), "aurora_acu_hour") == 0
    awake = _estimate("seed", aurora_awake_hours=100, aurora_acu="0.1")
    assert _cost(awake, "aurora_acu_hour") == 100 * Decimal("0.5") * Decimal("0.12")


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
    found = _estimate("seed", api_requests=0, waf_web_acls=1, waf_rules=5)

    firewall = next(c for c in found.components if c.name == "firewall")
    assert firewall.per_month == 5 + 5 * 1


def test_custom_metrics_are_billed_by_whichever_way_they_come():
    # "Custom metrics (EMF): free via log ingestion" holds for the call, not for the metric; the
    # notes' own table of logs and metrics says 0.30 for each.
    assert _cost(_estimate("seed", custom_metrics=4), "custom_metric") == Decimal("1.20")


# --- The estimate --------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_is_the_sum_of_its_lines_and_each_price_is_used_once(
    tier: str, environment: str
):
    found = _estimate(tier, environment)
    lines = [line for component in found.components for line in component.lines]

    assert found.per_month == sum(line.per_month for line in lines) > 0
    # a free allowance deducted twice would be one too many
    assert len({line.price for line in lines}) == len(lines)
    assert all(isinstance(line.per_month, Decimal) for line in lines)


def test_the_tiers_cost_more_from_one_to_the_next():
    totals = [_estimate(tier).per_month for tier in TIERS]

    assert totals == sorted(totals)


def test_a_year_of_monthly_copies_is_paid_for_where_they_are_made():
    storage_gb = Decimal(100)
    costs = {
        environment: _cost(
            _estimate("growth", environment, aurora_storage_gb=storage_gb), "aurora_snapshot_gb"
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
        for component in _estimate(tier, environment, composite_alarms=1).components
        for line in component.lines
    }

    assert set(PRICES.prices) - used == {"http_api_request"}


@pytest.mark.parametrize("name", Usage.model_fields)
def test_every_assumption_counts(name: str):
    def total(value: str) -> Decimal:
        # the first pauses, the second has endpoints
        return sum(_estimate(tier, **{name: value}).per_month for tier in ("seed", "growth"))

    assert total("0") < total("100")


@pytest.mark.parametrize(
    ("needed", "billed"), [("0", "1"), ("0.4", "1"), ("3", "3"), ("16", "16"), ("99", "16")]
)
def test_aurora_bills_what_is_needed_within_its_range(needed: str, billed: str):
    assert billed_acu(Decimal(needed), Decimal(1), Decimal(16)) == Decimal(billed)


def test_readers_are_as_large_as_the_writer():
    one = _cost(_estimate("startup", aurora_acu=4), "aurora_acu_hour")

    assert _cost(_estimate("growth", aurora_acu=4), "aurora_acu_hour") == 2 * one


def test_a_proxy_is_billed_for_8_acu_at_least():
    assert proxy_acu_hours(Decimal(2)) == 8 * HOURS_PER_MONTH
    assert _cost(_estimate("growth", aurora_acu=1), "rds_proxy_acu_hour") == Decimal("87.60")
    assert _cost(_estimate("startup"), "rds_proxy_acu_hour") == 0


def test_traffic_with_aws_goes_through_endpoints_where_there_are_any():
    without = _estimate("startup", aws_api_gb=100, internet_gb=10)
    with_them = _estimate("growth", aws_api_gb=100, internet_gb=10)

    assert _cost(without, "nat_gateway_gb") == 110 * Decimal("0.045")
    assert _cost(without, "interface_endpoint_gb") == 0
    assert _cost(with_them, "nat_gateway_gb") == 10 * Decimal("0.045")
    assert _cost(with_them, "interface_endpoint_gb") == 100 * Decimal("0.01")


def test_endpoints_are_billed_in_each_zone_of_the_tier():
    two, three = (
        _cost(_estimate(tier, interface_endpoints=6), "interface_endpoint_hour")
        for tier in ("growth", "scale")
    )

    assert three * 2 == two * 3


def test_provisioned_concurrency_is_billed_for_every_second():
    found = _estimate("growth", function_memory_mb=512)

    seconds = 2 * 730 * 3600
    assert _cost(found, "lambda_provisioned_gb_second") == (
        seconds * Decimal("0.5") * Decimal("0.0000033334")
    )


def test_longer_retention_stores_more_logs():
    stored = [_cost(_estimate("growth", env), "log_stored_gb") for env in ENVIRONMENTS]

    assert stored == sorted(set(stored))


def test_users_watched_for_threats_cost_more():
    plain, watched = (_estimate("growth", env) for env in ("dev", "prod"))

    assert _cost(watched, "cognito_protected_mau") > _cost(plain, "cognito_mau")


def test_free_allowances_make_the_smallest_stack_cheaper():
    free = _estimate("seed", free_tier=True)

    assert free.per_month < _estimate("seed").per_month
    assert _cost(free, "cognito_mau") == _cost(free, "lambda_request") == 0


# --- The command ---------------------------------------------------------------------------------


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """As much of a stack as its cost depends on."""
    root = tmp_path / "acme"
    for folder in ("tiers", "environments"):
        shutil.copytree(TERRAFORM / folder, root / "terraform" / folder)
    answers = "stack_name: acme\nregion: us-east-1\nenvironment: prod\ndeployment_tier: startup\n"
    (root / ".copier-answers.yml").write_text(answers)
    return root


def _json(capsys: pytest.CaptureFixture[str]) -> dict:
    read: dict = json.loads(capsys.readouterr().out)
    return read


def test_it_prices_the_stacks_own_tier_and_shows_what_it_assumes(stack: Path, capsys):
    assert cli.run(["cost", str(stack)]) == 0

    said = capsys.readouterr()
    total = dollars(_estimate("startup", "prod").per_month)
    assert f"total {total}" in " ".join(said.out.split())
    assert all(name in said.out for name in Usage.model_fields)
    assert "2026-11-21" in said.err
    assert "check them" in said.err


def test_json_is_exact_and_adds_up(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--tier", "growth", "--json"]) == 0

    result = _json(capsys)
    assert (result["stack"], result["environment"]) == ("acme", "prod")
    assert result["prices"]["asOf"] == "2026-11-21"
    [found] = result["tiers"]
    assert found["tier"] == "growth"
    assert Decimal(found["perMonth"]) == _estimate("growth", "prod").per_month
    lines = [line for part in found["components"] for line in part["lines"]]
    assert sum(Decimal(line["perMonth"]) for line in lines) == Decimal(found["perMonth"])
    assert found["assumptions"]["mails"] == "50000"


def test_compare_puts_all_tiers_side_by_side(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--compare"]) == 0

    words = capsys.readouterr().out.split("\n")
    assert words[0].split() == ["component", *TIERS]
    total = next(line for line in words if line.startswith("total"))
    expected = [dollars(_estimate(tier, "prod").per_month) for tier in TIERS]
    assert total.split() == ["total", *expected]


def test_compare_as_json_has_one_entry_per_tier(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--compare", "--json"]) == 0

    assert [found["tier"] for found in _json(capsys)["tiers"]] == list(TIERS)


def test_an_assumption_is_overridden_and_starred(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--assume", "mails=70000", "--assume", "events=1"]) == 0

    out = capsys.readouterr().out
    assert "mails* " in out
    assert "70,000" in out
    assert "$7.00" in out


def test_assumptions_come_from_a_file_and_the_command_line_goes_over_it(
    stack: Path, tmp_path: Path, capsys
):
    file = tmp_path / "assumptions.json"
    file.write_text('{"mails": 10, "aurora_acu": 0.7, "events": "3"}')

    arguments = ["--assumptions", str(file), "--assume", "mails=20", "--json"]
    assert cli.run(["cost", str(stack), *arguments]) == 0

    used = _json(capsys)["tiers"][0]["assumptions"]
    assert (used["mails"], used["aurora_acu"], used["events"]) == ("20", "0.7", "3")


def test_free_allowances_are_deducted_when_asked(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--free-tier", "--json"]) == 0

    result = _json(capsys)
    assert result["prices"]["freeTier"] is True
    assert Decimal(result["tiers"][0]["perMonth"]) == (
        _estimate("startup", "prod", free_tier=True).per_month
    )


def test_another_region_is_told_that_the_prices_are_not_its_own(stack: Path, capsys):
    answers = stack / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("us-east-1", "eu-west-1"))

    assert cli.run(["cost", str(stack)]) == 0

    assert "eu-west-1, where prices differ" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tier", "huge"], "no deployment tier 'huge'"),
        (["--tier", "seed", "--compare"], "leave out --tier"),
        (["--assume", "mail=3"], "no assumption 'mail': did you mean mails?"),
        (["--assume", "zzz=3"], "no assumption 'zzz': `saasgen cost` lists them"),
        (["--assume", "mails"], "write NAME=VALUE"),
        (["--assume", "mails=-1"], "mails sent in the month"),
        (["--assume", "mails=many"], "'many'"),
        (["--assume", "mails=NaN"], "'NaN'"),
        (["--assume", "mails=1e400"], "'1e400'"),
        (["--assume", "aurora_awake_hours=731"], "less than or equal to 730"),
        (["--assumptions", "/nonexistent.json"], "cannot be read"),
    ],
)
def test_wrong_input_is_exit_code_1_and_says_what_is_wrong(
    stack: Path, arguments: list[str], message: str, capsys
):
    assert cli.run(["cost", str(stack), *arguments]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert message in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[1]", "must hold a JSON object"),
        ('{"mail": 3}', "did you mean mails?"),
        ('{"mails": -3}', "greater than or equal to 0"),
        ('{"mails": null}', "mails sent in the month"),
        ('{"mails": NaN}', "mails sent in the month"),
    ],
)
def test_a_wrong_file_of_assumptions_is_refused(
    stack: Path, tmp_path: Path, text: str, message: str, capsys
):
    file = tmp_path / "assumptions.json"
    file.write_text(text)

    assert cli.run(["cost", str(stack), "--assumptions", str(file)]) == 1

    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("amount", "shown", "change"),
    [
        ("1234.5", "$1,234.50", "+$1,234.50"),
        ("0.005", "$0.01", "+$0.01"),
        ("-43.8", "-$43.80", "-$43.80"),
        ("-0.001", "$0.00", "+$0.00"),
    ],
)
def test_money_is_rounded_where_it_is_shown(amount: str, shown: str, change: str):
    assert dollars(Decimal(amount)) == shown
    assert change_in_dollars(Decimal(amount)) == change


@pytest.mark.parametrize(
    ("amount", "digits"),
    [("43.800", "43.8"), ("1E+3", "1000"), ("0.0000133334", "0.0000133334"), ("0.00", "0")],
)
def test_machines_get_every_digit(amount: str, digits: str):
    assert exact(Decimal(amount)) == digits


# --- The change a plan makes ---------------------------------------------------------------------


def _planned(kind: str, before: dict | None, after: dict | None, **more: object) -> dict:
    change = {"before": before, "after": after, "after_unknown": more.pop("after_unknown", {})}
    return {"address": f"{kind}.this", "type": kind, "mode": "managed", "change": change, **more}


def _change(*changes: dict) -> CostChange:
    return CostChange.of({"resource_changes": list(changes)}, PRICES)


def _cluster(acu: float, **more: object) -> dict:
    return {"serverlessv2_scaling_configuration": [{"min_capacity": acu}], **more}


@pytest.mark.parametrize(
    ("kind", "attributes", "usd"),
    [
        ("aws_nat_gateway", {}, "32.85"),
        ("aws_eip", {}, "3.65"),
        ("aws_kms_key", {}, "1"),
        ("aws_secretsmanager_secret", {}, "0.40"),
        ("aws_cloudwatch_dashboard", {}, "3"),
        ("aws_cloudwatch_composite_alarm", {}, "0.50"),
        ("aws_cloudwatch_metric_alarm", {"metric_name": "Errors", "metric_query": []}, "0.10"),
        (
            "aws_cloudwatch_metric_alarm",
            {"metric_query": [{"metric": [{}]}, {"metric": [{}]}, {"expression": "a / b"}]},
            "0.20",
        ),
        (
            "aws_cloudwatch_metric_alarm",
            {
                "threshold_metric_id": "band",
                "metric_query": [{"metric": [{}]}, {"expression": "ANOMALY_DETECTION_BAND(m, 2)"}],
            },
            "0.30",
        ),
        ("aws_wafv2_web_acl", {"rule": [{}, {}, {}, {}, {}]}, "10"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"}, "0"),
        (
            "aws_vpc_endpoint",
            {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1", "subnet-2"]},
            "14.60",
        ),
        ("aws_cognito_user_pool_client", {"allowed_oauth_flows": ["client_credentials"]}, "6"),
        ("aws_cognito_user_pool_client", {"allowed_oauth_flows": ["code"]}, "0"),
        ("aws_rds_cluster", {"manage_master_user_password": True}, "0.40"),
        ("aws_db_proxy", {}, "87.60"),
        ("aws_sqs_queue", {}, "0"),
    ],
)
def test_what_is_made_adds_its_fixed_cost_and_what_is_deleted_takes_it_away(
    kind: str, attributes: dict, usd: str
):
    made = _change(_planned(kind, None, attributes))
    deleted = _change(_planned(kind, attributes, None))

    assert made.change == made.after == Decimal(usd)
    assert deleted.change == -Decimal(usd)
    assert deleted.after == 0


def test_endpoints_in_subnets_that_do_not_exist_yet_count_their_zones():
    subnets = [
        _planned("aws_subnet", None, {"availability_zone": zone})
        for zone in ("a", "a", "b", "b")  # public and private
    ]
    endpoint = _planned(
        "aws_vpc_endpoint",
        None,
        {"vpc_endpoint_type": "Interface"},
        after_unknown={"subnet_ids": True},
    )
    one_more = _planned(
        "aws_vpc_endpoint",
        {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1"]},
        {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1"]},
        after_unknown={"subnet_ids": [False, True]},
    )

    assert _change(*subnets, endpoint).change == Decimal("14.60")
    assert _change(*subnets, one_more).change == Decimal("14.60") - Decimal("7.30")


def test_a_cluster_that_grows_costs_more_in_each_of_its_instances():
    cluster = _planned("aws_rds_cluster", _cluster(0.5), _cluster(1), module_address="module.rds")
    instances = [
        _planned("aws_rds_cluster_instance", {}, {}, module_address="module.rds"),
        _planned("aws_rds_cluster_instance", None, {}, module_address="module.rds"),
    ]
    found = _change(cluster, *instances)

    assert found.before == Decimal("43.80")
    assert found.after == 2 * Decimal("87.60")


def test_a_cluster_that_may_pause_has_no_fixed_cost():
    found = _change(
        _planned("aws_rds_cluster", None, _cluster(0)),
        _planned("aws_rds_cluster_instance", None, {}),
    )

    assert found.change == 0


def test_provisioned_concurrency_is_priced_by_its_functions_memory():
    function = {"function_name": "ingest", "memory_size": 1024}
    ready = {"function_name": "ingest", "provisioned_concurrent_executions": 2}
    found = _change(
        _planned("aws_lambda_function", function, function),
        _planned("aws_lambda_provisioned_concurrency_config", None, ready),
    )

    assert found.change == 2 * 730 * 3600 * Decimal("0.0000033334")


def test_provisioned_concurrency_that_scales_costs_its_lower_bound():
    function = {"function_name": "ingest", "memory_size": 1024}
    ready = {
        "function_name": "ingest",
        "qualifier": "live",
        "provisioned_concurrent_executions": 2,  # where it began; the plan leaves it alone
    }
    bounds = [
        {"resource_id": "function:ingest:live", "min_capacity": least, "max_capacity": 20}
        for least in (2, 5)
    ]
    found = _change(
        _planned("aws_lambda_function", function, function),
        _planned("aws_lambda_provisioned_concurrency_config", ready, ready),
        _planned("aws_appautoscaling_target", *bounds),
    )

    assert found.change == 3 * 730 * 3600 * Decimal("0.0000033334")


def test_a_replaced_resource_costs_what_it_did_and_data_costs_nothing():
    replaced = _planned("aws_kms_key", {}, {})
    read = {**_planned("aws_kms_key", None, {}), "mode": "data"}

    assert _change(replaced, read).change == 0


def test_the_plan_says_what_it_adds_and_that_use_is_not_in_it(capsys):
    print_cost_change(
        _change(_planned("aws_nat_gateway", None, {}), _planned("aws_kms_key", {}, {}))
    )

    assert capsys.readouterr().out.splitlines() == [
        "Cost per month (fixed cost, without usage): +$32.85, from $1.00 to $33.85",
        "  NAT gateways +$32.85",
    ]


def test_a_plan_that_costs_the_same_says_so(capsys):
    print_cost_change(_change(_planned("aws_kms_key", {}, {})))

    said = capsys.readouterr().out
    assert said == "Cost per month (fixed cost, without usage): no change, $1.00.\n"
