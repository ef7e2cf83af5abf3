"""Two people for what one may not do alone: asked for, shown, decided once, executed once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from generator.testing import Database
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from handlers.api.http import serving
from handlers.catalog.permissions import ADMINISTRATOR_ROLES, is_above
from handlers.domain import audit, decisions
from handlers.domain.administrators import Administrator
from handlers.platform import db
from handlers.platform.events import Event
from handlers.platform.ids import TenantId
from handlers.platform.settings import settings as stack_settings

from .conftest import Caller, Client, Reply

NOBODY = "019ca945-0a00-7000-8000-000000000000"

PATH = "/v1/admin/approvals"
MakeAdministrator = Callable[..., Administrator]
SignIn = Callable[[Administrator], Client]

SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:providers/example-ai"
CONFIG = {"isEnabled": True, "baseUrl": "https://api.example.com/v1", "apiKeySecretArn": SECRET_ARN}


@pytest.fixture
def sign_in(caller: Caller) -> SignIn:
    return lambda who: caller(who.tenant_id, who.role, sub=who.cognito_sub)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    monkeypatch.setenv("TWO_PERSON_APPROVAL", "true")
    stack_settings.cache_clear()


class Crew:
    """The people of a tenant, signed in, and an operator to be promoted."""

    def __init__(self, tenant: TenantId, make: MakeAdministrator, sign_in: SignIn) -> None:
        self.tenant = tenant
        self.requester, self.chief = make(tenant, "admin"), make(tenant, "super_admin")
        self.clerk = make(tenant, "operator")
        self.asking, self.deciding = sign_in(self.requester), sign_in(self.chief)

    def role_change(self, role: str = "auditor", **others: Any) -> dict[str, Any]:
        return {
            "type": "user_role_change",
            "action": "change role",
            "resourceType": "administrator",
            "resourceId": str(self.clerk.administrator_id),
            "details": {"newRole": role},
            **others,
        }

    def ask(self, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        reply = self.asking.post(PATH, body or self.role_change())
        assert reply.status == 201, reply.text
        made: dict[str, Any] = reply.json
        return made

    def role_of_the_clerk(self) -> str:
        with db.tenant_session(self.tenant) as session:
            row = session.one(
                "SELECT role FROM administrators WHERE administrator_id = %s",
                [self.clerk.administrator_id],
            )
        assert row is not None
        return str(row["role"])


@pytest.fixture
def crew(
    production: None, tenant: TenantId, make_administrator: MakeAdministrator, sign_in: SignIn
) -> Crew:
    return Crew(tenant, make_administrator, sign_in)


@pytest.fixture
def operators(
    production: None, operator: TenantId, make_administrator: MakeAdministrator, sign_in: SignIn
) -> Crew:
    return Crew(operator, make_administrator, sign_in)


def decide(
    client: Client, asked: Mapping[str, Any], verdict: str = "approve", **more: Any
) -> Reply:
    body = {"action": verdict, "contentHash": asked["contentHash"], **more}
    return client.post(f"{PATH}/{asked['approvalId']}/process", body)


def told(event_type: str) -> list[dict[str, Any]]:
    with db.service_session() as session:
        rows = session.all(
            "SELECT payload FROM outbox WHERE event_type = %s ORDER BY event_id", [event_type]
        )
    return [row["payload"] for row in rows]


def audited(tenant: TenantId) -> dict[str, dict[str, Any]]:
    """Write the trail of all that has happened and return its last entries, by event type."""
    with db.service_session() as session:
        rows = session.all(
            "SELECT event_id, event_type, tenant_id, created_at AS occurred_at, payload AS data,"
            " correlation_id FROM outbox WHERE tenant_id = %s ORDER BY event_id",
            [tenant],
        )
    with db.tenant_session(tenant) as session:
        for row in rows:
            audit.record(session, row["occurred_at"], Event(**row))
        entries = session.all("SELECT * FROM audit_entries ORDER BY sequence")
    assert all(entry["resource_id"] != "*" for entry in entries)
    return {entry["action"]: entry for entry in entries}


def in_tenant(tenant: TenantId, statement: str, *values: object) -> list[dict[str, Any]]:
    with db.tenant_session(tenant) as session:
        cursor = session.connection.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the API believe it is another time."""
    monkeypatch.setattr(serving.serve, "__defaults__", (lambda: moment,))


