"""What reaches outside, each to be broken off and tried again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from handlers.consumers import send_notification, start_deployment, sync_identities, write_audit
from handlers.domain.access import invitations
from handlers.domain.access.administrators import Administrator
from handlers.platform.base.clock import system_clock
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from .operation import Attempt, Once, Operation
from .world import World


def accept_an_invitation(world: World) -> Attempt:
    """Cognito makes the user; the group follows at once, or else by the event."""
    invited = _invite(world, "bob")
    with sessions.tenant_session(world.tenant) as session:
        token = invitations.issue_token(
            session, system_clock(), world.tenant, UUID(invited["invitationId"]), times_sent=1
        )
    person = {"firstName": "Bob", "lastName": "Porter", "password": "Long-enough-2"}

    def attempt() -> None:
        world.client().post("/v1/admin/invitations/accept", {"token": token, **person})
        world.hand_over(sync_identities, "administrator.%")

    return attempt


def change_a_role(world: World) -> Attempt:
    """Cognito changes the group and ends the sessions that still tell the old one."""
    return _change(world, "PUT", {"role": "auditor"})


def deactivate(world: World) -> Attempt:
    """Cognito lets nobody sign in any more, and ends the sessions."""
    return _change(world, "PUT", {"status": "inactive"})


def reactivate(world: World) -> Attempt:
    """Cognito lets somebody sign in again."""
    return _change(world, "PUT", {"status": "active"}, status="inactive")


def delete(world: World) -> Attempt:
    """Cognito forgets the user."""
    return _change(world, "DELETE")


def approve_a_role_change(world: World) -> Attempt:
    """The decision changes the row; Cognito follows."""
    bob = world.person("bob", "operator")
    change = {
        "type": "user_role_change",
        "action": "change role",
        "resourceType": "administrator",
        "resourceId": str(bob.administrator_id),
        "details": {"newRole": "auditor"},
    }
    return _approve(world, change, lambda: world.hand_over(sync_identities, "administrator.%"))


def approve_a_deployment(world: World) -> Attempt:
    """The decision is told to the pipelines."""
    deployment = {
        "type": "deployment",
        "action": "deploy",
        "resourceType": "environment",
        "resourceId": settings().environment,
        "details": {"version": "1.4.0"},
    }
    tell = lambda: world.hand_over(start_deployment, "deployment.approved")  # noqa: E731
    return _approve(world, deployment, tell)


def mail_an_invitation(world: World) -> Attempt:
    """The mail leaves with the only copy of its token."""
    _invite(world, "bob")
    return lambda: world.hand_over(send_notification, "invitation.created")


def export_the_audit_trail(world: World) -> Attempt:
    """The file is written in one piece."""
    chief = world.person("chief", "super_admin")
    for name in ("bob", "carol", "dan"):
        _invite(world, name, chief)
    world.hand_over(write_audit, "invitation.created")

    def attempt() -> None:
        reply = world.client(chief).post("/v1/admin/audit/exports", {"format": "jsonl"})
        assert reply.status == 201, reply.text

    return attempt


def export_a_long_audit_trail(world: World) -> Attempt:
    """The file is written in parts."""
    world.upload_in_parts()
    return export_the_audit_trail(world)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "accept an invitation": Operation(accept_an_invitation),
    "change a role": Operation(change_a_role),
    "deactivate": Operation(deactivate),
    "reactivate": Operation(reactivate),
    "delete": Operation(delete),
    "approve a role change": Operation(approve_a_role_change),
    "approve a deployment": Operation(
        approve_a_deployment, Once("events.PutEvents", "told to pipelines")
    ),
    "mail an invitation": Operation(mail_an_invitation, Once("sesv2.SendEmail", "mails")),
    "export the audit trail": Operation(export_the_audit_trail),
    "export a long audit trail": Operation(export_a_long_audit_trail),
}


def _invite(world: World, name: str, by: Administrator | None = None) -> dict[str, Any]:
    inviting = world.client(by or world.person("chief", "super_admin"))
    body = {"email": f"{name}@initech.example", "role": "operator"}
    made: dict[str, Any] = inviting.post("/v1/admin/invitations", body).json
    return made


def _change(
    world: World, method: str, body: Mapping[str, str] | None = None, *, status: str = "active"
) -> Attempt:
    """Change somebody as their super administrator."""
    chief, bob = (
        world.person("chief", "super_admin"),
        world.person("bob", "operator", status=status),
    )

    def attempt() -> None:
        world.client(chief).request(method, f"/v1/admin/users/{bob.administrator_id}", body)
        world.hand_over(sync_identities, "administrator.%")

    return attempt


def _approve(world: World, change: Mapping[str, Any], follow: Attempt) -> Attempt:
    """Ask for something as one person and approve it as another."""
    asking = world.client(world.person("ada", "admin"))
    deciding = world.client(world.person("chief", "super_admin"))
    asked = asking.post("/v1/admin/approvals", change).json
    decision = {"action": "approve", "contentHash": asked["contentHash"]}

    def attempt() -> None:
        deciding.post(f"/v1/admin/approvals/{asked['approvalId']}/process", decision)
        follow()

    return attempt
