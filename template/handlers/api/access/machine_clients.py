"""Machines that call the API for the tenant, by OAuth's client credentials."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Name, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.machine_scopes import MACHINE_SCOPES, MachineScope
from handlers.domain.access import machine_clients as domain
from handlers.domain.access.machine_clients import NewMachineClient
from handlers.platform.aws import cognito_clients
from handlers.platform.base.ids import MachineClientId, new_id

_THROTTLE: Final = Throttle(rate=10, burst=20)


def _unique(scopes: list[MachineScope]) -> list[MachineScope]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must not name a scope twice")
    return sorted(scopes)


class CreateMachineClient(Body):
    """A machine to be let in."""

    name: Annotated[Name, StringConstraints(max_length=100)]
    scopes: Annotated[
        list[MachineScope],
        Field(min_length=1, max_length=len(MACHINE_SCOPES)),
        AfterValidator(_unique),
    ]


class MachineClient(Answer):
    """A machine; it signs in with `clientId` and a secret that is asked for by itself."""

    machine_client_id: UUID
    client_id: str
    name: str
    scopes: list[MachineScope]
    created_at: datetime

    @classmethod
    def of(cls, client: domain.MachineClient) -> Self:
        """Show a client."""
        return cls(
            machine_client_id=client.machine_client_id,
            client_id=client.client_id,
            name=client.name,
            scopes=client.scopes,
            created_at=client.created_at,
        )


class MachineClientList(Answer):
    """A page of clients, the newest first."""

    items: list[MachineClient]
    next_cursor: str | None = None


class MachineClientSecret(Answer):
    """What a machine signs in with; whoever reads it stands in the audit trail."""

    machine_client_id: UUID
    client_id: str
    client_secret: str


class MachineClientRevocation(Answer):
    """What may do nothing any more."""

    machine_client_id: UUID


@route(
    "GET",
    "/v1/admin/clients",
    permission="admin:read",
    query=PageQuery,
    answer=MachineClientList,
    throttle=_THROTTLE,
)
def list_machine_clients(call: Call, query: PageQuery) -> MachineClientList:
    """List the tenant's machine clients, the newest first."""
    page = domain.find_all(
        call.session,
        call.tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
    )
    return MachineClientList(
        items=[MachineClient.of(client) for client in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "GET",
    "/v1/admin/clients/{machineClientId}",
    permission="admin:read",
    answer=MachineClient,
    throttle=_THROTTLE,
)
def read_machine_client(call: Call, machine_client_id: UUID) -> MachineClient:
    """Read a machine client."""
    return MachineClient.of(domain.read(call.session, call.tenant_id, machine_client_id))


@route(
    "GET",
    "/v1/admin/clients/{machineClientId}/secret",
    permission="admin:write",
    answer=MachineClientSecret,
    throttle=_THROTTLE,
)
def read_machine_client_secret(call: Call, machine_client_id: UUID) -> MachineClientSecret:
    """Read the secret of a machine client, which goes to the audit trail."""
    client = domain.read(call.session, call.tenant_id, machine_client_id)
    domain.require_reach(call.administrator, client.scopes)
    domain.publish_secret_read(call.session, call.now, client, call.origin)
    return MachineClientSecret(
        machine_client_id=client.machine_client_id,
        client_id=client.client_id,
        client_secret=cognito_clients.secret_of(client.client_id),
    )


@route(
    "POST",
    "/v1/admin/clients",
    permission="admin:write",
    body=CreateMachineClient,
    answer=MachineClient,
    status=201,
    location="/v1/admin/clients/{machineClientId}",
    throttle=_THROTTLE,
)
def create_machine_client(call: Call, body: CreateMachineClient) -> MachineClient:
    """Let a machine call the API with some scopes."""
    domain.require_reach(call.administrator, body.scopes)
    domain.require_room(call.session, call.tenant_id)
    machine_client_id = MachineClientId(new_id(call.now))
    # Last before the commit: a client that nobody answers for has no rights, and stays.
    client_id = cognito_clients.make(machine_client_id, body.scopes)
    new = NewMachineClient(machine_client_id, client_id, body.name, body.scopes)
    return MachineClient.of(domain.create(call.session, call.now, call.tenant_id, new, call.origin))


@route(
    "DELETE",
    "/v1/admin/clients/{machineClientId}",
    permission="admin:write",
    answer=MachineClientRevocation,
    throttle=_THROTTLE,
)
def revoke_machine_client(call: Call, machine_client_id: UUID) -> MachineClientRevocation:
    """Revoke a machine client: its tokens and its secret are good for nothing any more."""
    domain.revoke(call.session, call.now, call.tenant_id, machine_client_id, call.origin)
    return MachineClientRevocation(machine_client_id=machine_client_id)