# Every type: asked for, approved, executed once, told with what was and what is.


def add_model(operator: TenantId) -> None:
    in_tenant(
        operator,
        "INSERT INTO model_providers (tenant_id, provider_id, config, created_at, updated_at)"
        " VALUES (%s, 'example-ai', '{}', now(), now())",
        operator,
    )
    in_tenant(
        operator,
        "INSERT INTO models (tenant_id, model_id, provider_id, created_at, updated_at)"
        " VALUES (%s, 'example-1', 'example-ai', now(), now())",
        operator,
    )


def request_of(kind: str, resource: str, resource_id: object, **details: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "action": kind.replace("_", " "),
        "resourceType": resource,
        "resourceId": str(resource_id),
        "details": details,
    }


def deployment(version: str) -> dict[str, Any]:
    environment = stack_settings().environment
    return request_of("deployment", "environment", environment, version=version)


def deployed(operators: Crew, version: str) -> str:
    """Deploy a version and return the deployment's id."""
    assert decide(operators.deciding, operators.ask(deployment(version))).status == 200
    return str(told("deployment.approved")[-1]["deploymentId"])


Prepared = tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]


def prepare_deployment(crew: Crew) -> Prepared:
    deployed(crew, "1.3.9")
    return deployment("1.4.0"), "deployment.approved", {"version": "1.3.9"}, {"version": "1.4.0"}


def prepare_promotion(crew: Crew) -> Prepared:
    body = request_of("promotion", "deployment", deployed(crew, "1.4.0"), targetEnvironment="prod")
    return body, "deployment.promoted", {"promotedTo": None}, {"promotedTo": "prod"}


def prepare_model_activation(crew: Crew) -> Prepared:
    add_model(crew.tenant)
    body = request_of(
        "model_activation", "model", "example-1", newStatus="active", thermalState="warm"
    )
    was, after = (
        {"status": "inactive", "thermalState": "off"},
        {"status": "active", "thermalState": "warm"},
    )
    return body, "model.changed", was, after


def prepare_provider_change(crew: Crew) -> Prepared:
    add_model(crew.tenant)
    body = request_of("provider_change", "model_provider", "example-ai", config=CONFIG)
    after = {**CONFIG, "timeoutS": 60, "maxConcurrency": 100}
    return body, "model_provider.changed", {}, after


def prepare_user_role_change(crew: Crew) -> Prepared:
    was, after = {"role": "operator"}, {"role": "auditor"}
    return crew.role_change("auditor"), "administrator.role_changed", was, after


def prepare_billing_change(crew: Crew) -> Prepared:
    after = {"marginPercent": "25.50", "alertThresholds": [80, 100]}
    body = request_of("billing_change", "billing_settings", crew.tenant, settings=after)
    was = {"marginPercent": "20.00", "alertThresholds": [50, 75, 90, 100]}
    return body, "billing_settings.changed", was, after


PREPARATIONS = [
    prepare_deployment,
    prepare_promotion,
    prepare_model_activation,
    prepare_provider_change,
    prepare_user_role_change,
    prepare_billing_change,
]


