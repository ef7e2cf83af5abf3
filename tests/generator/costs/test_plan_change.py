"""What a plan adds to the fixed cost."""

from decimal import Decimal

import pytest

from saasgen.commands.plan import print_cost_change
from saasgen.costs.fixed import CostChange
from tests.generator.costs.estimates import PRICES


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
