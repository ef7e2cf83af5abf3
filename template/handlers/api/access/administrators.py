"""Administrators: who runs the tenant, and as what."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Name, Omittable, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access import administrators as domain
from handlers.domain.access.administrators import Changes
from handlers.platform.base.errors import Conflict, FieldError
from handlers.platform.base.settings import settings

_THROTTLE: Final = Throttle(rate=10, burst=20)

PersonName = Annotated[Name, StringConstraints(max_length=50)]
VisibleStatus = Literal["active", "inactive"]


class ChangeAdministrator(Body):
    """What changes; everything else stays."""

    first_name: Omittable[PersonName] = None
    last_name: Omittable[PersonName] = None
    role: Omittable[AdministratorRole] = None
    status: Omittable[VisibleStatus] = None


class AdministratorQuery(PageQuery):
    """Which administrators to list."""

    role: AdministratorRole | None = None
    status: VisibleStatus | None = None


class Administrator(Answer):
    """One of the people who run the tenant."""

    administrator_id: UUID
    email: str
    first_name: str
    last_name: str
    role: AdministratorRole
    status: VisibleStatus
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, administrator: domain.Administrator) -> Self:
        """Show an administrator."""
        return cls.model_validate(administrator)


class AdministratorList(Answer):
    """A page of administrators, the newest first."""

    items: list[Administrator]
    next_cursor: str | None = None


class Deletion(Answer):
    """What is gone."""

    administrator_id: UUID


@route(
    "GET",
    "/v1/admin/users",
    permission="admin:read",
    query=AdministratorQuery,
    answer=AdministratorList,
    throttle=_THROTTLE,
)
def list_administrators(call: Call, query: AdministratorQuery) -> AdministratorList:
    """List the tenant's administrators, the newest first."""
    page = domain.find_all(
        call.session,
        call.tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        role=query.role,
        status=query.status,
    )
    return AdministratorList(
        items=[Administrator.of(administrator) for administrator in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "GET",
    "/v1/admin/users/{administratorId}",
    permission="admin:read",
    answer=Administrator,
    throttle=_THROTTLE,
)
def read_administrator(call: Call, administrator_id: UUID) -> Administrator:
    """Read an administrator."""
    return Administrator.of(domain.read(call.session, call.tenant_id, administrator_id))


@route(
    "PUT",
    "/v1/admin/users/{administratorId}",
    permission="admin:write",
    body=ChangeAdministrator,
    answer=Administrator,
    throttle=_THROTTLE,
)
def update_administrator(
    call: Call, administrator_id: UUID, body: ChangeAdministrator
) -> Administrator:
    """Change an administrator's name, role or status."""
    before = domain.read(call.session, call.tenant_id, administrator_id)
    if settings().two_person_approval and body.role not in (None, before.role):
        raise Conflict(
            "A role is changed by two people here: request an approval of the type "
            "user_role_change (POST /v1/admin/approvals).",
            [FieldError("/role", "needs an approval")],
        )
    changes = Changes(**body.model_dump(exclude_unset=True))
    changed = domain.update(
        call.session, call.now, call.administrator, administrator_id, changes, call.origin
    )
    return Administrator.of(changed)


@route(
    "DELETE",
    "/v1/admin/users/{administratorId}",
    permission="admin:delete",
    answer=Deletion,
    throttle=_THROTTLE,
)
def delete_administrator(call: Call, administrator_id: UUID) -> Deletion:
    """Delete an administrator: nobody signs in as them any more, their address is forgotten."""
    domain.delete(call.session, call.now, call.administrator, administrator_id, call.origin)
    return Deletion(administrator_id=administrator_id)
