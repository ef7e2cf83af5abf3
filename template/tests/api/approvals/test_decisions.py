"""One decision, about what was shown."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from saasgen.testing import Database

from handlers.domain.approvals import publishing
from handlers.domain.approvals.actions import deployments, model_registry
from handlers.domain.approvals.actions.action import Action
from handlers.platform.database import sessions

from ..conftest import Reply
from .conftest import (
    CONFIG,
    PATH,
    Crew,
    MakeAdministrator,
    SignIn,
    decide,
    deployment,
    environment,
    in_tenant,
    request_of,
    told,
)


def test_of_many_who_decide_at_once_one_does(
    crew: Crew, make_administrator: MakeAdministrator, sign_in: SignIn, database: Database
) -> None:
    asked = crew.ask()
    chiefs = [make_administrator(crew.tenant, "super_admin") for _ in range(32)]

    def attempt(number: int) -> int:
        verdict = "approve" if number % 2 else "reject"
        with sessions.connected_by(database.connect):
            return decide(sign_in(chiefs[number]), asked, verdict, reason="Mine.").status

    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(attempt, range(32)))

    assert sorted(statuses) == [200] + [409] * 31
    assert len(told("approval.approved")) + len(told("approval.rejected")) == 1
    is_approved = len(told("approval.approved")) == 1
    assert len(told("administrator.role_changed")) == is_approved
    assert crew.role_of_the_clerk() == ("auditor" if is_approved else "operator")


def test_the_database_keeps_a_decision(crew: Crew) -> None:
    asked = crew.ask()
    decide(crew.deciding, asked, "reject", reason="No.")

    with pytest.raises(psycopg.errors.RestrictViolation, match="rejected for good"):
        in_tenant(crew.tenant, "UPDATE approval_requests SET status = 'approved', reason = NULL")


@pytest.mark.parametrize("column", ["details", "resource_id", "requires_two_people", "expires_at"])
def test_what_was_asked_for_cannot_be_changed(crew: Crew, column: str) -> None:
    crew.ask()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        in_tenant(crew.tenant, f"UPDATE approval_requests SET {column} = {column}")


def test_nothing_is_born_approved(crew: Crew) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        in_tenant(crew.tenant, "INSERT INTO approval_requests (status) VALUES ('approved')")


def test_a_decision_about_something_else_is_refused(crew: Crew) -> None:
    asked, other = crew.ask(), crew.ask(crew.role_change("admin"))

    refused = decide(crew.deciding, {**asked, "contentHash": other["contentHash"]})

    assert (refused.status, refused.json["errors"][0]["field"]) == (409, "/contentHash")
    assert crew.role_of_the_clerk() == "operator"


def test_a_request_that_somebody_tampered_with_is_not_executed(
    crew: Crew, database: Database
) -> None:
    asked = crew.ask()
    with database.connect_owner() as connection:
        connection.execute("ALTER TABLE approval_requests NO FORCE ROW LEVEL SECURITY")
        connection.execute("""UPDATE approval_requests SET details = '{"newRole": "admin"}'""")
        connection.execute("ALTER TABLE approval_requests FORCE ROW LEVEL SECURITY")

    shown = crew.deciding.get(f"{PATH}/{asked['approvalId']}").json

    assert shown["contentHash"] != asked["contentHash"]
    assert decide(crew.deciding, asked).status == 409
    assert decide(crew.deciding, shown).status == 409
    assert crew.role_of_the_clerk() == "operator"


def test_what_has_changed_meanwhile_needs_a_new_request(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = crew.ask(crew.role_change("admin")), crew.ask(crew.role_change("auditor"))
    assert decide(crew.deciding, first).status == 200

    stale = decide(crew.deciding, second)

    assert stale.status == 409
    assert "anew" in stale.json["detail"]
    assert crew.deciding.get(f"{PATH}/{second['approvalId']}").json["status"] == "pending"
    assert crew.role_of_the_clerk() == "admin"


def test_who_is_gone_cannot_be_given_a_role(crew: Crew) -> None:
    asked = crew.ask()
    crew.deciding.request("DELETE", f"/v1/admin/users/{crew.clerk.administrator_id}")

    assert decide(crew.deciding, asked).status == 409


@pytest.mark.parametrize("change", [{"status": "inactive"}, {"role": "operator"}])
def test_a_request_does_not_outlive_the_standing_of_whoever_made_it(
    crew: Crew, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = crew.ask(
        request_of("billing_change", "billing_settings", crew.tenant, settings={"autoPay": True})
    )
    environment(monkeypatch, "dev", two_people=False)
    whom = f"/v1/admin/users/{crew.requester.administrator_id}"
    assert crew.deciding.request("PUT", whom, change).status == 200

    assert decide(crew.deciding, asked).status == 409
    assert crew.deciding.get("/v1/billing/settings").json["autoPay"] is False


def waiting(
    crew: Crew, database: Database, held: str, decision: Callable[[], Reply], meanwhile: str
) -> Reply:
    """Let a decision wait for a row that somebody holds and, meanwhile, changes."""

    def decided() -> Reply:
        with sessions.connected_by(database.connect):
            return decision()

    with database.connect("app") as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT set_config('app.tenant_id', %s, false)", [str(crew.tenant)])
        with other.transaction():
            other.execute(held)  # type: ignore[arg-type]
            running = pool.submit(decided)
            while other.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount == 0:
                assert not running.done(), running.result().text
            other.execute(meanwhile)  # type: ignore[arg-type]
        return running.result()


def test_a_billing_change_waits_for_another_one_and_does_not_overwrite_it(
    crew: Crew, database: Database
) -> None:
    def request(**changed: Any) -> dict[str, Any]:
        return request_of("billing_change", "billing_settings", crew.tenant, settings=changed)

    assert decide(crew.deciding, crew.ask(request(billingCycleDay=2))).status == 200
    asked = crew.ask(request(billingCycleDay=15))

    reply = waiting(
        crew,
        database,
        "SELECT FROM billing_settings FOR UPDATE",
        lambda: decide(crew.deciding, asked),
        "UPDATE billing_settings SET auto_pay = true",
    )

    assert reply.status == 409
    shown = crew.deciding.get("/v1/billing/settings").json
    assert (shown["autoPay"], shown["billingCycleDay"]) == (True, 2)


def test_a_role_change_waits_for_another_one_and_does_not_overwrite_it(
    crew: Crew, database: Database
) -> None:
    asked = crew.ask()

    reply = waiting(
        crew,
        database,
        "SELECT FROM administrators WHERE role = 'operator' FOR UPDATE",
        lambda: decide(crew.deciding, asked),
        "UPDATE administrators SET role = 'admin' WHERE role = 'operator'",
    )

    assert (reply.status, crew.role_of_the_clerk()) == (409, "admin")


def test_of_two_first_billing_changes_at_once_one_is_made(crew: Crew, database: Database) -> None:
    asked = [
        crew.ask(request_of("billing_change", "billing_settings", crew.tenant, settings=changed))
        for changed in ({"autoPay": True}, {"billingCycleDay": 15})
    ]

    def attempt(one: dict[str, Any]) -> int:
        with sessions.connected_by(database.connect):
            return decide(crew.deciding, one).status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, asked)) == [200, 409]


def test_who_is_dismissed_while_they_wait_decides_nothing(crew: Crew, database: Database) -> None:
    changed = {"autoPay": True}
    asked = crew.ask(
        request_of("billing_change", "billing_settings", crew.tenant, settings=changed)
    )

    reply = waiting(
        crew,
        database,
        "SELECT FROM approval_requests FOR UPDATE",
        lambda: decide(crew.deciding, asked),
        "UPDATE administrators SET role = 'operator' WHERE role = 'super_admin'",
    )

    assert reply.status == 403
    assert crew.asking.get(f"{PATH}/{asked['approvalId']}").json["status"] == "pending"


def test_two_deployments_of_the_same_moment_do_not_overtake_each_other(
    operators: Crew, database: Database
) -> None:
    asked = [operators.ask(deployment(version)) for version in ("2.0.0", "2.0.1")]

    def attempt(one: dict[str, Any]) -> int:
        with sessions.connected_by(database.connect):
            return decide(operators.deciding, one).status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, asked)) == [200, 409]
    assert len(told("deployment.approved")) == 1


def two_deployments() -> list[dict[str, Any]]:
    return [deployment(version) for version in ("2.0.0", "2.0.1")]


def two_new_providers() -> list[dict[str, Any]]:
    return [
        request_of("provider_change", "model_provider", "new-ai", config=CONFIG | {"timeoutS": s})
        for s in (30, 90)
    ]


@pytest.mark.parametrize(
    ("action", "requests", "effect"),
    [
        (deployments.Deployment, two_deployments, "deployment.approved"),
        (model_registry.ProviderChange, two_new_providers, "model_provider.changed"),
    ],
)
def test_what_appears_while_it_is_decided_is_not_replaced(
    operators: Crew,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    action: type[Action],
    requests: Callable[[], list[dict[str, Any]]],
    effect: str,
) -> None:
    slow, fast = map(operators.ask, requests())
    execute = action.execute

    def decide_fast() -> int:
        with sessions.connected_by(database.connect):
            return decide(operators.deciding, fast).status

    def overtaken(*arguments: Any) -> None:
        """Go on when what was read, and could not be locked, is not so any more."""
        monkeypatch.setattr(action, "execute", execute)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(decide_fast).result() == 200
        execute(*arguments)

    monkeypatch.setattr(action, "execute", overtaken)

    assert decide(operators.deciding, slow).status == 409
    assert [event["approvalId"] for event in told("approval.approved")] == [fast["approvalId"]]
    assert len(told(effect)) == 1


def test_what_breaks_off_after_the_decision_leaves_nothing(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = crew.ask()

    def crash(*_: object) -> None:
        assert crew.role_of_the_clerk  # the decision and its effect are written, uncommitted
        raise RuntimeError("the power fails")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish", crash)
        assert decide(crew.deciding, asked).status == 500

    assert crew.role_of_the_clerk() == "operator"
    assert told("administrator.role_changed") == []
    assert crew.deciding.get(f"{PATH}/{asked['approvalId']}").json["status"] == "pending"
    assert decide(crew.deciding, asked).status == 200
    assert len(told("administrator.role_changed")) == 1
