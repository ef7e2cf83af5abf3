"""Roles, given and taken by two people."""

from typing import Any, ClassVar
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator, Changes
from handlers.domain.approvals.actions.action import Action, ActionContext, Approved, invalid_field
from handlers.platform.base.errors import NotFound


class UserRoleChange(Action):
    """Another role for an administrator: above neither the requester's nor the approver's."""

    resource_type: ClassVar[str] = "administrator"

    new_role: AdministratorRole

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read who it is, and as what."""
        if context.is_locked:
            concerned = [*context.people, _id(context)]
            administrators.lock(context.session, context.tenant_id, concerned)
        whom = _whom(context)
        return {"email": whom.email, "role": whom.role, "status": whom.status}

    def check(
        self, context: ActionContext, state: dict[str, Any], requester: Administrator
    ) -> None:
        """Refuse the role somebody has, or one that the requester could not give."""
        administrators.require_reach(requester, _whom(context), self.new_role)
        if state["role"] == self.new_role:
            raise invalid_field("/details/newRole", f"they are {self.new_role} already")

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Change the role as the approver; Cognito follows."""
        changes = Changes(role=self.new_role)
        administrators.update(
            context.session, context.now, approved.approver, _id(context), changes, approved.origin
        )


def _whom(context: ActionContext) -> Administrator:
    return administrators.read(context.session, context.tenant_id, _id(context))


def _id(context: ActionContext) -> UUID:
    try:
        return UUID(context.resource_id)
    except ValueError as error:
        raise NotFound.of("administrator") from error
