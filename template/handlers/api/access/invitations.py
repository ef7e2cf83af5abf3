"""Invitations: administrators invite others; whoever is invited accepts with the mail's link."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StrictInt, StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Email, Name, Omittable, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.permissions import AdministratorRole
from handlers.domain.access import invitations as domain
from handlers.domain.access.administrators import Administrator
from handlers.domain.access.invitations import InvitationStatus, Inviter, NewInvitation, acceptance
from handlers.domain.access.invitations.acceptance import AcceptanceClaim
from handlers.domain.base.origin import Origin
from handlers.platform.aws import cognito_users
from handlers.platform.aws.cognito_users import Person
from handlers.platform.base import telemetry
from handlers.platform.base.clock import system_clock
from handlers.platform.base.errors import FieldError, Problem, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import service_session, tenant_session
from handlers.platform.messaging.events import nudge_relay

_ADMINISTRATION: Final = Throttle(rate=10, burst=20)
# Nobody has signed in here: what tries tokens one after the other is stopped early.
_ACCEPTANCE: Final = Throttle(rate=5, burst=10)

PersonName = Annotated[Name, StringConstraints(max_length=50)]


class CreateInvitation(Body):
    """Whom to invite as what."""

    email: Email
    role: AdministratorRole
    message: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=500)]] = None
    expires_in_hours: Annotated[StrictInt, Field(ge=1, le=168)] = 48


class AcceptInvitation(Body):
    """What the link's token is exchanged with."""

    token: Annotated[str, StringConstraints(min_length=32, max_length=200)]
    first_name: PersonName
    last_name: PersonName
    password: Annotated[str, StringConstraints(min_length=12, max_length=128)]
    mfa_method: Literal["authenticator", "sms", "email"] = Field(
        default="authenticator", description="The second factor; this stack offers authenticator."
    )


class InvitationQuery(PageQuery):
    """Which invitations to list."""

    status: InvitationStatus | None = None


class Invitation(Answer):
    """An invitation to become an administrator."""

    invitation_id: UUID
    email: str
    role: AdministratorRole
    status: InvitationStatus
    message: str | None = None
    invited_by: UUID | None = None
    invited_by_name: str
    times_sent: int
    expires_at: datetime
    created_at: datetime
    accepted_at: datetime | None = None
    administrator_id: UUID | None = None

    @classmethod
    def of(cls, invitation: domain.Invitation) -> Self:
        """Show an invitation."""
        return cls.model_validate(invitation)


class InvitationList(Answer):
    """A page of invitations, the newest first."""

    items: list[Invitation]
    next_cursor: str | None = None


class Acceptance(Answer):
    """The administrator that came of an invitation."""

    administrator_id: UUID
    email: str
    first_name: str
    last_name: str
    role: AdministratorRole
    mfa_required: bool = Field(description="Whether the first sign-in asks for a second factor.")


