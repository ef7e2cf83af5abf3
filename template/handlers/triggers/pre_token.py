"""Cognito asks, before it signs a token, which claims to put into it.

A sign-in is never blocked: whoever cannot be looked up signs in with the free plan's features.
Trigger version V2_0, see "Pre token generation Lambda trigger" in the Cognito developer guide.
"""

from typing import Any, Final
from uuid import UUID

from chalice.app import Chalice

from handlers.domain import entitlements
from handlers.domain.entitlements import Entitlements
from handlers.platform import telemetry
from handlers.platform.db import tenant_session
from handlers.platform.ids import TenantId

TENANT_ATTRIBUTE: Final = "custom:tenant_id"

app = Chalice(f"{__package__}.pre_token", configure_logs=False, env={})


@app.lambda_function(name="pre_token")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer Cognito with the tenant's claims in the access token and the identity token."""
    telemetry.begin(context)
    request = event.get("request") or {}
    tenant = (request.get("userAttributes") or {}).get(TENANT_ATTRIBUTE)
    claims = entitlements_of(tenant).to_claims()
    if tenant:
        claims["tenant_id"] = tenant
    generation = {"claimsToAddOrOverride": claims}
    event["response"] = {
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": generation,
            "idTokenGeneration": generation,
        }
    }
    return event


def entitlements_of(tenant: str | None) -> Entitlements:
    """Look a tenant's plan up; whatever goes wrong costs features, never the sign-in."""
    if not tenant:
        return entitlements.without_knowledge()
    try:
        tenant_id = TenantId(UUID(tenant))
        with tenant_session(tenant_id) as session:
            return entitlements.of_tenant(session, tenant_id)
    except Exception:  # any failure at all: a person must be able to sign in
        telemetry.log.exception("signing in with the free plan's features", tenantId=tenant)
        return entitlements.without_knowledge()
