"""What is shown of a request, and to whom."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from handlers.platform.base.ids import TenantId

from ..conftest import Client
from .conftest import PATH, Crew, MakeAdministrator, SignIn, decide, told


def test_a_request_shows_what_it_would_change_and_who_asks(crew: Crew) -> None:
    asked = crew.ask(crew.role_change(priority="high", notes="They leave.", expiresInHours=48))

    shown = crew.deciding.get(f"{PATH}/{asked['approvalId']}").json

    assert shown == asked | {"canApprove": True}
    assert asked["canApprove"] is False
    assert (shown["details"], shown["before"]["role"]) == ({"newRole": "auditor"}, "operator")
    assert (shown["requestedByName"], shown["priority"]) == ("Ada Byron", "high")
    began, ends = map(datetime.fromisoformat, (shown["requestedAt"], shown["expiresAt"]))
    assert (ends - began).total_seconds() == 48 * 3600


def test_approvers_are_told_all_that_a_notification_needs(crew: Crew) -> None:
    asked = crew.ask()

    (event,) = told("approval.requested")

    assert {
        "approvalId": asked["approvalId"],
        "action": "change role",
        "resourceType": "administrator",
        "resourceId": str(crew.clerk.administrator_id),
        "priority": "medium",
        "requestedByName": "Ada Byron",
    }.items() <= event.items()
    assert datetime.fromisoformat(event["expiresAt"]) == datetime.fromisoformat(asked["expiresAt"])
    assert "link" not in event


def test_the_list_is_filtered_by_status_and_by_what_waits_for_the_caller(
    crew: Crew, sign_in: SignIn
) -> None:
    theirs, rejected = crew.ask(), crew.ask()
    decide(crew.deciding, rejected, "reject", reason="Not now.")
    own = crew.deciding.post(PATH, crew.role_change("admin")).json

    def ids(client: Client, **query: str) -> list[str]:
        return [one["approvalId"] for one in client.get(PATH, query=query).json["items"]]

    assert ids(crew.deciding) == [own["approvalId"], rejected["approvalId"], theirs["approvalId"]]
    assert ids(crew.deciding, status="rejected") == [rejected["approvalId"]]
    assert ids(crew.deciding, pendingForMe="true") == [theirs["approvalId"]]
    assert ids(crew.asking, pendingForMe="true") == []
    assert sign_in(crew.clerk).get(PATH).status == 403


def test_another_tenants_request_is_not_there(
    crew: Crew,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    sign_in: SignIn,
) -> None:
    asked = crew.ask()
    stranger = sign_in(make_administrator(make_tenant("Globex"), "super_admin"))
    missing = {**asked, "approvalId": str(uuid4())}

    replies = [
        call
        for one in (asked, missing)
        for call in (
            stranger.get(f"{PATH}/{one['approvalId']}"),
            stranger.request("DELETE", f"{PATH}/{one['approvalId']}"),
            decide(stranger, one),
        )
    ]

    assert {(reply.status, reply.json["detail"]) for reply in replies} == {
        (404, "There is no approval with this id.")
    }
