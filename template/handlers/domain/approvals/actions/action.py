"""What every action has in common.

request: state ─▶ check ─▶ the state is stored, shown and hashed with the request
approve: state (locked) ─▶ must be what was stored ─▶ check ─▶ execute
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals.deployments import Environment
from handlers.domain.base.origin import Origin
from handlers.platform.base.errors import FieldError, Unprocessable
from handlers.platform.base.ids import AdministratorId, ApprovalId, TenantId
from handlers.platform.base.json_models import Shape
from handlers.platform.database.sessions import Session


class Stack(NamedTuple):
    """What an action must know of the stack it is executed in.

    Args:
        requires_two_people: whether nobody may decide what they have requested.
        currency: of tenants that have not said anything yet.
    """

    environment: Environment
    operator: TenantId
    requires_two_people: bool
    currency: str


class ActionContext(NamedTuple):
    """What an action reads and changes in.

    Args:
        session: the open transaction, in the tenant's context.
        resource_id: what the action is about, as the request names it.
        people: who else is held to what they may, while it is executed.
        is_locked: whether what is read must stay as it is until the transaction ends.
    """

    session: Session
    now: datetime
    tenant_id: TenantId
    stack: Stack
    resource_id: str
    people: Collection[AdministratorId] = ()
    is_locked: bool = False


class Approved(NamedTuple):
    """By whom an action was approved, in which request.

    Args:
        before: what it changes, as it was shown and was found again. What is there only now cannot
            be locked while it is missing: execute by this instead of reading anew.
    """

    approval_id: ApprovalId
    before: Mapping[str, Any]
    approver: Administrator
    origin: Origin


class Action(Shape, ABC):
    """What is asked for, with everything that has to be known to do it."""

    resource_type: ClassVar[str]
    is_operators: ClassVar[bool] = False
    """Whether it changes what all tenants share, which is the operator's alone."""

    @property
    def reaches_production(self) -> bool:
        """Whether it takes two people, even where this stack does not ask for them."""
        return False

    def to_json(self) -> dict[str, Any]:
        """Write what was asked for, and nothing that was left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @abstractmethod
    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read what the action would change, ready for JSON.

        Raises:
            NotFound: There is no such thing.
        """

    @abstractmethod
    def check(
        self, context: ActionContext, state: dict[str, Any], requester: Administrator
    ) -> None:
        """Refuse what makes no sense, or what the requester may not ask for.

        Raises:
            Unprocessable: It changes nothing, or cannot be.
            Forbidden: The requester may not ask for it.
            Conflict: Somebody else has to.
        """

    @abstractmethod
    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Do it, in the transaction of the decision.

        Raises:
            Forbidden: The approver may not do it.
            Conflict: It cannot be done any more.
        """


def invalid_field(field: str, message: str) -> Unprocessable:
    """Refuse a field that can be read and makes no sense."""
    return Unprocessable("The request makes no sense.", [FieldError(field, message)])
