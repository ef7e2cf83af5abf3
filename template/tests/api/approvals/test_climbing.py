"""Nobody climbs by asking."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from saasgen.testing import Database

from handlers.catalog.permissions import ADMINISTRATOR_ROLES, is_above
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from .conftest import (
    PATH,
    Crew,
    MakeAdministrator,
    SignIn,
    decide,
    environment,
    in_tenant,
    request_of,
)


def test_nobody_asks_for_a_role_above_their_own(crew: Crew) -> None:
    assert crew.asking.post(PATH, crew.role_change("super_admin")).status == 403


def test_nobody_asks_for_another_role_for_themselves(crew: Crew) -> None:
    body = crew.role_change("auditor", resourceId=str(crew.requester.administrator_id))
    assert crew.asking.post(PATH, body).status == 409


def test_whom_a_change_is_about_does_not_decide_it(
    crew: Crew, make_administrator: MakeAdministrator, sign_in: SignIn
) -> None:
    second = sign_in(make_administrator(crew.tenant, "super_admin"))
    whom = str(crew.chief.administrator_id)
    asked = second.post(PATH, crew.role_change("admin", resourceId=whom)).json

    assert crew.deciding.get(f"{PATH}/{asked['approvalId']}").json["canApprove"] is False
    assert decide(crew.deciding, asked).status == 409


def test_of_two_super_administrators_who_demote_each_other_at_once_one_stays(
    crew: Crew,
    make_administrator: MakeAdministrator,
    sign_in: SignIn,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment(monkeypatch, "dev", two_people=False)
    pair = [crew.chief, make_administrator(crew.tenant, "super_admin")]
    asked = [
        sign_in(pair[n])
        .post(PATH, crew.role_change("admin", resourceId=str(pair[1 - n].administrator_id)))
        .json
        for n in range(2)
    ]

    def attempt(number: int) -> int:
        with sessions.connected_by(database.connect):
            return decide(sign_in(pair[number]), asked[number]).status

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(attempt, range(2))).count(200) == 1
    left = in_tenant(crew.tenant, "SELECT 1 FROM administrators WHERE role = 'super_admin'")
    assert len(left) == 1


steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["request", "approve", "reject", "cancel"]),
        st.integers(0, 3),
        st.sampled_from(ADMINISTRATOR_ROLES),
    ),
    max_size=12,
)


@given(steps=steps, chief_helps=st.booleans())
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_sequence_of_requests_and_decisions_gives_a_role_above_what_the_rules_allow(
    production: None,
    make_tenant: Callable[..., TenantId],
    make_administrator: MakeAdministrator,
    sign_in: SignIn,
    steps: list[tuple[int, str, int, Any]],
    chief_helps: bool,
) -> None:
    """Below a super administrator nobody decides; what one decides is not above who asked."""
    tenant = make_tenant("Properties")
    crew = [make_administrator(tenant, role) for role in ADMINISTRATOR_ROLES]
    asked: list[dict[str, Any]] = []
    for who, what, whom, role in steps:
        client = sign_in(crew[1 + who])
        if what == "request":
            body = request_of(
                "user_role_change", "administrator", crew[whom].administrator_id, newRole=role
            )
            reply = client.post(PATH, body)
            if reply.status == 201:
                assert not is_above(role, crew[1 + who].role)
                asked.append(reply.json)
        elif asked and what == "cancel":
            client.request("DELETE", f"{PATH}/{asked[-1]['approvalId']}")
        elif asked:
            assert decide(client, asked[-1], what, reason="Try.").status == 403
    if chief_helps:
        for one in asked:
            decide(sign_in(crew[0]), one)
    rows = in_tenant(tenant, "SELECT administrator_id, role FROM administrators")
    now = {row["administrator_id"]: row["role"] for row in rows}
    assert [who for who, role in now.items() if role == "super_admin"] == [crew[0].administrator_id]
    if not chief_helps:
        assert now == {one.administrator_id: one.role for one in crew}
