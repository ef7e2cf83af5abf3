"""Who is calling, from the claims that API Gateway has verified, and what they may do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from handlers.catalog import permissions
from handlers.platform.errors import Forbidden, Unauthorized
from handlers.platform.ids import TenantId
from handlers.platform.settings import settings

_NOT_ALLOWED = "Your role does not permit this."


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified caller; the only source of a request's tenant.

    Attributes:
        user_id: Cognito's `sub`.
        roles: The caller's Cognito groups.
        features: The tenant's features, as the pre-token trigger wrote them.
    """

    tenant_id: TenantId
    user_id: str
    roles: frozenset[str]
    username: str = ""
    tenant_status: str = "active"
    plan_tier: str = "free"
    billing_cycle: str = ""
    features: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_operator(self) -> bool:
        """Whether the caller belongs to the company that runs the stack."""
        return self.tenant_id == settings().operator


def identity_from(request_context: Mapping[str, Any]) -> Identity:
    """Return the caller of an API Gateway request.

    Args:
        request_context: The event's `requestContext`.

    Raises:
        Unauthorized: There are no verified claims of an access token.
        Forbidden: The caller belongs to no tenant.
    """
    claims = (request_context.get("authorizer") or {}).get("claims")
    if not claims or not claims.get("sub") or claims.get("token_use") != "access":
        raise Unauthorized("Sign in and send the access token in the Authorization header.")
    return Identity(
        tenant_id=_tenant(claims),
        user_id=claims["sub"],
        roles=_groups(claims.get("cognito:groups")),
        username=claims.get("username") or claims["sub"],
        tenant_status=claims.get("tenant_status") or "active",
        plan_tier=claims.get("plan_tier") or "free",
        billing_cycle=claims.get("billing_cycle") or "",
        features=_features(claims.get("features")),
    )


def authorize(identity: Identity, permission: str) -> None:
    """Let the caller pass or raise.

    What is for the operator's own people is refused to others, whatever role they hold in another
    tenant.

    Raises:
        Forbidden: No role of the caller grants the permission.
    """
    if not permissions.allows(identity.roles, permission):
        raise Forbidden(_NOT_ALLOWED)
    if permissions.is_operators(permission) and not identity.is_operator:
        raise Forbidden(_NOT_ALLOWED)


def _tenant(claims: Mapping[str, Any]) -> TenantId:
    try:
        return TenantId(UUID(claims["tenant_id"]))
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise Forbidden("Your account belongs to no tenant. Ask an administrator.") from error


def _groups(claim: object) -> frozenset[str]:
    """Read a list claim, which API Gateway renders as `a,b` or as `[a b]`."""
    if isinstance(claim, list):
        return frozenset(map(str, claim))
    return frozenset(str(claim or "").strip("[]").replace(",", " ").split())


def _features(claim: object) -> Mapping[str, Any]:
    try:
        value = json.loads(claim) if isinstance(claim, str) else claim
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
