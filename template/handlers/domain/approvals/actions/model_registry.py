"""Models and their providers, which all tenants share."""

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.actions.action import Action, ActionContext, Approved, invalid_field
from handlers.domain.model_registry import models, providers
from handlers.domain.model_registry.models import ModelStatus, ThermalState
from handlers.platform.base.json_models import Shape

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")

HttpsUrl = Annotated[
    str,
    StringConstraints(
        max_length=500, pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?$"
    ),
]
SecretArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}$"
    ),
]


class ModelActivation(Action):
    """Another status for a model, and how ready it is to be kept."""

    resource_type: ClassVar[str] = "model"
    is_operators: ClassVar[bool] = True

    new_status: ModelStatus
    thermal_state: ThermalState

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read what the model is."""
        return models.model_state(_model(context))

    def check(
        self,
        context: ActionContext,  # noqa: ARG002
        state: dict[str, Any],
        requester: Administrator,  # noqa: ARG002
    ) -> None:
        """Refuse what the model is already."""
        if state == {"status": self.new_status, "thermalState": self.thermal_state}:
            raise invalid_field("/details/newStatus", f"the model is {self.new_status} already")

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Change the model."""
        was = _model(context)
        wanted = was._replace(status=self.new_status, thermal_state=self.thermal_state)
        models.set_model(context.session, context.now, was, wanted, approved.origin)


class ProviderConfig(Shape):
    """How a provider is reached. Its key is named, never given: approvers see all of this."""

    is_enabled: StrictBool
    base_url: HttpsUrl
    api_key_secret_arn: SecretArn
    timeout_s: Annotated[StrictInt, Field(ge=1, le=300)] = 60
    max_concurrency: Annotated[StrictInt, Field(ge=1, le=10_000)] = 100


class ProviderChange(Action):
    """Another configuration of a provider, or a provider that is new."""

    resource_type: ClassVar[str] = "model_provider"
    is_operators: ClassVar[bool] = True

    config: ProviderConfig

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read the configuration; nothing of a provider that is new."""
        return {"config": _config(context)}

    def check(
        self,
        context: ActionContext,
        state: dict[str, Any],
        requester: Administrator,  # noqa: ARG002
    ) -> None:
        """Refuse the configuration that is there already, and a name that cannot be one."""
        if not _ID.fullmatch(context.resource_id):
            raise invalid_field("/resourceId", "is no name of a provider, such as example-ai")
        if state["config"] == self._wanted():
            raise invalid_field("/details/config", "is the provider's configuration already")

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Configure the provider."""
        providers.set_provider(
            context.session,
            context.now,
            context.tenant_id,
            context.resource_id,
            approved.before["config"],
            self._wanted(),
            approved.origin,
        )

    def _wanted(self) -> dict[str, Any]:
        return self.config.model_dump(mode="json", by_alias=True)


def _model(context: ActionContext) -> models.Model:
    return models.read_model(
        context.session, context.tenant_id, context.resource_id, locked=context.is_locked
    )


def _config(context: ActionContext) -> Any:
    return providers.read_provider(
        context.session, context.tenant_id, context.resource_id, locked=context.is_locked
    )
