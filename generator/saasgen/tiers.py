"""Deployment tiers (how large) and environments (how safe): the data files of a stack, typed.

Terraform validates the same files by typed variables; this is what the tool reads of them.
"""

from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saasgen.errors import UnknownKey, UserError

TIERS = ("seed", "startup", "growth", "scale", "enterprise")
ENVIRONMENTS = ("dev", "staging", "prod")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Aurora(_Data):
    """Aurora Serverless v2 capacity, in ACU (0 pauses the cluster when idle)."""

    min_acu: float = Field(ge=0, le=256)
    max_acu: float = Field(ge=1, le=256)
    readers: int = Field(ge=0, le=15)


class ApiLimits(_Data):
    """Throttle of the whole API stage: requests per second and burst."""

    rate_limit: int = Field(ge=1)
    burst_limit: int = Field(ge=1)


class Tier(_Data):
    """One deployment tier: `terraform/tiers/<name>.tfvars.json`."""

    name: Literal["seed", "startup", "growth", "scale", "enterprise"]
    aurora: Aurora
    availability_zones: int = Field(ge=2, le=3)
    nat_gateways: Literal["single", "per_zone"]
    interface_endpoints: bool
    rds_proxy: bool
    api: ApiLimits
    provisioned_concurrency: int = Field(ge=0)
    reserved_concurrency: int = Field(ge=1)
    traced_percent: Decimal = Field(ge=0, le=100)
    waf_rate_limit: int = Field(ge=10)


class Environment(_Data):
    """One environment: `terraform/environments/<name>.tfvars.json`."""

    name: Literal["dev", "staging", "prod"]
    backup_retention_days: int = Field(ge=1, le=35)
    monthly_backup_retention_days: int | None = Field(default=None, ge=2, le=3650)
    deletion_protection: bool
    final_snapshot: bool
    log_retention_days: int
    cognito_mfa: Literal["optional", "required"]
    threat_protection: Literal["off", "audit", "enforced"]
    reserves_concurrency: bool
    waf_managed_rules: Literal["count", "block"]
    two_person_approval: bool


class _TierFile(_Data):
    tier: Tier


class _EnvironmentFile(_Data):
    environment: Environment


_File = TypeVar("_File", bound=_Data)


def read_tier(terraform_dir: Path, name: str) -> Tier:
    """Read one deployment tier of a stack.

    Raises:
        UserError: there is no such tier, or its file holds a wrong value.
    """
    return _read(_TierFile, terraform_dir / "tiers", name, "deployment tier").tier


def read_environment(terraform_dir: Path, name: str) -> Environment:
    """Read one environment of a stack.

    Raises:
        UserError: there is no such environment, or its file holds a wrong value.
    """
    folder = terraform_dir / "environments"
    return _read(_EnvironmentFile, folder, name, "environment").environment


def _read(model: type[_File], folder: Path, name: str, noun: str) -> _File:
    path = folder / f"{name}.tfvars.json"
    if not path.is_file():
        files = sorted(folder.glob("*.tfvars.json"))
        known = ", ".join(file.name.removesuffix(".tfvars.json") for file in files)
        raise UserError(f"There is no {noun} {name!r} in {folder}. Known: {known or 'none'}.")
    try:
        return model.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(part) for part in first["loc"]]
        if first["type"] == "extra_forbidden":
            raise UnknownKey(path, keys, _known(model, keys[:-1])) from error
        where = " -> ".join(keys)
        raise UserError(f"{path}: {where}: {first['msg']} (got {first['input']!r}).") from error


def _known(model: type[BaseModel], keys: list[str]) -> list[str]:
    """The names of a model's fields, or of those of a model in it."""
    for key in keys:
        model = cast("type[BaseModel]", model.model_fields[key].annotation)
    return list(model.model_fields)
