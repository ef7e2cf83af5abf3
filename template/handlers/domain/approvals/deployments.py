"""Deployments: what was approved to run where; a pipeline outside brings it there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, get_args
from uuid import UUID

from psycopg.errors import UniqueViolation

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.base.reading import item_of
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import ApprovalId, DeploymentId, TenantId, new_id
from handlers.platform.database.sessions import Session

Environment = Literal["dev", "staging", "prod"]

ENVIRONMENTS: Final[tuple[Environment, ...]] = get_args(Environment)
"""In the order in which a version is promoted through them."""

_READ: Final = """
    SELECT tenant_id, deployment_id, environment, version, replaces, approval_id, promoted_to,
           promoted_at, created_at
      FROM deployments
     WHERE tenant_id = %(tenant)s AND deployment_id = %(id)s
"""
_LOCK: Final = _READ + " FOR UPDATE"
_LATEST: Final = """
    SELECT tenant_id, deployment_id, environment, version, replaces, approval_id, promoted_to,
           promoted_at, created_at
      FROM deployments
     WHERE tenant_id = %(tenant)s AND environment = %(environment)s
     ORDER BY deployment_id DESC
     LIMIT 1
"""
_INSERT: Final = """
    INSERT INTO deployments (tenant_id, deployment_id, environment, version, replaces, approval_id,
                             created_at)
    VALUES (%(tenant)s, %(id)s, %(environment)s, %(version)s, %(replaces)s, %(approval_id)s,
            %(now)s)
"""
_PROMOTE: Final = """
    UPDATE deployments SET promoted_to = %(target)s, promoted_at = %(now)s
     WHERE tenant_id = %(tenant)s AND deployment_id = %(id)s
"""


class Deployment(NamedTuple):
    """A version that was approved for an environment; ``replaces`` is the one there before."""

    tenant_id: TenantId
    deployment_id: DeploymentId
    environment: Environment
    version: str
    replaces: DeploymentId | None
    approval_id: ApprovalId
    promoted_to: Environment | None
    promoted_at: datetime | None
    created_at: datetime


class NewDeployment(NamedTuple):
    """What was approved; ``replaces`` is what was there when it was asked for."""

    approval_id: ApprovalId
    environment: Environment
    version: str
    replaces: DeploymentId | None


def read(
    session: Session, tenant_id: TenantId, deployment_id: UUID, *, locked: bool = False
) -> Deployment:
    """Read a deployment.

    Raises:
        NotFound: There is none with this id.
    """
    query = _LOCK if locked else _READ
    row = session.one(query, {"tenant": tenant_id, "id": deployment_id})
    return item_of(row, Deployment, "deployment")


def latest(session: Session, tenant_id: TenantId, environment: Environment) -> Deployment | None:
    """Read what was deployed to an environment last."""
    row = session.one(_LATEST, {"tenant": tenant_id, "environment": environment})
    return None if row is None else Deployment(**row)


def create(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    new: NewDeployment,
    origin: Origin,
) -> None:
    """Record an approved deployment; the event starts the pipeline.

    Raises:
        Conflict: Another one, which replaces the same, was approved at the same moment.
    """
    values = {"tenant": tenant_id, "id": new_id(now), "now": now, **new._asdict()}
    try:
        session.execute(_INSERT, values)
    except UniqueViolation as error:
        raise Conflict(f"Another deployment to {new.environment} was approved just now.") from error
    data = {
        "deploymentId": str(values["id"]),
        "approvalId": str(new.approval_id),
        "environment": new.environment,
        "version": new.version,
    }
    was = None
    if new.replaces is not None:
        was = {"version": read(session, tenant_id, new.replaces).version}
    after = {"version": new.version}
    publish_change(session, now, "deployment.approved", data, origin, before=was, after=after)


def promote(
    session: Session, now: datetime, deployment: Deployment, target: Environment, origin: Origin
) -> None:
    """Record that a deployment goes on to another environment."""
    key = {"tenant": deployment.tenant_id, "id": deployment.deployment_id}
    session.execute(_PROMOTE, key | {"target": target, "now": now})
    data: Mapping[str, Any] = {
        "deploymentId": str(deployment.deployment_id),
        "version": deployment.version,
        "environment": deployment.environment,
    }
    was, after = {"promotedTo": deployment.promoted_to}, {"promotedTo": target}
    publish_change(session, now, "deployment.promoted", data, origin, before=was, after=after)
