"""Who may change whom: nobody climbs, nobody is left without a super administrator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from saasgen.testing import Database

from handlers.catalog.permissions import ADMINISTRATOR_ROLES, is_above
from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings as stack_settings
from handlers.platform.database import sessions

from ..conftest import Caller, Client

PATH = "/v1/admin/users"
MakeAdministrator = Callable[..., Administrator]
SignIn = Callable[[Administrator], Client]


@pytest.fixture
def sign_in(caller: Caller) -> SignIn:
    return lambda who: caller(who.tenant_id, who.role, sub=who.cognito_sub)


@pytest.fixture
def chief(tenant: TenantId, make_administrator: MakeAdministrator) -> Administrator:
    return make_administrator(tenant, "super_admin")


@pytest.fixture
def clerk(tenant: TenantId, make_administrator: MakeAdministrator) -> Administrator:
    return make_administrator(tenant, "operator")


def own(administrator: Administrator) -> str:
    return f"{PATH}/{administrator.administrator_id}"


def told(event_type: str) -> list[dict[str, Any]]:
    with sessions.service_session() as session:
        rows = session.all("SELECT payload FROM outbox WHERE event_type = %s", [event_type])
    return [row["payload"] for row in rows]


def test_an_administrator_is_listed_and_read(
    chief: Administrator, clerk: Administrator, sign_in: SignIn
) -> None:
    client = sign_in(chief)

    found = client.get(PATH).json["items"]

    assert [one["role"] for one in found] == ["operator", "super_admin"]
    assert client.get(own(clerk)).json == found[0]
    assert "cognitoSub" not in found[0]
    assert [one["role"] for one in client.get(PATH, query={"role": "operator"}).json["items"]] == [
        "operator"
    ]


def test_another_tenants_administrator_is_not_there(
    chief: Administrator,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    sign_in: SignIn,
) -> None:
    stranger = make_administrator(make_tenant("Globex"))
    client = sign_in(chief)

    replies = [client.get(own(stranger)), client.get(f"{PATH}/{uuid4()}")]

    assert {(reply.status, reply.json["detail"]) for reply in replies} == {
        (404, "There is no administrator with this id.")
    }


def test_a_role_change_is_announced_with_what_it_was(
    chief: Administrator, clerk: Administrator, sign_in: SignIn
) -> None:
    reply = sign_in(chief).request("PUT", own(clerk), {"role": "admin"})

    assert (reply.status, reply.json["role"]) == (200, "admin")
    (event,) = told("administrator.role_changed")
    assert (event["before"], event["after"]) == ({"role": "operator"}, {"role": "admin"})


def test_where_two_people_decide_a_role_is_not_changed_directly(
    chief: Administrator,
    clerk: Administrator,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWO_PERSON_APPROVAL", "true")
    stack_settings.cache_clear()
    client = sign_in(chief)

    refused = client.request("PUT", own(clerk), {"role": "admin"})

    assert refused.status == 409
    assert "approval" in refused.json["detail"]
    assert client.request("PUT", own(clerk), {"firstName": "Milton"}).status == 200


@pytest.mark.parametrize("change", [{"role": "admin"}, {"status": "inactive"}])
def test_nobody_changes_their_own_standing(
    chief: Administrator, sign_in: SignIn, change: dict[str, str]
) -> None:
    assert sign_in(chief).request("PUT", own(chief), change).status == 409


def test_everybody_may_change_their_own_name_if_they_may_change_any(
    chief: Administrator, sign_in: SignIn
) -> None:
    reply = sign_in(chief).request("PUT", own(chief), {"lastName": "Lumbergh"})
    assert (reply.status, reply.json["lastName"]) == (200, "Lumbergh")


def test_nobody_deletes_themselves(chief: Administrator, sign_in: SignIn) -> None:
    assert sign_in(chief).request("DELETE", own(chief)).status == 409


def test_who_was_deactivated_gets_nowhere_until_reactivated(
    chief: Administrator, clerk: Administrator, sign_in: SignIn
) -> None:
    client, theirs = sign_in(chief), sign_in(clerk)
    assert theirs.get(PATH).status == 200

    client.request("PUT", own(clerk), {"status": "inactive"})
    assert theirs.get(PATH).status == 403

    client.request("PUT", own(clerk), {"status": "active"})
    assert theirs.get(PATH).status == 200
    assert (len(told("administrator.deactivated")), len(told("administrator.reactivated"))) == (
        1,
        1,
    )


def test_a_deleted_administrator_is_forgotten_and_the_address_free(
    chief: Administrator,
    clerk: Administrator,
    sign_in: SignIn,
    tenant: TenantId,
    make_administrator: MakeAdministrator,
) -> None:
    client = sign_in(chief)

    assert client.request("DELETE", own(clerk)).status == 200

    assert client.get(own(clerk)).status == 404
    assert sign_in(clerk).get(PATH).status == 403
    assert make_administrator(tenant, "auditor", email=clerk.email).email == clerk.email
    (event,) = told("administrator.deleted")
    assert event["before"]["role"] == "operator"
    assert "after" not in event


def test_of_two_who_dismiss_each_other_at_once_one_stays(
    tenant: TenantId, make_administrator: MakeAdministrator, sign_in: SignIn, database: Database
) -> None:
    for _ in range(8):
        pair = [make_administrator(tenant, "super_admin") for _ in range(2)]

        def dismiss(number: int, pair: list[Administrator] = pair) -> int:
            with sessions.connected_by(database.connect):
                client = sign_in(pair[number])
                return client.request("DELETE", own(pair[1 - number])).status

        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(dismiss, range(2)))

        assert 200 in statuses
        with sessions.tenant_session(tenant) as session:
            left = session.all(
                "SELECT administrator_id FROM administrators"
                " WHERE role = 'super_admin' AND status = 'active'"
            )
            assert len(left) == 1
            session.execute("UPDATE administrators SET status = 'inactive' WHERE status = 'active'")


steps = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(["role", "status", "delete", "invite"]),
        st.sampled_from(ADMINISTRATOR_ROLES),
    ),
    max_size=12,
)


@given(steps=steps)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_sequence_of_calls_gives_a_role_more_than_it_has(
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    sign_in: SignIn,
    steps: list[tuple[int, int, str, str]],
) -> None:
    """Whoever is not a super administrator at the start never makes one, whatever they try."""
    tenant = make_tenant("Properties")
    crew = [make_administrator(tenant, role) for role in ADMINISTRATOR_ROLES]
    chief = crew[0]
    for who, whom, what, role in steps:
        actor = crew[1:][who % 3]  # everybody but the super administrator
        client, target = sign_in(actor), crew[whom]
        if what == "role":
            client.request("PUT", own(target), {"role": role})
        elif what == "status":
            client.request("PUT", own(target), {"status": "inactive"})
        elif what == "delete":
            client.request("DELETE", own(target))
        else:
            reply = client.post(
                "/v1/admin/invitations", {"email": f"{uuid4().hex}@x.example", "role": role}
            )
            assert reply.status != 201 or not is_above(role, actor.role)  # type: ignore[arg-type]
    with sessions.tenant_session(tenant) as session:
        chiefs = session.all(
            "SELECT administrator_id FROM administrators"
            " WHERE role = 'super_admin' AND status = 'active'"
        )
    assert [row["administrator_id"] for row in chiefs] == [chief.administrator_id]
