"""Machines that call the API for their tenant, each with the scopes it was given.

The row decides: Cognito's client alone has a secret and no tenant, and so may do nothing. A crash
between making the client and storing the row leaves such a one. Revoking counts with the next
request, whatever tokens are still around, and Cognito follows by the event
(`consumers.sync_identities`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from handlers.catalog.machine_scopes import MachineScope, permission_of
from handlers.catalog.permissions import allows
from handlers.domain.access.administrators import Administrator
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.errors import Conflict, Forbidden
from handlers.platform.base.ids import MachineClientId, TenantId
from handlers.platform.database.sessions import Session

MOST: Final = 20
"""Clients of one tenant: all tenants share what Cognito allows in a pool (1 000, unless raised)."""

_READ: Final = """
    SELECT tenant_id, machine_client_id, client_id, name, scopes, created_at
      FROM machine_clients
     WHERE tenant_id = %(tenant)s AND machine_client_id = %(id)s AND revoked_at IS NULL
"""
_LOCK: Final = _READ + " FOR UPDATE"
_PAGE: Final = """
    SELECT tenant_id, machine_client_id, client_id, name, scopes, created_at
      FROM machine_clients
     WHERE tenant_id = %(tenant)s AND revoked_at IS NULL
       AND (%(after)s::uuid IS NULL OR machine_client_id < %(after)s)
     ORDER BY machine_client_id DESC
     LIMIT %(limit)s + 1
"""
# Two who make the last one that is allowed wait for each other.
_TAKE_TURNS: Final = """
    SELECT pg_advisory_xact_lock(hashtextextended('machine_clients/' || %(tenant)s::text, 0))
"""
_COUNT: Final = """
    SELECT count(*) AS clients FROM machine_clients
     WHERE tenant_id = %(tenant)s AND revoked_at IS NULL
"""
_INSERT: Final = """
    INSERT INTO machine_clients (tenant_id, machine_client_id, client_id, name, scopes, created_at)
    VALUES (%(tenant)s, %(id)s, %(client)s, %(name)s, %(scopes)s, %(now)s)
"""
_REVOKE: Final = """
    UPDATE machine_clients SET revoked_at = %(now)s
     WHERE tenant_id = %(tenant)s AND machine_client_id = %(id)s
"""
_IS_KNOWN: Final = """
    SELECT 1 FROM machine_clients
     WHERE tenant_id = %(tenant)s AND client_id = %(client)s AND revoked_at IS NULL
"""
_TENANT_OF: Final = "SELECT app.tenant_of_client(%(client)s) AS tenant_id"


class MachineClient(NamedTuple):
    """A machine; ``client_id`` is Cognito's name for it, and what it signs in with."""

    tenant_id: TenantId
    machine_client_id: MachineClientId
    client_id: str
    name: str
    scopes: list[MachineScope]
    created_at: datetime


class NewMachineClient(NamedTuple):
    """A machine that Cognito knows already, and nobody answers for yet."""

    machine_client_id: MachineClientId
    client_id: str
    name: str
    scopes: Sequence[MachineScope]


def require_reach(by: Administrator, scopes: Sequence[MachineScope]) -> None:
    """Let somebody hand out scopes, or the secret that goes with them, or raise.

    Raises:
        Forbidden: A machine could do what they may not do themselves.
    """
    beyond = [scope for scope in scopes if not allows([by.role], permission_of(scope))]
    if beyond:
        raise Forbidden(f"You are {by.role}: you cannot give a machine {', '.join(beyond)}.")


def require_room(session: Session, tenant_id: TenantId) -> None:
    """Keep a place for one more until the transaction ends, or raise.

    Raises:
        Conflict: The tenant has as many as it may have.
    """
    session.execute(_TAKE_TURNS, {"tenant": tenant_id})
    row = session.one(_COUNT, {"tenant": tenant_id})
    if row is not None and row["clients"] >= MOST:
        raise Conflict(f"The tenant has {MOST} clients: revoke one that is not used.")


def create(
    session: Session, now: datetime, tenant_id: TenantId, new: NewMachineClient, origin: Origin
) -> MachineClient:
    """Answer for a client: from the commit on it has a tenant."""
    made = MachineClient(
        tenant_id, new.machine_client_id, new.client_id, new.name, list(new.scopes), now
    )
    values = {
        "tenant": tenant_id,
        "id": made.machine_client_id,
        "client": made.client_id,
        "name": made.name,
        "scopes": made.scopes,
        "now": now,
    }
    session.execute(_INSERT, values)
    _publish(session, now, "machine_client.created", made, origin)
    return made


def find_all(
    session: Session, tenant_id: TenantId, *, limit: int, after: UUID | None = None
) -> Page[MachineClient]:
    """List a tenant's clients, the newest first."""
    values = {"tenant": tenant_id, "after": after}
    return read_page(session, _PAGE, values, limit, MachineClient, "machine_client_id")


def read(session: Session, tenant_id: TenantId, machine_client_id: UUID) -> MachineClient:
    """Read a client.

    Raises:
        NotFound: The tenant has none with this id, or has revoked it.
    """
    row = session.one(_READ, {"tenant": tenant_id, "id": machine_client_id})
    return item_of(row, MachineClient, "machine client")


def publish_secret_read(
    session: Session, now: datetime, client: MachineClient, origin: Origin
) -> None:
    """Tell the audit trail who knows the secret from now on."""
    _publish(session, now, "machine_client.secret_read", client, origin)


def revoke(
    session: Session, now: datetime, tenant_id: TenantId, machine_client_id: UUID, origin: Origin
) -> None:
    """Take a client's rights; it can be brought back by nobody.

    Raises:
        NotFound: The tenant has none with this id, or has revoked it.
    """
    key = {"tenant": tenant_id, "id": machine_client_id}
    client = item_of(session.one(_LOCK, key), MachineClient, "machine client")
    session.execute(_REVOKE, key | {"now": now})
    _publish(session, now, "machine_client.revoked", client, origin)


def is_known(session: Session, tenant_id: TenantId, client_id: str) -> bool:
    """Tell whether a client may still call for a tenant."""
    return session.one(_IS_KNOWN, {"tenant": tenant_id, "client": client_id}) is not None


def tenant_of(session: Session, client_id: str) -> TenantId | None:
    """Find whose machine a client is, in a session of no tenant; None if nobody answers for it."""
    row = session.one(_TENANT_OF, {"client": client_id})
    return None if row is None else row["tenant_id"]


def _publish(
    session: Session, now: datetime, event_type: str, client: MachineClient, origin: Origin
) -> None:
    data = {
        "machineClientId": str(client.machine_client_id),
        "clientId": client.client_id,
        "name": client.name,
        "scopes": client.scopes,
    }
    publish_change(session, now, event_type, data, origin)
