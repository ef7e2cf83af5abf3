"""Roles, given and taken by two people."""

from typing import Any, ClassVar
from uuid import UUID

from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator, Changes
from handlers.domain.approvals.actions.action import Action, Approved, Place, nonsense
from handlers.platform.base.errors import NotFound


class UserRoleChange(Action):
    """Another role for an administrator: above neither the requester's nor the approver's."""

    resource_type: ClassVar[str] = "administrator"

    new_role: AdministratorRole

    def state(self, place: Place) -> dict[str, Any]:
        """Read who it is, and as what."""
        if place.is_locked:
            concerned = [*place.people, _id(place)]
            administrators.lock(place.session, place.tenant_id, concerned)
        whom = _whom(place)
        return {"email": whom.email, "role": whom.role, "status": whom.status}

    def check(self, place: Place, state: dict[str, Any], requester: Administrator) -> None:
        """Refuse the role somebody has, or one that the requester could not give."""
        administrators.require_reach(requester, _whom(place), self.new_role)
        if state["role"] == self.new_role:
            raise nonsense("/details/newRole", f"they are {self.new_role} already")

    def execute(self, place: Place, approved: Approved) -> None:
        """Change the role as the approver; Cognito follows."""
        changes = Changes(role=self.new_role)
        administrators.update(
            place.session, place.now, approved.approver, _id(place), changes, approved.origin
        )


def _whom(place: Place) -> Administrator:
    return administrators.read(place.session, place.tenant_id, _id(place))


def _id(place: Place) -> UUID:
    try:
        return UUID(place.resource_id)
    except ValueError as error:
        raise NotFound.of("administrator") from error
