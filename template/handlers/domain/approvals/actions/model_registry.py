"""Models and their providers, which all tenants share."""

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.actions.action import Action, Approved, Place, nonsense
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

    def state(self, place: Place) -> dict[str, Any]:
        """Read what the model is."""
        return models.model_state(_model(place))

    def check(self, place: Place, state: dict[str, Any], requester: Administrator) -> None:  # noqa: ARG002
        """Refuse what the model is already."""
        if state == {"status": self.new_status, "thermalState": self.thermal_state}:
            raise nonsense("/details/newStatus", f"the model is {self.new_status} already")

    def execute(self, place: Place, approved: Approved) -> None:
        """Change the model."""
        was = _model(place)
        wanted = was._replace(status=self.new_status, thermal_state=self.thermal_state)
        models.set_model(place.session, place.now, was, wanted, approved.origin)


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

    def state(self, place: Place) -> dict[str, Any]:
        """Read the configuration; nothing of a provider that is new."""
        return {"config": _config(place)}

    def check(self, place: Place, state: dict[str, Any], requester: Administrator) -> None:  # noqa: ARG002
        """Refuse the configuration that is there already, and a name that cannot be one."""
        if not _ID.fullmatch(place.resource_id):
            raise nonsense("/resourceId", "is no name of a provider, such as example-ai")
        if state["config"] == self._wanted():
            raise nonsense("/details/config", "is the provider's configuration already")

    def execute(self, place: Place, approved: Approved) -> None:
        """Configure the provider."""
        providers.set_provider(
            place.session,
            place.now,
            place.tenant_id,
            place.resource_id,
            approved.before["config"],
            self._wanted(),
            approved.origin,
        )

    def _wanted(self) -> dict[str, Any]:
        return self.config.model_dump(mode="json", by_alias=True)


def _model(place: Place) -> models.Model:
    return models.read_model(
        place.session, place.tenant_id, place.resource_id, locked=place.is_locked
    )


def _config(place: Place) -> Any:
    return providers.read_provider(
        place.session, place.tenant_id, place.resource_id, locked=place.is_locked
    )
