"""The environment of a function, read once and typed; Terraform sets every variable."""

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.platform.base.ids import TenantId

# The two ways to the database: straight to the cluster, or by RDS Proxy
DatabaseRoute = Literal["direct", "proxied"]


class MisconfiguredError(Exception):
    """The function's environment lacks something or holds nonsense; deploying again mends it."""


class Settings(BaseModel):
    """Environment variables by their names in lower case.

    Those that not every function has are None where they are absent: ask through `required`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    stack_name: str
    environment: str
    product_name: str
    company: str
    currency: str
    operator_tenant_id: UUID
    powertools_service_name: str
    powertools_metrics_namespace: str
    log_level: str = "INFO"
    aws_region: str | None = None
    aws_lambda_function_name: str | None = None
    database_route: DatabaseRoute | None = None
    database_host: str | None = None
    database_port: int = 5432
    database_name: str | None = None
    database_ca_file: str | None = None
    database_master_secret_arn: str | None = None
    proxied_login_secrets: str | None = None
    allowed_origin: str | None = None
    api_function: str | None = None
    relay_function: str | None = None
    events_topic_arn: str | None = None
    sender_email: str | None = None
    ses_configuration_set: str | None = None
    dead_letter_queues: str | None = None
    asynchronous_functions: str | None = None
    operator_tenant_name: str | None = None
    dedicated_tenant_id: UUID | None = None
    dedicated_tenant_name: str | None = None
    admin_email: str | None = None
    user_pool_id: str | None = None
    exports_bucket: str | None = None
    app_origin: str | None = None
    deployments_bus: str | None = None
    usage_queue_url: str | None = None
    billing_bounds: str | None = None
    pricing_source_url: str | None = None
    default_input_per_million: Decimal = Decimal("1.00")
    default_output_per_million: Decimal = Decimal("2.00")
    stripe_secret_arn: str | None = None
    stripe_api_base: str | None = None
    two_person_approval: bool = False
    mfa_required: bool = False

    @property
    def operator(self) -> TenantId:
        """The tenant of the company that runs the stack."""
        return TenantId(self.operator_tenant_id)

    def required(self, name: str) -> str:
        """Return a setting that this function cannot work without.

        Raises:
            MisconfiguredError: The environment variable is not set.
        """
        value = getattr(self, name)
        if value in (None, ""):
            raise MisconfiguredError(f"environment variable {name.upper()} is not set")
        return str(value)


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings found in an environment; an empty variable counts as absent.

    Raises:
        MisconfiguredError: Naming each variable that is missing or malformed.
    """
    values = {name: environ.get(name.upper()) for name in Settings.model_fields}
    try:
        return Settings.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        faults = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise MisconfiguredError(f"the function's environment is wrong: {faults}") from error


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return read(os.environ)
