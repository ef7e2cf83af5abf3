import json
from pathlib import Path
from typing import Any

import pytest

from saasgen.errors import UserError
from saasgen.sandbox.state.model import DatabaseProxy, Throttle, function_name
from saasgen.sandbox.state.reader import read_state

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def resource(kind: str, mode: str = "managed", **values: Any) -> dict[str, Any]:
    return {"mode": mode, "type": kind, "name": "this", "values": values}


def read(*resources: dict[str, Any], folder: Path = Path("/stack/terraform")):
    return read_state({"root_module": {"resources": list(resources)}}, folder)


def lambda_function(**values: Any) -> dict[str, Any]:
    stated = {"function_name": "f", "arn": f"{FUNCTION}:f", "handler": "app.handler"}
    return resource("aws_lambda_function", **(stated | values))


def test_resources_are_found_in_nested_modules_and_data_sources_are_not() -> None:
    inner = {"resources": [lambda_function(filename="a.zip")]}
    data = resource("aws_sqs_queue", mode="data", arn=QUEUE)
    module = {"resources": [data], "child_modules": [{"child_modules": [inner]}]}
    found = read_state({"values": {"root_module": module}}, Path("/stack/terraform"))
    assert [function.name for function in found.functions] == ["f"]
    assert found.queues == ()


def test_empty_state_has_nothing_to_serve() -> None:
    found = read()
    assert (found.functions, found.api, found.database, found.user_pool) == ((), None, None, None)


def test_code_is_relative_to_the_root_module() -> None:
    layer = resource("aws_lambda_layer_version", arn="layer:1", filename="../build/layer.zip")
    [function] = read(
        lambda_function(filename="../build/code.zip", layers=["layer:1"]), layer
    ).functions
    assert function.code == Path("/stack/build/code.zip")
    assert function.layers == (Path("/stack/build/layer.zip"),)


def test_code_in_a_bucket_is_the_file_that_was_uploaded() -> None:
    uploaded = resource("aws_s3_object", bucket="b", key="code.zip", source="../build/code.zip")
    [function] = read(lambda_function(s3_bucket="b", s3_key="code.zip"), uploaded).functions
    assert function.code == Path("/stack/build/code.zip")


def test_code_that_nothing_in_the_state_uploaded_is_the_users_error() -> None:
    with pytest.raises(UserError, match="names none"):
        read(lambda_function(s3_bucket="b", s3_key="code.zip"))


def test_function_settings_are_read_with_lambdas_defaults() -> None:
    [plain] = read(lambda_function(filename="a.zip", reserved_concurrent_executions=-1)).functions
    assert (plain.timeout_s, plain.memory_mb, plain.reserved_concurrency) == (3, 128, None)
    assert (plain.log_group, plain.json_logs) == ("/aws/lambda/f", False)
    [full] = read(
        lambda_function(
            filename="a.zip",
            timeout=30,
            memory_size=512,
            reserved_concurrent_executions=5,
            environment=[{"variables": {"A": "1"}}],
            logging_config=[{"log_format": "JSON", "log_group": "/own"}],
        )
    ).functions
    assert (full.timeout_s, full.memory_mb, full.reserved_concurrency) == (30, 512, 5)
    assert (full.environment, full.log_group, full.json_logs) == ({"A": "1"}, "/own", True)


def test_event_source_is_read_with_its_filters_and_limits() -> None:
    source = resource(
        "aws_lambda_event_source_mapping",
        uuid="u-1",
        event_source_arn=QUEUE,
        function_arn=f"{FUNCTION}:f:live",
        batch_size=5,
        maximum_batching_window_in_seconds=2,
        filter_criteria=[{"filter": [{"pattern": '{"body": {}}'}]}],
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=[{"maximum_concurrency": 3}],
        enabled=True,
    )
    disabled = resource(
        "aws_lambda_event_source_mapping", uuid="u-2", event_source_arn=QUEUE, enabled=False
    )
    [found] = read(source, disabled).event_sources
    assert (found.batch_size, found.window_s, found.maximum_concurrency) == (5, 2, 3)
    assert found.filters == ('{"body": {}}',)
    assert found.reports_item_failures


def test_api_is_read_with_its_stage_and_throttles() -> None:
    def settings(path: str, rate: float, burst: int) -> dict[str, Any]:
        limits = {"throttling_rate_limit": rate, "throttling_burst_limit": burst}
        return resource(
            "aws_api_gateway_method_settings", rest_api_id="a", method_path=path, settings=[limits]
        )

    api = read(
        resource(
            "aws_api_gateway_rest_api", id="a", name="billing", body=json.dumps({"paths": {}})
        ),
        resource("aws_api_gateway_stage", rest_api_id="a", stage_name="dev", variables={"v": "1"}),
        settings("*/*", 50, 100),
        settings("~1v1~1tenants/POST", 10, 20),
        settings("v1/health/GET", -1, -1),
    ).api
    assert api is not None
    assert (api.stage, api.stage_variables) == ("dev", {"v": "1"})
    assert api.throttles == {
        "*/*": Throttle(rate=50, burst=100),
        "v1/tenants/POST": Throttle(rate=10, burst=20),
    }


def test_database_has_every_name_it_can_be_reached_by() -> None:
    database = read(
        resource(
            "aws_rds_cluster",
            endpoint="writer",
            reader_endpoint="reader",
            database_name="billing",
            master_username="admin",
            master_user_secret=[{"secret_arn": "arn:secret"}],
        ),
        resource("aws_rds_cluster_instance", endpoint="instance"),
    ).database
    assert database is not None
    assert database.endpoints == ("writer", "reader", "instance")
    assert database.master_secret_arn == "arn:secret"
    assert database.proxy is None


@pytest.mark.parametrize(("target", "leads"), [("billing", True), ("other", False)])
def test_a_proxy_is_the_databases_if_its_target_is(target: str, leads: bool) -> None:
    auth = [{"secret_arn": "arn:service"}, {"secret_arn": "arn:app"}]
    database = read(
        resource("aws_rds_cluster", cluster_identifier="billing", master_username="admin"),
        resource("aws_db_proxy", name="billing", endpoint="proxy", auth=auth),
        resource("aws_db_proxy_target", db_proxy_name="billing", db_cluster_identifier=target),
    ).database
    assert database is not None
    expected = DatabaseProxy(endpoint="proxy", secret_arns=("arn:app", "arn:service"))
    assert database.proxy == (expected if leads else None)


def test_user_pool_is_read_with_the_client_that_takes_passwords() -> None:
    pool = read(
        resource("aws_cognito_user_pool", id="p"),
        resource("aws_cognito_user_pool_client", id="m", user_pool_id="p", explicit_auth_flows=[]),
        resource(
            "aws_cognito_user_pool_client",
            id="web",
            user_pool_id="p",
            explicit_auth_flows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        ),
    ).user_pool
    assert pool is not None
    assert (pool.pool_id, pool.client_id) == ("p", "web")


@pytest.mark.parametrize(
    "reference",
    [
        "f",
        "f:live",
        f"{FUNCTION}:f",
        f"{FUNCTION}:f:live",
        f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}:f:live/invocations",
    ],
)
def test_function_name_is_found_in_every_way_to_refer_to_it(reference: str) -> None:
    assert function_name(reference) == "f"
