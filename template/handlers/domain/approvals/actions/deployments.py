"""Deployments of the stack, and their promotion to the next environment."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import StringConstraints

from handlers.domain.access.administrators import Administrator
from handlers.domain.approvals import deployments
from handlers.domain.approvals.actions.action import Action, ActionContext, Approved, invalid_field
from handlers.domain.approvals.deployments import ENVIRONMENTS, NewDeployment
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import DeploymentId

Version = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")
]


class Deployment(Action):
    """A version for this stack's environment, brought there by a pipeline."""

    resource_type: ClassVar[str] = "environment"
    is_operators: ClassVar[bool] = True

    version: Version

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read which version is there."""
        if context.resource_id != context.stack.environment:
            raise NotFound(f"This stack deploys to {context.stack.environment}, and nowhere else.")
        last = deployments.latest(context.session, context.tenant_id, context.stack.environment)
        if last is None:
            return {"deploymentId": None, "version": None}
        return {"deploymentId": str(last.deployment_id), "version": last.version}

    def check(
        self,
        context: ActionContext,
        state: dict[str, Any],
        requester: Administrator,
    ) -> None:
        """Let every version pass: the one that is there may have to be deployed again."""

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Record the deployment; the event starts the pipeline."""
        replaces = approved.before["deploymentId"]
        new = NewDeployment(
            approved.approval_id,
            context.stack.environment,
            self.version,
            None if replaces is None else DeploymentId(UUID(replaces)),
        )
        deployments.create(context.session, context.now, context.tenant_id, new, approved.origin)


class Promotion(Action):
    """A deployment that goes on to a later environment."""

    resource_type: ClassVar[str] = "deployment"
    is_operators: ClassVar[bool] = True

    target_environment: Literal["staging", "prod"]

    @property
    def reaches_production(self) -> bool:
        """Tell whether it goes to production: one person of another environment is not enough."""
        return self.target_environment == "prod"

    def state(self, context: ActionContext) -> dict[str, Any]:
        """Read what is promoted, and where it has been promoted to."""
        deployment = _deployment(context)
        return {
            "version": deployment.version,
            "environment": deployment.environment,
            "promotedTo": deployment.promoted_to,
        }

    def check(
        self,
        context: ActionContext,  # noqa: ARG002
        state: dict[str, Any],
        requester: Administrator,  # noqa: ARG002
    ) -> None:
        """Refuse a way that does not lead on."""
        reached = state["promotedTo"] or state["environment"]
        if ENVIRONMENTS.index(self.target_environment) <= ENVIRONMENTS.index(reached):
            raise invalid_field("/details/targetEnvironment", f"must come after {reached}")

    def execute(self, context: ActionContext, approved: Approved) -> None:
        """Record the promotion."""
        deployments.promote(
            context.session,
            context.now,
            _deployment(context),
            self.target_environment,
            approved.origin,
        )


def _deployment(context: ActionContext) -> deployments.Deployment:
    try:
        deployment_id = UUID(context.resource_id)
    except ValueError as error:
        raise NotFound.of("deployment") from error
    return deployments.read(
        context.session, context.tenant_id, deployment_id, locked=context.is_locked
    )