@pytest.mark.parametrize("prepare", PREPARATIONS, ids=lambda prepare: prepare.__name__[8:])
def test_every_type_is_executed_once_and_told_with_what_it_was(
    operators: Crew, prepare: Callable[[Crew], Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    if prepare is prepare_promotion:
        environment(monkeypatch, "staging", two_people=False)
    body, effect, was, after = prepare(operators)
    effects = len(told(effect))

    asked = operators.ask(body)
    assert len(told(effect)) == effects
    assert asked["before"] == told("approval.requested")[-1]["after"]["before"]

    approved = decide(operators.deciding, asked)
    again = decide(operators.deciding, asked)

    assert (approved.status, approved.json["status"], again.status) == (200, "approved", 409)
    assert len(told(effect)) == effects + 1
    event = told(effect)[-1]
    assert (event["before"], event["after"]) == (was, after)
    assert event["actor"] == f"user:{operators.chief.cognito_sub}"
    entries = audited(operators.tenant)
    assert (entries[effect]["before"], entries[effect]["after"]) == (was, after)
    about = {name: entries["approval.approved"][name] for name in ("resource_type", "resource_id")}
    assert about == {"resource_type": "approval", "resource_id": asked["approvalId"]}
    (decision,) = [e for e in told("approval.approved") if e["approvalId"] == asked["approvalId"]]
    assert (decision["before"], decision["after"]) == (
        {"status": "pending"},
        {"status": "approved"},
    )


def environment(monkeypatch: pytest.MonkeyPatch, name: str, *, two_people: bool) -> None:
    monkeypatch.setenv("ENVIRONMENT", name)
    monkeypatch.setenv("TWO_PERSON_APPROVAL", str(two_people).lower())
    stack_settings.cache_clear()


def test_what_was_approved_is_the_state_of_things_afterwards(operators: Crew) -> None:
    for prepare in (prepare_provider_change, prepare_billing_change, prepare_user_role_change):
        body, *_ = prepare(operators)
        decide(operators.deciding, operators.ask(body))
    activation = request_of(
        "model_activation", "model", "example-1", newStatus="active", thermalState="hot"
    )
    decide(operators.deciding, operators.ask(activation))

    shown = operators.deciding.get("/v1/billing/settings").json
    assert (shown["marginPercent"], shown["alertThresholds"]) == ("25.50", [80, 100])
    assert operators.role_of_the_clerk() == "auditor"
    (model,) = in_tenant(operators.tenant, "SELECT status, thermal_state FROM models")
    assert model == {"status": "active", "thermal_state": "hot"}
    (provider,) = in_tenant(operators.tenant, "SELECT config FROM model_providers")
    assert provider["config"] == {**CONFIG, "timeoutS": 60, "maxConcurrency": 100}


def test_deployments_form_a_row_and_know_their_approval(operators: Crew) -> None:
    first = deployed(operators, "1.0.0")
    second = deployed(operators, "1.1.0")

    rows = in_tenant(
        operators.tenant,
        "SELECT deployment_id::text AS id, replaces::text, environment FROM deployments"
        " ORDER BY deployment_id",
    )
    assert rows == [
        {"id": first, "replaces": None, "environment": "prod"},
        {"id": second, "replaces": first, "environment": "prod"},
    ]


# What is shown, and to whom.


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


# Who may decide.


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_in_production_nobody_decides_their_own_request(crew: Crew, verdict: str) -> None:
    asked = crew.deciding.post(PATH, crew.role_change()).json

    refused = decide(crew.deciding, asked, verdict, reason="I say so.")

    assert refused.status == 403
    assert crew.deciding.get(f"{PATH}/{asked['approvalId']}").json["status"] == "pending"


def test_the_database_refuses_it_too(crew: Crew) -> None:
    asked = crew.deciding.post(PATH, crew.role_change()).json
    approve = (
        "UPDATE approval_requests SET status = 'approved', decided_at = now(), decided_by = {}"
        " WHERE approval_id = %s"
    )

    with pytest.raises(psycopg.errors.CheckViolation, match="approval_requests_two_people"):
        in_tenant(crew.tenant, approve.format("requested_by"), asked["approvalId"])
    other = f"'{crew.requester.administrator_id}'"
    in_tenant(crew.tenant, approve.format(other), asked["approvalId"])


def test_elsewhere_the_requester_may_decide_alone(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "dev", two_people=False)
    asked = crew.deciding.post(PATH, crew.role_change()).json

    assert (asked["requiresTwoPeople"], asked["canApprove"]) == (False, True)
    assert decide(crew.deciding, asked).status == 200
    assert crew.role_of_the_clerk() == "auditor"


def test_a_request_from_before_two_people_were_required_takes_two(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "prod", two_people=False)
    asked = crew.deciding.post(PATH, crew.role_change()).json
    environment(monkeypatch, "prod", two_people=True)

    assert decide(crew.deciding, asked).status == 403


def test_one_person_of_another_environment_does_not_promote_to_production(
    operators: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "staging", two_people=False)
    body, *_ = prepare_promotion(operators)
    asked = operators.deciding.post(PATH, body).json

    assert asked["requiresTwoPeople"] is True
    assert decide(operators.deciding, asked).status == 403


def test_an_admin_asks_and_does_not_decide(crew: Crew) -> None:
    asked = crew.ask()
    assert decide(crew.asking, asked).status == 403


# One decision, about what was shown.


def test_of_many_who_decide_at_once_one_does(
    crew: Crew, make_administrator: MakeAdministrator, sign_in: SignIn, database: Database
) -> None:
    asked = crew.ask()
    chiefs = [make_administrator(crew.tenant, "super_admin") for _ in range(32)]

    def attempt(number: int) -> int:
        verdict = "approve" if number % 2 else "reject"
        with db.connected_by(database.connect):
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
        with db.connected_by(database.connect):
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
        with db.connected_by(database.connect):
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
        with db.connected_by(database.connect):
            return decide(operators.deciding, one).status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, asked)) == [200, 409]
    assert len(told("deployment.approved")) == 1


