"""Who is calling, from the claims that API Gateway has verified, and what they may do."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from handlers.catalog import machine_scopes, permissions
from handlers.platform.base.errors import Forbidden, Unauthorized
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

_NOT_ALLOWED = "Your role does not permit this."
_NO_SCOPE = "No scope of this client's token permits this."


class Identity(NamedTuple):
    """A verified caller, a person or a machine; the only source of a request's tenant.

    Attributes:
        user_id: Cognito's `sub`; a machine's is its client_id.
        roles: The caller's Cognito groups; a machine has none.
        scope_permissions: What the scopes of a machine's token grant; None for a person, whose
            roles decide.
        features: The tenant's features, as the pre-token trigger wrote them.
    """

    tenant_id: TenantId
    user_id: str
    roles: frozenset[str]
    username: str = ""
    tenant_status: str = "active"
    plan_tier: str = "free"
    billing_cycle: str = ""
    features: Mapping[str, Any] = MappingProxyType({})
    scope_permissions: frozenset[str] | None = None

    @property
    def is_machine(self) -> bool:
        """Whether no person is calling."""
        return self.scope_permissions is not None

    @property
    def actor(self) -> str:
        """How the audit trail names the caller."""
        return f"{'client' if self.is_machine else 'user'}:{self.user_id}"

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
    # Client credentials have no user: the client is its own subject.
    is_machine = claims.get("client_id") == claims["sub"]
    return Identity(
        tenant_id=_tenant(claims),
        user_id=claims["sub"],
        roles=frozenset() if is_machine else _groups(claims.get("cognito:groups")),
        scope_permissions=_granted(claims.get("scope")) if is_machine else None,
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
        Forbidden: No role of the caller, or no scope of a machine, grants the permission.
    """
    if identity.scope_permissions is not None:
        if permission not in identity.scope_permissions:
            raise Forbidden(_NO_SCOPE)
        return
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


def _granted(scope_claim: object) -> frozenset[str]:
    """Read what scopes grant; the claim is a list by spaces (RFC 6749, 3.3)."""
    return machine_scopes.permissions_of(str(scope_claim or "").split())


def _features(claim: object) -> Mapping[str, Any]:
    try:
        value = json.loads(claim) if isinstance(claim, str) else claim
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
