"""How much a stack is used in a month: what each tier assumes, and what a person knows better."""

import json
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saasgen.errors import UserError

# Far above anything a month can hold, and far below what would lose digits.
_LIMIT = 10**15

Amount = Annotated[Decimal, Field(ge=0, le=_LIMIT, allow_inf_nan=False)]
Hours = Annotated[Decimal, Field(ge=0, le=730, allow_inf_nan=False)]


def _amount(description: str) -> Any:
    return Field(description=description)


class Usage(BaseModel):
    """One month of a stack. Units stand at the end of the names; all else are counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_requests: Amount = _amount("requests to the API in the month")
    response_kb: Amount = _amount("average size of a response")
    events: Amount = _amount("domain events published in the month")
    deliveries_per_event: Amount = _amount("queues whose filter lets an event through, on average")
    consumer_queues: Amount = _amount("queues that functions poll")
    function_ms: Amount = _amount("average duration of an invocation")
    function_memory_mb: Amount = _amount("memory of a function")
    aurora_acu: Amount = _amount("ACU each database instance needs on average while awake")
    aurora_awake_hours: Hours = _amount("hours that a database that may pause is awake")
    aurora_storage_gb: Amount = _amount("size of the database")
    aurora_io_requests: Amount = _amount("reads and writes of storage in the month")
    aurora_backup_gb: Amount = _amount("backups beyond the size of the database")
    aws_api_gb: Amount = _amount("traffic of functions with AWS's services in the month")
    internet_gb: Amount = _amount("traffic of functions with the internet in the month")
    interface_endpoints: Amount = _amount("AWS services with an endpoint, where the tier has any")
    active_users: Amount = _amount("users who sign in during the month")
    machine_clients: Amount = _amount("clients that tenants have made for their machines")
    machine_tokens: Amount = _amount("tokens they fetch in the month")
    mails: Amount = _amount("mails sent in the month")
    kms_keys: Amount = _amount("customer-managed keys")
    kms_requests: Amount = _amount("requests to them in the month")
    secrets: Amount = _amount("secrets in Secrets Manager")
    secret_calls: Amount = _amount("calls to them in the month")
    alarm_metrics: Amount = _amount("metrics that standard alarms watch")
    composite_alarms: Amount = _amount("composite alarms")
    anomaly_alarms: Amount = _amount("alarms on an anomaly band")
    dashboards: Amount = _amount("CloudWatch dashboards")
    custom_metrics: Amount = _amount("custom metrics, one for each set of dimensions")
    log_gb: Amount = _amount("logs ingested in the month: functions, API, database, flow, WAF")
    waf_web_acls: Amount = _amount("web ACLs")
    waf_rules: Amount = _amount("rules and managed rule groups in each")
    artifact_gb: Amount = _amount("artifacts and state in S3")

    def with_changes(self, changes: Mapping[str, object]) -> "Usage":
        """The same month with other figures.

        Args:
            changes: values by name, as a person wrote them.

        Raises:
            UserError: a name does not exist, or a value is no amount.
        """
        for name in changes:
            _require_known(name)
        try:
            return Usage.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            raise UserError(
                f"The assumption {name} ({Usage.model_fields[name].description}) is wrong: "
                f"{first['msg']} (got {str(first['input'])!r})."
            ) from error


def assumed(tier: str, answers: Mapping[str, object]) -> Usage:
    """What is assumed of a stack of this tier that was stamped with these answers."""
    data = _defaults()
    figures = {**data["every_tier"], **data["tiers"][tier]}
    for question, by_answer in data["added_by_answers"].items():
        added = by_answer.get(str(answers.get(question)).lower(), {})
        for name, amount in added.items():
            figures[name] = Decimal(figures[name]) + Decimal(amount)
    return Usage.model_validate(figures)


def parse_changes(words: list[str]) -> dict[str, object]:
    """Read NAME=VALUE words.

    Raises:
        UserError: a word is not of that form, or names no assumption.
    """
    changes: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UserError(f"{word!r} is no assumption: write NAME=VALUE, e.g. mails=5000.")
        _require_known(name.strip())
        changes[name.strip()] = value.strip()
    return changes


def read_changes(file: Path) -> dict[str, object]:
    """Read a JSON file of values by name.

    Raises:
        UserError: the file cannot be read or is not such an object.
    """
    try:
        # a figure in a file is exact, too
        read = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise UserError(f"The assumptions in {file} cannot be read: {error}.") from error
    if not isinstance(read, dict):
        raise UserError(f'{file} must hold a JSON object such as {{"mails": 5000}}.')
    for name in read:
        _require_known(name)
    return read


def _require_known(name: str) -> None:
    known = Usage.model_fields
    if name in known:
        return
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else "`saasgen cost` lists them."
    raise UserError(f"There is no assumption {name!r}: {hint}")


@cache
def _defaults() -> dict[str, Any]:
    text = resources.files("saasgen.costs").joinpath("usage.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(text)
    return read
