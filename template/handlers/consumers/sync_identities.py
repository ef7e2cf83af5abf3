"""Cognito follows what is decided about administrators, and loses machines that are revoked.

The event only says which administrator to look at. What counts is the row as it is now, so that
events out of order and events that come again all end in the same state: group, standing, sessions.
A machine is revoked for good.
"""

from uuid import UUID

from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_clients, cognito_users
from handlers.platform.database.sessions import tenant_session
from handlers.platform.messaging.consumer import consumer
from handlers.platform.messaging.events import Event


def sync(event: Event) -> None:
    """Bring Cognito up to date with what an event is about."""
    if event.event_type == "machine_client.revoked":
        cognito_clients.delete(event.data["clientId"])
    else:
        _synchronize_administrator(event)


def _synchronize_administrator(event: Event) -> None:
    administrator_id = UUID(event.data["administratorId"])
    while True:
        decided = _read(event, administrator_id)
        # the first administrator has no `sub` before the first sign-in, and needs nothing of us
        if decided.cognito_sub is not None:
            cognito_users.synchronize(decided.cognito_sub, decided.role, decided.status)
        # somebody may have decided otherwise meanwhile, and their event may have passed already
        if _read(event, administrator_id) == decided:
            return


def _read(event: Event, administrator_id: UUID) -> Administrator:
    with tenant_session(event.tenant_id) as session:
        return administrators.read_any(session, event.tenant_id, administrator_id)


handler = consumer(
    "sync_identities",
    sync,
    accepts={
        "administrator.created",
        "administrator.deactivated",
        "administrator.deleted",
        "administrator.reactivated",
        "administrator.role_changed",
        "machine_client.revoked",
    },
)
