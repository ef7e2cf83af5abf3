"""Who there is at first: the operator, whom nobody invited, and a customer."""

from typing import Any

from saasgen.tour.guide import Guide, claims_of


def health(guide: Guide) -> None:
    """Ask whether the stack is well."""
    guide.step("Is it well? Database, version, migration level")
    guide.call("GET", "/v1/health", expect=200)


def first_administrator(guide: Guide) -> str:
    """Sign the operator in, whom Terraform invited; return the access token."""
    email = str(guide.stack.answers["admin_email"])
    guide.step(f"The first administrator, {email}, accepts the invitation mail and signs in")
    invitation = guide.mail(lambda m: email in m.to and "assword" in m.text)
    password = _password_in(invitation.text)
    token = guide.users.accept_invitation(email, password)
    guide.show_claims(token)
    return token


def uninvited(guide: Guide, operator: str) -> None:
    """Show who is not let in."""
    guide.step("Without a token the API says 401; with a role that may not, 403")
    guide.call("GET", "/v1/tenants", expect=401)
    claims = claims_of(operator)
    guest = f"guest@{guide.stack.answers['domain']}"
    guide.users.create(guest, claims["tenant_id"], "user")
    token = guide.users.sign_in(guest)
    guide.call("POST", "/v1/tenants", token, _tenant_body("Nobody"), expect=403)


def tenant(guide: Guide, operator: str) -> dict[str, Any]:
    """Create a customer."""
    guide.step("Create a tenant, twice with one Idempotency-Key: one tenant")
    body, key = _tenant_body("Northwind Traders"), {"Idempotency-Key": "tour-northwind"}
    tenant = guide.call("POST", "/v1/tenants", operator, body, expect=201, headers=key)
    again = guide.call("POST", "/v1/tenants", operator, body, expect=201, headers=key, show=False)
    guide.require(again == tenant, f"the second answer was another: {again}")
    guide.say("again → the same answer")
    return tenant


def tenant_administrator(guide: Guide, tenant: dict[str, Any], operator: str) -> str:
    """Invite the customer's administrator; return her access token."""
    guide.step(f"The operator invites {tenant['name']}'s administrator, who accepts by mail")
    body = {"email": tenant["email"], "role": "super_admin"}
    path = f"/v1/tenants/{tenant['tenantId']}/invitations"
    guide.call("POST", path, operator, body, expect=201, show=False)
    token = guide.accepted(tenant["email"], "Nora", "Wind")
    guide.show_claims(token)
    return token


def _tenant_body(name: str) -> dict[str, Any]:
    return {"name": name, "email": f"admin@{name.partition(' ')[0].lower()}.example.com"}


def _password_in(text: str) -> str:
    """The temporary password of an invitation mail: what follows the last 'password'."""
    return text.rpartition("assword")[2].split()[-1].rstrip(".")
