"""Cognito follows what is decided about administrators, and loses machines that are revoked.

The event only says which administrator to look at. What counts is the row as it is now, so that
events out of order and events that come again all end in the same state: group, standing, sessions.
A machine is revoked for good.
"""

from typing import Final, cast
from uuid import UUID

from chalice.app import Chalice, SQSEvent

from handlers.domain.access import administrators
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_clients, cognito_users
from handlers.platform.base import telemetry
from handlers.platform.database.sessions import tenant_session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import Event

CONSUMER: Final = "sync_identities"
EVENT_TYPES: Final = frozenset(
    {
        "administrator.created",
        "administrator.deactivated",
        "administrator.deleted",
        "administrator.reactivated",
        "administrator.role_changed",
        "machine_client.revoked",
    }
)
"""What the topic sends here: as in `terraform/event_types.json`."""

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


class UnexpectedEventError(Exception):
    """The queue holds an event that changes no identity; its filter is wrong."""


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Bring Cognito up to date with a batch of decisions."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.each(CONSUMER, event.to_dict()["Records"], sync)


def sync(event: Event) -> None:
    """Bring Cognito up to date with what an event is about.

    Raises:
        UnexpectedEventError: It is no event about an administrator's access or a machine's.
    """
    if event.event_type not in EVENT_TYPES:
        raise UnexpectedEventError(f"{event.event_type} changes no identity")
    if event.event_type == "machine_client.revoked":
        cognito_clients.delete(event.data["clientId"])
    else:
        _follow_administrator(event)


def _follow_administrator(event: Event) -> None:
    administrator_id = UUID(event.data["administratorId"])
    while True:
        decided = _read(event, administrator_id)
        # the first administrator has no `sub` before the first sign-in, and needs nothing of us
        if decided.cognito_sub is not None:
            cognito_users.follow(decided.cognito_sub, decided.role, decided.status)
        # somebody may have decided otherwise meanwhile, and their event may have passed already
        if _read(event, administrator_id) == decided:
            return


def _read(event: Event, administrator_id: UUID) -> Administrator:
    with tenant_session(event.tenant_id) as session:
        return administrators.read_any(session, event.tenant_id, administrator_id)
