"""What Terraform created: the parts of its state that the sandbox brings to life."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saasgen.sandbox.models import Model


class Function(Model):
    """A Lambda function, as the runner starts it."""

    name: str
    arn: str
    handler: str
    timeout_s: int
    memory_mb: int
    version: str
    environment: Mapping[str, str]
    code: Path
    layers: tuple[Path, ...]
    reserved_concurrency: int | None
    log_group: str
    json_logs: bool


class EventInvokeConfig(Model):
    """What happens to an asynchronous invocation that fails."""

    function: str
    retries: int
    on_failure_arn: str | None


class EventSource(Model):
    """An event source mapping: a queue and the function that consumes it."""

    uuid: str
    queue_arn: str
    function_arn: str
    batch_size: int
    window_s: int
    filters: tuple[str, ...]
    reports_item_failures: bool
    maximum_concurrency: int | None


class Schedule(Model):
    """A schedule of EventBridge Scheduler."""

    name: str
    arn: str
    expression: str
    timezone: str
    enabled: bool
    target_arn: str
    input: str | None


class Throttle(Model):
    """A limit on requests: a steady rate per second and a burst."""

    rate: float
    burst: int


class Api(Model):
    """A REST API and its stage."""

    api_id: str
    name: str
    document: Mapping[str, Any]
    stage: str
    stage_variables: Mapping[str, str]
    throttles: Mapping[str, Throttle]
    binary_media_types: tuple[str, ...]


class DatabaseProxy(Model):
    """An RDS Proxy that leads to the cluster, and the secrets it logs in with."""

    endpoint: str
    secret_arns: tuple[str, ...]


class Database(Model):
    """An Aurora cluster and the names it can be reached by."""

    endpoints: tuple[str, ...]
    name: str
    master_user: str
    master_secret_arn: str | None
    master_password: str | None
    proxy: DatabaseProxy | None = None


class UserPool(Model):
    """A Cognito user pool, and the client that signs users in with a password."""

    pool_id: str
    client_id: str | None


class StackState(Model):
    """Everything the sandbox runs, read from `terraform show -json`."""

    functions: tuple[Function, ...] = ()
    invoke_configs: tuple[EventInvokeConfig, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    queues: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    api: Api | None = None
    database: Database | None = None
    user_pool: UserPool | None = None


def function_name(reference: str) -> str:
    """The bare name in a function's name, `name:qualifier` or ARN (also API Gateway's URI)."""
    if "/functions/" in reference:
        reference = reference.split("/functions/")[1].split("/", maxsplit=1)[0]
    if ":function:" in reference:
        reference = reference.split(":function:")[1]
    return reference.split(":")[0]