def test_what_breaks_off_after_the_decision_leaves_nothing(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = crew.ask()

    def crash(*_: object) -> None:
        assert crew.role_of_the_clerk  # the decision and its effect are written, uncommitted
        raise RuntimeError("the power fails")

    with monkeypatch.context() as broken:
        broken.setattr(decisions, "announce_approval", crash)
        assert decide(crew.deciding, asked).status == 500

    assert crew.role_of_the_clerk() == "operator"
    assert told("administrator.role_changed") == []
    assert crew.deciding.get(f"{PATH}/{asked['approvalId']}").json["status"] == "pending"
    assert decide(crew.deciding, asked).status == 200
    assert len(told("administrator.role_changed")) == 1


# Rejected, cancelled, expired.


def test_a_rejection_says_why_and_executes_nothing(crew: Crew) -> None:
    asked = crew.ask()

    silent = decide(crew.deciding, asked, "reject")
    rejected = decide(crew.deciding, asked, "reject", reason="They are needed.")

    assert (silent.status, silent.json["errors"][0]["field"]) == (422, "/reason")
    assert (rejected.status, rejected.json["reason"]) == (200, "They are needed.")
    assert rejected.json["decidedByName"] == "Ada Byron"
    assert crew.role_of_the_clerk() == "operator"
    (event,) = told("approval.rejected")
    assert event["reason"] == "They are needed."


def test_the_requester_or_a_super_administrator_takes_a_request_back(
    crew: Crew, make_administrator: MakeAdministrator, sign_in: SignIn
) -> None:
    first, second = crew.ask(), crew.ask()
    colleague = sign_in(make_administrator(crew.tenant, "admin"))
    place = f"{PATH}/{first['approvalId']}"

    assert colleague.request("DELETE", place).status == 403
    assert crew.asking.request("DELETE", place).json["status"] == "cancelled"
    assert crew.asking.request("DELETE", place).status == 200
    assert decide(crew.deciding, first).status == 409
    assert crew.deciding.request("DELETE", f"{PATH}/{second['approvalId']}").status == 200
    assert len(told("approval.cancelled")) == 2
    assert crew.role_of_the_clerk() == "operator"


def test_what_is_decided_cannot_be_taken_back(crew: Crew) -> None:
    asked = crew.ask()
    decide(crew.deciding, asked)
    assert crew.asking.request("DELETE", f"{PATH}/{asked['approvalId']}").status == 409


def test_a_request_expires_by_itself(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = crew.ask(crew.role_change(expiresInHours=1))
    ends = datetime.fromisoformat(asked["expiresAt"])

    at(monkeypatch, ends)

    shown = crew.deciding.get(f"{PATH}/{asked['approvalId']}").json
    assert (shown["status"], shown["canApprove"]) == ("expired", False)
    assert decide(crew.deciding, asked).status == 409
    assert crew.asking.request("DELETE", f"{PATH}/{asked['approvalId']}").status == 409
    assert crew.deciding.get(PATH, query={"pendingForMe": "true"}).json["items"] == []
    assert len(crew.deciding.get(PATH, query={"status": "expired"}).json["items"]) == 1
    assert crew.role_of_the_clerk() == "operator"


# Nonsense is refused when it is asked for, by field.

UNREADABLE: list[tuple[str, str, dict[str, Any], str]] = [
    ("user_role_change", "administrator", {"newRole": "king"}, "/details/newRole"),
    ("user_role_change", "administrator", {}, "/details/newRole"),
    ("user_role_change", "administrator", {"newRole": "admin", "x": 1}, "/details/x"),
    ("billing_change", "billing_settings", {"settings": {}}, "/details/settings"),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"marginPercent": 25.5}},
        "/details/settings/marginPercent",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"billingCycleDay": 29}},
        "/details/settings/billingCycleDay",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"alertThresholds": [90, 50]}},
        "/details/settings/alertThresholds",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"currency": "ABC"}},
        "/details/settings/currency",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"marginTiers": [{"marginPercent": "5.00", "upToMinor": 100}]}},
        "/details/settings",
    ),
    ("deployment", "environment", {"version": "latest; rm -rf /"}, "/details/version"),
    ("promotion", "deployment", {"targetEnvironment": "dev"}, "/details/targetEnvironment"),
    (
        "provider_change",
        "model_provider",
        {"config": {**CONFIG, "apiKeySecretArn": "hunter2"}},
        "/details/config/apiKeySecretArn",
    ),
    (
        "provider_change",
        "model_provider",
        {"config": {**CONFIG, "baseUrl": "http://api.example.com"}},
        "/details/config/baseUrl",
    ),
    ("model_activation", "model", {"newStatus": "active"}, "/details/thermalState"),
]


