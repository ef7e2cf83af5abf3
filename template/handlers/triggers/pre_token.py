"""Cognito asks, before it signs a token, which claims to put into it.

A person's sign-in is never blocked: whoever cannot be looked up signs in with the free plan's
features. A machine gets a token with its tenant, or one without, which opens nothing; when nobody
can tell, it gets none and asks again, instead of keeping one that is useless for an hour.

Trigger version V3_0, see "Pre token generation Lambda trigger" in the Cognito developer guide.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from chalice.app import Chalice

from handlers.domain.access import administrators, machine_clients
from handlers.domain.subscriptions import entitlements
from handlers.domain.subscriptions.entitlements import Entitlements
from handlers.platform.base import telemetry
from handlers.platform.base.clock import system_clock
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import tenant_session, tenantless_session

TENANT_ATTRIBUTE: Final = "custom:tenant_id"
FOR_A_MACHINE: Final = "TokenGeneration_ClientCredentials"

app = Chalice(f"{__package__}.pre_token", configure_logs=False, env={})


@app.lambda_function(name="pre_token")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer Cognito with the tenant's claims in the access token and the identity token."""
    telemetry.begin(context)
    if event.get("triggerSource") == FOR_A_MACHINE:
        claims = claims_of_machine(event["callerContext"]["clientId"])
    else:
        claims = claims_of_person((event.get("request") or {}).get("userAttributes") or {})
    generation = {"claimsToAddOrOverride": claims}
    event["response"] = {
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": generation,
            "idTokenGeneration": generation,
        }
    }
    return event


def claims_of_person(attributes: Mapping[str, str]) -> dict[str, str]:
    """Tell which tenant somebody belongs to, and what it may use."""
    tenant = attributes.get(TENANT_ATTRIBUTE)
    claims = entitlements_of(tenant).to_claims()
    recognise(tenant, attributes)
    return claims | ({"tenant_id": tenant} if tenant else {})


def claims_of_machine(client_id: str) -> dict[str, str]:
    """Tell whose machine a client is, and what the tenant may use; nothing if it is nobody's.

    Raises:
        ServiceUnavailable: The database cannot be reached.
    """
    with tenantless_session() as session:
        tenant_id = machine_clients.tenant_of(session, client_id)
    if tenant_id is None:
        telemetry.log.warning("a token without a tenant for an unknown client", clientId=client_id)
        return {}
    return entitlements_of(str(tenant_id)).to_claims() | {"tenant_id": str(tenant_id)}


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


def recognise(tenant: str | None, attributes: Mapping[str, str]) -> None:
    """Join a tenant's first administrator to who signs in; failing costs no sign-in either."""
    email, sub = attributes.get("email"), attributes.get("sub")
    if not tenant or not email or not sub or attributes.get("email_verified") != "true":
        return
    try:
        tenant_id = TenantId(UUID(tenant))
        with tenant_session(tenant_id) as session:
            if administrators.link(session, system_clock(), tenant_id, email, sub):
                telemetry.log.info("administrator recognised", tenantId=tenant, userId=sub)
    except Exception:  # as above
        telemetry.log.exception("signing in without recognising an administrator", tenantId=tenant)
