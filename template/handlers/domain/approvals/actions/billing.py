"""How a tenant is billed."""

from typing import Any, ClassVar

from handlers.catalog.tier import camel
from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.actions.action import Action, Approved, Place, nonsense
from handlers.domain.terms import billing_settings
from handlers.domain.terms.billing_settings import OPERATOR_TERMS, BillingSettings
from handlers.domain.terms.setting_fields import BillingFields, require_whole
from handlers.platform.base.errors import FieldError, Forbidden, NotFound


class BillingChange(Action):
    """Other billing settings of the tenant."""

    resource_type: ClassVar[str] = "billing_settings"

    settings: BillingFields

    def state(self, place: Place) -> dict[str, Any]:
        """Read all settings, as they are billed by now."""
        if place.resource_id != str(place.tenant_id):
            raise NotFound.of("tenant")
        if place.is_locked:
            billing_settings.ensure(place.session, place.now, place.tenant_id, place.stack.currency)
        return billing_settings.state(self._current(place))

    def check(self, place: Place, state: dict[str, Any], requester: Administrator) -> None:  # noqa: ARG002
        """Refuse what the settings are already, and terms that are the operator's to set."""
        named = self.settings.model_fields_set & OPERATOR_TERMS
        if named and place.tenant_id != place.stack.operator:
            fields = [f"/details/settings/{camel(name)}" for name in sorted(named)]
            raise Forbidden(
                "Margin and tax are the operator's terms.",
                [FieldError(field, "is set by whom you pay") for field in fields],
            )
        wanted = self.settings.applied_to(self._current(place))
        if billing_settings.state(wanted) == state:
            raise nonsense("/details/settings", "are the settings already")
        require_whole(wanted, "/details/settings/marginType")

    def execute(self, place: Place, approved: Approved) -> None:
        """Change the settings."""
        was = self._current(place)
        wanted = self.settings.applied_to(was)
        billing_settings.replace(
            place.session, place.now, place.tenant_id, was, wanted, approved.origin
        )

    def _current(self, place: Place) -> BillingSettings:
        return billing_settings.read(
            place.session, place.tenant_id, place.stack.currency, locked=place.is_locked
        )
