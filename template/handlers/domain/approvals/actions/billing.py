"""How a tenant is billed."""

from typing import Any, ClassVar

from pydantic.alias_generators import to_camel

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.actions.action import Action, ActionContext, Approved, invalid_field
from handlers.domain.terms import billing_settings
from handlers.domain.terms.billing_settings import OPERATOR_TERMS, BillingSettings
from handlers.domain.terms.setting_fields import BillingFields, require_whole
from handlers.platform.base.errors import FieldError, Forbidden, NotFound


class BillingChange(Action):
    """Other billing settings of the tenant."""

    resource_type: ClassVar[str] = "billing_settings"

    settings: BillingFields

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read all settings, as they are billed by now."""
        if context.resource_id != str(context.tenant_id):
            raise NotFound.of("tenant")
        if context.is_locked:
            billing_settings.ensure(
                context.session, context.now, context.tenant_id, context.stack.currency
            )
        return billing_settings.state(self._current(context))

    def check(
        self,
        context: ActionContext,
        state: dict[str, Any],
        requester: Administrator,  # noqa: ARG002
    ) -> None:
        """Refuse what the settings are already, and terms that are the operator's to set."""
        named = self.settings.model_fields_set & OPERATOR_TERMS
        if named and context.tenant_id != context.stack.operator:
            fields = [f"/details/settings/{to_camel(name)}" for name in sorted(named)]
            raise Forbidden(
                "Margin and tax are the operator's terms.",
                [FieldError(field, "is set by whom you pay") for field in fields],
            )
        wanted = self.settings.applied_to(self._current(context))
        if billing_settings.state(wanted) == state:
            raise invalid_field("/details/settings", "are the settings already")
        require_whole(wanted, "/details/settings/marginType")

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Change the settings."""
        was = self._current(context)
        wanted = self.settings.applied_to(was)
        billing_settings.replace(
            context.session, context.now, context.tenant_id, was, wanted, approved.origin
        )

    def _current(self, context: ActionContext) -> BillingSettings:
        return billing_settings.read(
            context.session, context.tenant_id, context.stack.currency, locked=context.is_locked
        )
