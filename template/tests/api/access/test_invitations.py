"""Inviting and accepting: single use, never above oneself, all or nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from saasgen.testing import Database

from handlers.api.access import invitations as views
from handlers.api.http import serving
from handlers.domain.access import invitations
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_users
from handlers.platform.base.errors import Problem
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from ..conftest import Caller, Client, Reply

INVITATION = {"email": "Bob@Initech.example", "role": "operator", "message": "Join us"}
PATH = "/v1/admin/invitations"
MakeAdministrator = Callable[..., Administrator]


@pytest.fixture
def inviter(tenant: TenantId, make_administrator: MakeAdministrator, caller: Caller) -> Client:
    administrator = make_administrator(tenant, "admin")
    return caller(tenant, "admin", sub=administrator.cognito_sub)


def token_of(tenant: TenantId, created: dict[str, Any], times_sent: int = 1) -> str:
    """Make the token that stands in the mail."""
    with sessions.tenant_session(tenant) as session:
        token = invitations.issue_token(
            session, serving.system_clock(), tenant, UUID(created["invitationId"]), times_sent
        )
    assert token is not None
    return token


def acceptance(token: str, **others: str) -> dict[str, str]:
    person = {"firstName": "Bob", "lastName": "Porter", "password": "Long-enough-2"}
    return {"token": token, **person, **others}


def events(*types: str) -> list[dict[str, Any]]:
    with sessions.service_session() as session:
        return session.all(
            "SELECT event_type, payload FROM outbox WHERE event_type = ANY(%s) ORDER BY event_id",
            [list(types)],
        )


# --- Inviting ------------------------------------------------------------------------------------


def test_an_invitation_is_pending_and_announced_without_its_secret(inviter: Client) -> None:
    reply = inviter.post(PATH, INVITATION)

    assert reply.status == 201
    created = reply.json
    assert (created["email"], created["role"]) == ("bob@initech.example", "operator")
    assert (created["status"], created["invitedByName"]) == ("pending", "Ada Byron")
    (event,) = events("invitation.created")
    assert event["payload"]["message"] == "Join us"
    assert not any("token" in key.lower() for key in event["payload"])
    assert inviter.get(f"{PATH}/{created['invitationId']}").json == created


def test_it_holds_for_two_days_unless_said_otherwise(inviter: Client) -> None:
    created = inviter.post(PATH, INVITATION).json
    longer = inviter.post(
        PATH, INVITATION | {"email": "c@initech.example", "expiresInHours": 168}
    ).json

    assert _life(created) == timedelta(hours=48)
    assert _life(longer) == timedelta(hours=168)


def _life(created: dict[str, Any]) -> timedelta:
    from datetime import datetime

    ends, begins = (datetime.fromisoformat(created[k]) for k in ("expiresAt", "createdAt"))
    return ends - begins


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "/email"),
        ({"role": "user"}, "/role"),
        ({"expiresInHours": 169}, "/expiresInHours"),
        ({"expiresInHours": 0}, "/expiresInHours"),
        ({"message": "x" * 501}, "/message"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    inviter: Client, change: dict[str, Any], field: str
) -> None:
    reply = inviter.post(PATH, INVITATION | change)
    assert reply.status in (400, 422)
    assert [error["field"] for error in reply.json["errors"]] == [field]


def test_nobody_invites_above_their_own_role(inviter: Client) -> None:
    reply = inviter.post(PATH, INVITATION | {"role": "super_admin"})
    assert reply.status == 403
    assert events("invitation.created") == []


def test_an_address_has_one_pending_invitation(inviter: Client) -> None:
    inviter.post(PATH, INVITATION)
    again = inviter.post(PATH, INVITATION | {"email": "BOB@initech.example"})
    assert again.status == 409
    assert "resend" in again.json["detail"]


def test_two_tenants_may_invite_the_same_address(
    inviter: Client,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    caller: Caller,
) -> None:
    other = make_tenant("Globex")
    theirs = caller(other, "admin", sub=make_administrator(other).cognito_sub)
    assert [who.post(PATH, INVITATION).status for who in (inviter, theirs)] == [201, 201]


def test_an_administrator_is_not_invited_again(
    inviter: Client, tenant: TenantId, make_administrator: MakeAdministrator
) -> None:
    make_administrator(tenant, email="bob@initech.example")
    assert inviter.post(PATH, INVITATION).status == 409


def test_of_many_who_invite_an_address_at_once_one_succeeds(
    inviter: Client, database: Database
) -> None:
    def invite(_number: int) -> int:
        with sessions.connected_by(database.connect):
            return inviter.post(PATH, INVITATION).status

    statuses = in_parallel(invite)
    assert sorted(statuses) == [201] + [409] * (len(statuses) - 1)


def in_parallel(work: Callable[[int], int], times: int = 32) -> list[int]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(work, range(times)))


def test_the_list_shows_what_has_expired_as_expired(
    inviter: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inviter.post(PATH, INVITATION)
    later(monkeypatch, hours=49)

    assert [i["status"] for i in inviter.get(PATH).json["items"]] == ["expired"]
    assert inviter.get(PATH, query={"status": "pending"}).json["items"] == []
    assert len(inviter.get(PATH, query={"status": "expired"}).json["items"]) == 1


def later(monkeypatch: pytest.MonkeyPatch, **duration: float) -> None:
    now = serving.system_clock() + timedelta(**duration)
    monkeypatch.setattr(serving.serve, "__defaults__", (lambda: now,))
    monkeypatch.setattr(views, "system_clock", lambda: now)


def test_an_expired_invitation_makes_way_for_a_new_one(
    inviter: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = inviter.post(PATH, INVITATION).json
    later(monkeypatch, hours=49)

    assert inviter.post(PATH, INVITATION).status == 201
    assert inviter.post(f"{PATH}/{first['invitationId']}/resend").status == 409


def test_the_operator_invites_the_first_administrator_of_a_tenant(
    operator_admin: Client, tenant: TenantId
) -> None:
    body = INVITATION | {"role": "super_admin"}
    reply = operator_admin.post(f"/v1/tenants/{tenant}/invitations", body)

    assert reply.status == 201
    assert "invitedBy" not in reply.json
    assert reply.json["invitedByName"] == "Acme Inc."
    (event,) = events("invitation.created")
    assert event["payload"]["after"]["role"] == "super_admin"


# --- Resending and revoking ----------------------------------------------------------------------


def test_a_resent_invitation_has_a_new_link_and_the_old_one_is_dead(
    inviter: Client, anyone: Client, tenant: TenantId, people: "People"
) -> None:
    created = inviter.post(PATH, INVITATION).json
    old = token_of(tenant, created)

    reply = inviter.post(f"{PATH}/{created['invitationId']}/resend")

    assert (reply.status, reply.json["timesSent"]) == (200, 2)
    assert anyone.post(f"{PATH}/accept", acceptance(old)).status == 404
    new = token_of(tenant, created, times_sent=2)
    assert anyone.post(f"{PATH}/accept", acceptance(new)).status == 201


def test_a_revoked_invitation_cannot_be_accepted_or_sent_again(
    inviter: Client, anyone: Client, tenant: TenantId, people: "People"
) -> None:
    created = inviter.post(PATH, INVITATION).json
    token = token_of(tenant, created)
    own = f"{PATH}/{created['invitationId']}"

    assert inviter.request("DELETE", own).json["status"] == "revoked"
    assert inviter.request("DELETE", own).status == 200
    assert anyone.post(f"{PATH}/accept", acceptance(token)).status == 404
    assert inviter.post(f"{own}/resend").status == 409
    assert people.made == {}


def test_who_stands_below_cannot_take_an_invitation_back(
    inviter: Client, tenant: TenantId, make_administrator: MakeAdministrator, caller: Caller
) -> None:
    chief = make_administrator(tenant, "super_admin")
    body = INVITATION | {"role": "super_admin"}
    created = caller(tenant, "super_admin", sub=chief.cognito_sub).post(PATH, body).json
    own = f"{PATH}/{created['invitationId']}"

    assert inviter.request("DELETE", own).status == 403
    assert inviter.post(f"{own}/resend").status == 403


def test_another_tenants_invitation_is_not_there(
    inviter: Client,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    caller: Caller,
) -> None:
    created = inviter.post(PATH, INVITATION).json
    other = make_tenant("Globex")
    theirs = caller(other, "admin", sub=make_administrator(other).cognito_sub)

    for identifier in (created["invitationId"], str(uuid4())):
        reply = theirs.get(f"{PATH}/{identifier}")
        assert (reply.status, reply.json["detail"]) == (404, "There is no invitation with this id.")


# --- Accepting -----------------------------------------------------------------------------------


class People:
    """Stands in for Cognito: keeps who was made, and breaks down where it is told to."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.fault: Exception | None = None

    def ensure_user(self, person: cognito_users.Person) -> str:
        sub = self.made.setdefault(person.email, str(uuid4()))
        self.passwords[sub] = person.password
        if self.fault is not None:
            raise self.fault
        return sub

    def follow(self, sub: str, role: str, _standing: str) -> None:
        self.roles[sub] = role


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> People:
    stand_in = People()
    monkeypatch.setattr(cognito_users, "ensure_user", stand_in.ensure_user)
    monkeypatch.setattr(cognito_users, "synchronize", stand_in.follow)
    return stand_in


