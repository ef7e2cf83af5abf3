"""Whether a caller may act now: what the database says, whatever an older token claims."""

from typing import Final, NamedTuple

from handlers.domain.access import administrators, machine_clients
from handlers.domain.access.administrators import Administrator
from handlers.domain.tenants import TenantStatus
from handlers.platform.base.auth import Identity
from handlers.platform.base.errors import Forbidden
from handlers.platform.database.sessions import Session

_READ: Final = "SELECT status FROM tenants WHERE tenant_id = %s"
_STATUS: Final = {
    "suspended": "Your tenant is suspended: it can read, but change nothing until it is active.",
    "closed": "Your tenant is closed.",
}


class CallerStatus(NamedTuple):
    """A caller's tenant, and the administrator the caller signs in as; None for everybody else."""

    tenant_status: TenantStatus
    administrator: Administrator | None


def of_caller(session: Session, caller: Identity) -> CallerStatus:
    """Look a caller up.

    Raises:
        Forbidden: The tenant is not there, or the administrator or machine may not act any more.
    """
    tenant = session.one(_READ, [caller.tenant_id])
    if tenant is None:
        raise Forbidden("Your account belongs to no tenant. Ask an administrator.")
    if caller.is_machine:
        if not machine_clients.is_known(session, caller.tenant_id, caller.user_id):
            raise Forbidden("This client was revoked. Ask an administrator for another one.")
        return CallerStatus(tenant["status"], None)
    administrator = administrators.signed_in_as(session, caller.tenant_id, caller.user_id)
    if administrator is not None and not administrator.is_active:
        raise Forbidden("Your account is not active any more. Ask another administrator.")
    return CallerStatus(tenant["status"], administrator)


def require_active_tenant(standing: CallerStatus) -> None:
    """Let a call change something, or raise.

    Raises:
        Forbidden: The tenant is suspended or closed.
    """
    if standing.tenant_status != "active":
        raise Forbidden(_STATUS[standing.tenant_status])