@pytest.mark.parametrize(("kind", "resource", "details", "field"), UNREADABLE)
def test_details_of_another_shape_are_refused_by_field(
    operators: Crew, kind: str, resource: str, details: dict[str, Any], field: str
) -> None:
    reply = operators.asking.post(PATH, request_of(kind, resource, "example", **details))

    assert reply.status == 400, reply.text
    assert field in [error["field"] for error in reply.json["errors"]]


SENSELESS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("user_role_change", "administrator", "clerk", {"newRole": "auditor"}, "/resourceId"),
    ("user_role_change", "administrator", NOBODY, {"newRole": "auditor"}, "/resourceId"),
    ("user_role_change", "user", "CLERK", {"newRole": "auditor"}, "/resourceType"),
    ("user_role_change", "administrator", "CLERK", {"newRole": "operator"}, "/details/newRole"),
    (
        "billing_change",
        "billing_settings",
        NOBODY,
        {"settings": {"autoPay": True}},
        "/resourceId",
    ),
    (
        "billing_change",
        "billing_settings",
        "TENANT",
        {"settings": {"autoPay": False}},
        "/details/settings",
    ),
    (
        "billing_change",
        "billing_settings",
        "TENANT",
        {"settings": {"marginType": "tiered"}},
        "/details/settings/marginType",
    ),
    ("deployment", "environment", "dev", {"version": "1.0.0"}, "/resourceId"),
    ("promotion", "deployment", NOBODY, {"targetEnvironment": "prod"}, "/resourceId"),
    (
        "promotion",
        "deployment",
        "DEPLOYMENT",
        {"targetEnvironment": "staging"},
        "/details/targetEnvironment",
    ),
    (
        "model_activation",
        "model",
        "none",
        {"newStatus": "active", "thermalState": "hot"},
        "/resourceId",
    ),
    (
        "model_activation",
        "model",
        "example-1",
        {"newStatus": "inactive", "thermalState": "off"},
        "/details/newStatus",
    ),
    ("provider_change", "model_provider", "No Name", {"config": CONFIG}, "/resourceId"),
]


