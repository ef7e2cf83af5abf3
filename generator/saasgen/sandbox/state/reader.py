"""Reads the parts of a Terraform state that the sandbox brings to life."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saasgen.errors import UserError
from saasgen.sandbox.state.model import (
    Api,
    Database,
    DatabaseProxy,
    EventInvokeConfig,
    EventSource,
    Function,
    Schedule,
    StackState,
    Throttle,
    UserPool,
    function_name,
)

Values = dict[str, Any]


def read_state(state: Mapping[str, Any], terraform_dir: Path) -> StackState:
    """Read the values of a Terraform state.

    Args:
        state: the output of `terraform show -json`, or its `values`.
        terraform_dir: what relative file names in the state are relative to.
    """
    found = _Resources(state.get("values", state).get("root_module", {}))
    return StackState(
        functions=tuple(_functions(found, terraform_dir)),
        invoke_configs=tuple(map(_invoke_config, found["aws_lambda_function_event_invoke_config"])),
        event_sources=tuple(
            _event_source(v)
            for v in found["aws_lambda_event_source_mapping"]
            if v.get("enabled") is not False and ":sqs:" in v["event_source_arn"]
        ),
        queues=tuple(v["arn"] for v in found["aws_sqs_queue"]),
        schedules=tuple(map(_schedule, found["aws_scheduler_schedule"])),
        api=_api(found),
        database=_database(found),
        user_pool=_user_pool(found),
    )


class _Resources:
    """The values of managed resources, by type."""

    def __init__(self, module: Values) -> None:
        self._by_type: dict[str, list[Values]] = {}
        for resource in _walk(module):
            if resource.get("mode", "managed") == "managed":
                self._by_type.setdefault(resource["type"], []).append(resource["values"])

    def __getitem__(self, kind: str) -> list[Values]:
        return self._by_type.get(kind, [])


def _walk(module: Values) -> Iterator[Values]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _walk(child)


def _block(values: Values, name: str) -> Values:
    """A nested block that may be there once."""
    blocks = values.get(name) or [{}]
    return blocks[0] or {}


def _functions(found: _Resources, terraform_dir: Path) -> Iterator[Function]:
    uploads = {(v["bucket"], v["key"]): v.get("source") for v in found["aws_s3_object"]}
    layers = {v["arn"]: _artifact(v, uploads) for v in found["aws_lambda_layer_version"]}
    for values in found["aws_lambda_function"]:
        logging = _block(values, "logging_config")
        name = values["function_name"]
        reserved = values.get("reserved_concurrent_executions")
        yield Function(
            name=name,
            arn=values["arn"],
            handler=values["handler"],
            timeout_s=values.get("timeout") or 3,
            memory_mb=values.get("memory_size") or 128,
            version=str(values.get("version") or "$LATEST"),
            environment=_block(values, "environment").get("variables") or {},
            code=(terraform_dir / _artifact(values, uploads)).resolve(),
            layers=tuple(
                (terraform_dir / layers[arn]).resolve()
                for arn in values.get("layers") or []
                if arn in layers
            ),
            reserved_concurrency=reserved if reserved and reserved > 0 else None,
            log_group=logging.get("log_group") or f"/aws/lambda/{name}",
            json_logs=logging.get("log_format") == "JSON",
        )


def _artifact(values: Values, uploads: Mapping[tuple[str, str], str | None]) -> str:
    """The local file of a function's or layer's code, given directly or uploaded to a bucket.

    Raises:
        UserError: the code is in a bucket, and nothing in the state put it there.
    """
    uploaded = uploads.get((values.get("s3_bucket") or "", values.get("s3_key") or ""))
    file = values.get("filename") or uploaded
    if not file:
        raise UserError(
            f"{values['arn']}: the sandbox runs code from a local zip (`filename`, or an "
            "`aws_s3_object` with a `source`), and the state names none."
        )
    return str(file)


def _invoke_config(values: Values) -> EventInvokeConfig:
    on_failure = _block(_block(values, "destination_config"), "on_failure")
    retries = values.get("maximum_retry_attempts")
    return EventInvokeConfig(
        function=function_name(values["function_name"]),
        retries=2 if retries is None else retries,
        on_failure_arn=on_failure.get("destination"),
    )


def _event_source(values: Values) -> EventSource:
    filters = _block(values, "filter_criteria").get("filter") or []
    return EventSource(
        uuid=values["uuid"],
        queue_arn=values["event_source_arn"],
        function_arn=values.get("function_arn") or values["function_name"],
        batch_size=values.get("batch_size") or 10,
        window_s=values.get("maximum_batching_window_in_seconds") or 0,
        filters=tuple(f["pattern"] for f in filters if f.get("pattern")),
        reports_item_failures="ReportBatchItemFailures"
        in (values.get("function_response_types") or []),
        maximum_concurrency=_block(values, "scaling_config").get("maximum_concurrency"),
    )


def _schedule(values: Values) -> Schedule:
    target = _block(values, "target")
    return Schedule(
        name=values["name"],
        arn=values["arn"],
        expression=values["schedule_expression"],
        timezone=values.get("schedule_expression_timezone") or "UTC",
        enabled=values.get("state") != "DISABLED",
        target_arn=target["arn"],
        input=target.get("input"),
    )


def _api(found: _Resources) -> Api | None:
    for values in found["aws_api_gateway_rest_api"]:
        if not values.get("body"):
            continue
        document = json.loads(values["body"])
        stages = [s for s in found["aws_api_gateway_stage"] if s["rest_api_id"] == values["id"]]
        stage = stages[0] if stages else {}
        settings = [
            s for s in found["aws_api_gateway_method_settings"] if s["rest_api_id"] == values["id"]
        ]
        binary = document.get("x-amazon-apigateway-binary-media-types")
        return Api(
            api_id=values["id"],
            name=values["name"],
            document=document,
            stage=stage.get("stage_name") or "v1",
            stage_variables=stage.get("variables") or {},
            throttles=dict(filter(None, map(_throttle, settings))),
            binary_media_types=tuple(binary or values.get("binary_media_types") or ()),
        )
    return None


def _throttle(values: Values) -> tuple[str, Throttle] | None:
    settings = _block(values, "settings")
    rate, burst = settings.get("throttling_rate_limit"), settings.get("throttling_burst_limit")
    if rate is None or burst is None or rate < 0 or burst < 0:
        return None  # -1 is the provider's word for "not throttled here"
    path = values["method_path"].replace("~1", "/").strip("/")
    return path, Throttle(rate=rate, burst=burst)


def _database(found: _Resources) -> Database | None:
    for values in found["aws_rds_cluster"]:
        names = [values.get("endpoint"), values.get("reader_endpoint")]
        names += [other.get("endpoint") for other in found["aws_rds_cluster_instance"]]
        secret = _block(values, "master_user_secret")
        return Database(
            endpoints=tuple(dict.fromkeys(filter(None, names))),
            name=values.get("database_name") or "postgres",
            master_user=values["master_username"],
            master_secret_arn=secret.get("secret_arn"),
            master_password=values.get("master_password"),
            proxy=_database_proxy(found, values.get("cluster_identifier")),
        )
    return None


def _database_proxy(found: _Resources, cluster: str | None) -> DatabaseProxy | None:
    """The proxy whose target is the cluster: one without a target leads nowhere."""
    for target in found["aws_db_proxy_target"]:
        for proxy in found["aws_db_proxy"]:
            if (target["db_cluster_identifier"], target["db_proxy_name"]) == (
                cluster,
                proxy["name"],
            ):
                return DatabaseProxy(
                    endpoint=proxy["endpoint"],
                    secret_arns=tuple(sorted(auth["secret_arn"] for auth in proxy["auth"])),
                )
    return None


def _user_pool(found: _Resources) -> UserPool | None:
    for pool in found["aws_cognito_user_pool"]:
        clients = [
            c["id"]
            for c in found["aws_cognito_user_pool_client"]
            if c["user_pool_id"] == pool["id"]
            and "ALLOW_ADMIN_USER_PASSWORD_AUTH" in (c.get("explicit_auth_flows") or [])
        ]
        return UserPool(pool_id=pool["id"], client_id=clients[0] if clients else None)
    return None
