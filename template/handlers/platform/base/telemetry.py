"""Logs as JSON lines and metrics in the embedded format, by Powertools."""

from typing import Any, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from handlers.platform.base.settings import settings

log = Logger(
    utc=True,
    use_datetime_directive=True,
    datefmt="%Y-%m-%dT%H:%M:%S.%FZ",
    log_record_order=["timestamp", "level", "message"],
)


class LambdaContext(Protocol):
    """What we use of the context object that Lambda hands over."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Return how long this invocation may still run."""
        ...


def begin(context: LambdaContext | None, **keys: str | None) -> None:
    """Start the log context of one invocation; nothing of the one before survives.

    Args:
        context: Lambda's context; None outside Lambda.
        keys: Further fields for every line, such as `tenantId` and `userId`.
    """
    log.clear_state()
    if context is not None:
        keys = {"functionName": context.function_name, "requestId": context.aws_request_id, **keys}
    bind(**keys)


def bind(**keys: str | None) -> None:
    """Add fields to every line from here to the end of the invocation."""
    log.append_keys(**{name: value for name, value in keys.items() if value is not None})


def count(name: str, **dimensions: str) -> None:
    """Count one occurrence."""
    _emit(name, MetricUnit.Count, 1, dimensions)


def record(name: str, amount: int, **dimensions: str) -> None:
    """Record a business figure, such as an amount in minor units."""
    _emit(name, MetricUnit.Count, amount, dimensions)


def duration(name: str, milliseconds: float, **dimensions: str) -> None:
    """Record how long something took."""
    _emit(name, MetricUnit.Milliseconds, milliseconds, dimensions)


def _emit(name: str, unit: MetricUnit, value: float, dimensions: dict[str, Any]) -> None:
    namespace = settings().powertools_metrics_namespace
    with single_metric(name=name, unit=unit, value=value, namespace=namespace) as metric:
        for dimension, text in dimensions.items():
            metric.add_dimension(dimension, text)