@pytest.mark.parametrize(("kind", "resource", "resource_id", "details", "field"), SENSELESS)
def test_nonsense_is_refused_by_field(
    operators: Crew, kind: str, resource: str, resource_id: str, details: dict[str, Any], field: str
) -> None:
    add_model(operators.tenant)
    names = {"CLERK": operators.clerk.administrator_id, "TENANT": operators.tenant}
    if resource_id == "DEPLOYMENT":
        names["DEPLOYMENT"] = deployed(operators, "1.0.0")  # type: ignore[assignment]

    reply = operators.asking.post(
        PATH, request_of(kind, resource, names.get(resource_id, resource_id), **details)
    )

    assert reply.status == 422, reply.text
    assert [error["field"] for error in reply.json["errors"]] == [field]
    assert told("approval.requested") == [] or resource_id == "DEPLOYMENT"


@pytest.mark.parametrize(
    ("kind", "resource", "resource_id", "details"),
    [
        ("deployment", "environment", "prod", {"version": "1.0.0"}),
        ("promotion", "deployment", NOBODY, {"targetEnvironment": "prod"}),
        ("provider_change", "model_provider", "example-ai", {"config": CONFIG}),
        (
            "model_activation",
            "model",
            "example-1",
            {"newStatus": "active", "thermalState": "hot"},
        ),
    ],
)
def test_what_all_tenants_share_is_the_operators_alone(
    crew: Crew, kind: str, resource: str, resource_id: str, details: dict[str, Any]
) -> None:
    body = request_of(kind, resource, resource_id, **details)
    assert crew.deciding.post(PATH, body).status == 403


def test_a_customer_does_not_set_the_margin_it_pays(crew: Crew) -> None:
    settings = {"marginPercent": "0.00", "taxEnabled": False, "autoPay": True}
    body = request_of("billing_change", "billing_settings", crew.tenant, settings=settings)

    reply = crew.deciding.post(PATH, body)

    assert reply.status == 403
    assert [error["field"] for error in reply.json["errors"]] == [
        "/details/settings/marginPercent",
        "/details/settings/taxEnabled",
    ]


def test_tiers_and_a_budget_come_and_go(operators: Crew) -> None:
    tiers = [{"marginPercent": "20.00", "upToMinor": 100_000}, {"marginPercent": "12.50"}]
    for settings in (
        {"marginType": "tiered", "marginTiers": tiers, "budgetLimitMinor": 500_000},
        {"budgetLimitMinor": None},
    ):
        body = request_of("billing_change", "billing_settings", operators.tenant, settings=settings)
        assert decide(operators.deciding, operators.ask(body)).status == 200

    shown = operators.asking.get("/v1/billing/settings").json
    assert (shown["marginType"], shown["marginTiers"]) == ("tiered", tiers)
    assert "budgetLimitMinor" not in shown


def test_without_settings_of_its_own_a_tenant_is_billed_by_the_tables_defaults(
    crew: Crew, database: Database
) -> None:
    shown = crew.asking.get("/v1/billing/settings").json
    in_tenant(
        crew.tenant,
        "INSERT INTO billing_settings (tenant_id, created_at, updated_at)"
        " VALUES (%s, now(), now())",
        crew.tenant,
    )
    assert crew.asking.get("/v1/billing/settings").json == shown
    assert shown["marginPercent"] == "20.00"


# Nobody climbs by asking.


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
        with db.connected_by(database.connect):
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