@route(
    "GET",
    "/v1/admin/invitations",
    permission="admin:read",
    query=InvitationQuery,
    answer=InvitationList,
    throttle=_ADMINISTRATION,
)
def list_invitations(call: Call, query: InvitationQuery) -> InvitationList:
    """List the tenant's invitations, the newest first."""
    page = domain.find_all(
        call.session,
        call.now,
        call.tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        status=query.status,
    )
    return InvitationList(
        items=[Invitation.of(invitation) for invitation in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "GET",
    "/v1/admin/invitations/{invitationId}",
    permission="admin:read",
    answer=Invitation,
    throttle=_ADMINISTRATION,
)
def read_invitation(call: Call, invitation_id: UUID) -> Invitation:
    """Read an invitation."""
    return Invitation.of(domain.read(call.session, call.now, call.tenant_id, invitation_id))


@route(
    "POST",
    "/v1/admin/invitations",
    permission="admin:write",
    body=CreateInvitation,
    answer=Invitation,
    status=201,
    location="/v1/admin/invitations/{invitationId}",
    throttle=_ADMINISTRATION,
)
def create_invitation(call: Call, body: CreateInvitation) -> Invitation:
    """Invite somebody to become an administrator of the tenant."""
    inviter = Inviter.of(call.administrator)
    return _invite(call, call.tenant_id, body, inviter)


@route(
    "POST",
    "/v1/tenants/{tenantId}/invitations",
    permission="tenants:administer",
    body=CreateInvitation,
    answer=Invitation,
    status=201,
    throttle=_ADMINISTRATION,
)
def invite_for_tenant(call: Call, tenant_id: UUID, body: CreateInvitation) -> Invitation:
    """Invite an administrator of a customer's tenant, such as its first one."""
    inviter = Inviter(settings().company, "super_admin")
    return _invite(call, TenantId(tenant_id), body, inviter)


@route(
    "POST",
    "/v1/admin/invitations/{invitationId}/resend",
    permission="admin:write",
    answer=Invitation,
    throttle=_ADMINISTRATION,
)
def resend_invitation(call: Call, invitation_id: UUID) -> Invitation:
    """Send an invitation again: a new link takes the place of the old one."""
    inviter = Inviter.of(call.administrator)
    renewed = domain.resend(
        call.session, call.now, call.tenant_id, invitation_id, inviter, call.origin
    )
    return Invitation.of(renewed)


@route(
    "DELETE",
    "/v1/admin/invitations/{invitationId}",
    permission="admin:write",
    answer=Invitation,
    throttle=_ADMINISTRATION,
)
def revoke_invitation(call: Call, invitation_id: UUID) -> Invitation:
    """Take an invitation back: its link dies at once."""
    inviter = Inviter.of(call.administrator)
    revoked = domain.revoke(
        call.session, call.now, call.tenant_id, invitation_id, inviter, call.origin
    )
    return Invitation.of(revoked)


def _invite(
    call: Call, tenant_id: TenantId, body: CreateInvitation, inviter: Inviter
) -> Invitation:
    life = timedelta(hours=body.expires_in_hours)
    new = NewInvitation(body.email, body.role, body.message, life)
    created = domain.create(call.session, call.now, tenant_id, new, inviter, call.origin)
    return Invitation.of(created)


@route(
    "POST",
    "/v1/admin/invitations/accept",
    permission=None,
    body=AcceptInvitation,
    answer=Acceptance,
    status=201,
    throttle=_ACCEPTANCE,
)
def accept_invitation(call: Call, body: AcceptInvitation) -> Acceptance:
    """Become an administrator, with the token of an invitation mail."""
    if body.mfa_method != "authenticator":
        fault = "is not offered by this stack: choose authenticator"
        raise Unprocessable(
            "This second factor is not available.", [FieldError("/mfaMethod", fault)]
        )
    claim = _claimed(call, body.token)
    made = _accepted(call, claim, body)
    return Acceptance(
        administrator_id=made.administrator_id,
        email=claim.email,
        first_name=made.first_name,
        last_name=made.last_name,
        role=made.role,
        mfa_required=settings().mfa_required,
    )


def _claimed(call: Call, token: str) -> AcceptanceClaim:
    with service_session() as session:
        invitation = acceptance.find(session, call.now, token)
    with tenant_session(invitation.tenant_id) as session:
        return acceptance.claim(session, call.now, invitation)


def _accepted(call: Call, claim: AcceptanceClaim, body: AcceptInvitation) -> Administrator:
    """Make the user, then the administrator; on a refusal let the next attempt begin at once."""
    person = Person(claim.tenant_id, claim.email, body.first_name, body.last_name, body.password)
    try:
        sub = cognito_users.ensure_user(person)
    except Problem:
        with tenant_session(claim.tenant_id) as session:
            acceptance.release(session, system_clock(), claim)
        raise
    origin = Origin(f"user:{sub}", call.correlation_id, call.origin.address, call.origin.agent)
    with tenant_session(claim.tenant_id) as session:
        made = acceptance.complete(
            session, system_clock(), claim, body.first_name, body.last_name, sub, origin
        )
    nudge_relay()
    _synchronize_now(made)
    return made


def _synchronize_now(made: Administrator) -> None:
    """Let the new administrator sign in at once; if this fails, the event makes up for it."""
    if made.cognito_sub is None:
        return
    try:
        cognito_users.synchronize(made.cognito_sub, made.role, made.status)
    except Exception:  # the invitation is spent: the answer must not depend on this
        telemetry.log.warning("the role in Cognito follows later", exc_info=True)