@pytest.fixture
def token(inviter: Client, tenant: TenantId) -> str:
    return token_of(tenant, inviter.post(PATH, INVITATION).json)


def accept(anyone: Client, token: str, **others: str) -> Reply:
    return anyone.post(f"{PATH}/accept", acceptance(token, **others))


def administrators_of(tenant: TenantId) -> list[dict[str, Any]]:
    with sessions.tenant_session(tenant) as session:
        return session.all(
            "SELECT email, first_name, role, status, cognito_sub FROM administrators"
            " WHERE email = 'bob@initech.example'"
        )


def test_accepting_makes_the_administrator_once(
    anyone: Client, token: str, tenant: TenantId, people: People
) -> None:
    reply = accept(anyone, token)

    assert reply.status == 201
    assert (reply.json["email"], reply.json["role"]) == ("bob@initech.example", "operator")
    (made,) = administrators_of(tenant)
    sub = people.made["bob@initech.example"]
    assert (made["status"], made["cognito_sub"], people.roles[sub]) == ("active", sub, "operator")
    (event,) = events("administrator.created")
    assert event["payload"]["actor"] == f"user:{sub}"
    assert accept(anyone, token).status == 404
    assert len(administrators_of(tenant)) == 1


@pytest.mark.parametrize("required", [True, False])
def test_who_accepts_is_told_whether_a_second_factor_will_be_asked_for(
    anyone: Client, token: str, people: People, monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    monkeypatch.setenv("MFA_REQUIRED", str(required).lower())
    settings.cache_clear()

    assert accept(anyone, token).json["mfaRequired"] is required


@pytest.mark.parametrize("why", ["unknown", "expired", "revoked", "accepted"])
def test_an_invalid_token_says_nothing_about_why(
    anyone: Client,
    inviter: Client,
    tenant: TenantId,
    people: People,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created = inviter.post(PATH, INVITATION).json
    token = token_of(tenant, created)
    if why == "unknown":
        token = "x" * len(token)
    elif why == "expired":
        later(monkeypatch, hours=49)
    elif why == "revoked":
        inviter.request("DELETE", f"{PATH}/{created['invitationId']}")
    else:
        accept(anyone, token)

    reply = accept(anyone, token)

    assert reply.status == 404
    assert reply.json["detail"] == "This invitation is not valid (any more). Ask for a new one."


def test_of_many_who_accept_one_token_at_once_one_succeeds(
    anyone: Client, token: str, tenant: TenantId, people: People, database: Database
) -> None:
    def attempt(number: int) -> int:
        with sessions.connected_by(database.connect):
            return accept(anyone, token, password=f"Long-enough-{number}").status

    statuses = in_parallel(attempt)

    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 404, 409}
    assert len(administrators_of(tenant)) == 1
    winner = statuses.index(201)
    assert list(people.passwords.values()) == [f"Long-enough-{winner}"]


def test_a_refused_password_can_be_mended_at_once(
    anyone: Client, token: str, tenant: TenantId, people: People
) -> None:
    people.fault = Problem("too weak")
    accept(anyone, token)
    people.fault = None

    assert accept(anyone, token).status == 201
    assert len(administrators_of(tenant)) == 1


def test_while_the_lease_of_an_attempt_that_broke_off_runs_nobody_accepts(
    anyone: Client, token: str, tenant: TenantId, people: People
) -> None:
    people.fault = KeyboardInterrupt()  # nothing catches it: the process is gone
    with pytest.raises(KeyboardInterrupt):
        accept(anyone, token)
    people.fault = None

    assert accept(anyone, token).status == 409
    assert administrators_of(tenant) == []


def test_revoked_while_it_is_being_accepted_nobody_becomes_administrator(
    anyone: Client,
    inviter: Client,
    tenant: TenantId,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created = inviter.post(PATH, INVITATION).json
    token = token_of(tenant, created)

    def revoking(person: cognito_users.Person) -> str:
        inviter.request("DELETE", f"{PATH}/{created['invitationId']}")
        return people.ensure_user(person)

    monkeypatch.setattr(cognito_users, "ensure_user", revoking)

    assert accept(anyone, token).status == 404
    assert administrators_of(tenant) == []
    assert people.roles == {}


def test_a_silent_cognito_does_not_undo_what_stands(
    anyone: Client, token: str, tenant: TenantId, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise TimeoutError("no answer")

    monkeypatch.setattr(cognito_users, "synchronize", silent)

    assert accept(anyone, token).status == 201
    assert len(events("administrator.created")) == 1


@pytest.mark.parametrize("method", ["sms", "email"])
def test_a_second_factor_that_is_not_offered_is_refused(
    anyone: Client, token: str, people: People, method: str
) -> None:
    reply = accept(anyone, token, mfaMethod=method)
    assert reply.status == 422
    assert reply.json["errors"][0]["field"] == "/mfaMethod"
    assert people.made == {}
