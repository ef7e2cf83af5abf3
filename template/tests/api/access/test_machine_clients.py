"""Machine clients: made with a secret that we never keep, held to their scopes, revoked at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from handlers.catalog.machine_scopes import MACHINE_SCOPES
from handlers.domain.access import machine_clients
from handlers.domain.access.administrators import Administrator
from handlers.platform.aws import cognito_clients
from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions

from ..conftest import Caller, Client, machine_claims

PATH = "/v1/admin/clients"
METER = {"name": "Meter", "scopes": ["metering.write", "billing.read"]}
MakeAdministrator = Callable[..., Administrator]


class Cognito:
    """Stands in for Cognito's clients."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.fault: Exception | None = None

    def make(self, machine_client_id: object, scopes: object) -> str:
        if self.fault is not None:
            raise self.fault
        client_id = f"4{uuid4().hex[:25]}"
        self.secrets[client_id] = f"kept-by-cognito-{uuid4()}"
        return client_id

    def secret_of(self, client_id: str) -> str:
        return self.secrets[client_id]


@pytest.fixture(autouse=True)
def cognito(monkeypatch: pytest.MonkeyPatch) -> Cognito:
    stand_in = Cognito()
    for name in ("make", "secret_of"):
        monkeypatch.setattr(cognito_clients, name, getattr(stand_in, name))
    return stand_in


@pytest.fixture
def of_role(make_administrator: MakeAdministrator, caller: Caller) -> Callable[..., Client]:
    """Make an administrator who is signed in."""

    def make(tenant: TenantId, role: str) -> Client:
        return caller(tenant, role, sub=make_administrator(tenant, role).cognito_sub)

    return make


@pytest.fixture
def admin(tenant: TenantId, of_role: Callable[..., Client]) -> Client:
    return of_role(tenant, "admin")


def events() -> list[tuple[str, dict[str, Any]]]:
    with sessions.service_session() as session:
        rows = session.all(
            "SELECT event_type, payload FROM outbox WHERE event_type LIKE 'machine_client.%'"
            " ORDER BY event_id"
        )
    return [(row["event_type"], row["payload"]) for row in rows]


def test_a_client_is_made_listed_and_read(admin: Client, cognito: Cognito) -> None:
    made = admin.post(PATH, METER)

    assert made.status == 201
    assert made.json["clientId"] in cognito.secrets
    assert made.json["scopes"] == ["billing.read", "metering.write"]
    assert admin.get(made.headers["Location"]).json == made.json
    assert admin.get(PATH).json["items"] == [made.json]


def test_the_list_has_pages(admin: Client) -> None:
    made = [admin.post(PATH, METER).json["machineClientId"] for _ in range(3)]

    first = admin.get(PATH, query={"limit": "2"}).json
    second = admin.get(PATH, query={"limit": "2", "cursor": first["nextCursor"]}).json

    assert [c["machineClientId"] for c in first["items"] + second["items"]] == made[::-1]
    assert "nextCursor" not in second


def test_the_secret_is_read_from_cognito_and_kept_nowhere(
    tenant: TenantId, admin: Client, cognito: Cognito
) -> None:
    key = {"headers": {"Idempotency-Key": "k-1"}}
    made = admin.post(PATH, METER, **key).json
    secret = admin.get(f"{PATH}/{made['machineClientId']}/secret")

    assert secret.json["clientSecret"] == cognito.secrets[made["clientId"]]
    assert secret.headers["Cache-Control"] == "no-store"
    assert admin.post(PATH, METER, **key).json == made  # and made no second client
    assert len(cognito.secrets) == 1
    assert "kept-by-cognito" not in everything_stored(tenant)


def everything_stored(tenant: TenantId) -> str:
    """Every row in which a secret could have been kept, as its text."""
    with sessions.tenant_session(tenant) as session:
        kept = session.all("SELECT t::text FROM machine_clients AS t")
        answered = session.all("SELECT t::text FROM idempotency_keys AS t")
    with sessions.service_session() as session:
        told = session.all("SELECT t::text FROM outbox AS t")
    assert min(len(kept), len(answered), len(told)) > 0
    return str([*kept, *answered, *told])


def test_making_reading_the_secret_and_revoking_are_announced_without_it(admin: Client) -> None:
    made = admin.post(PATH, METER).json
    admin.get(f"{PATH}/{made['machineClientId']}/secret")
    admin.request("DELETE", f"{PATH}/{made['machineClientId']}")

    told = events()
    assert [event_type for event_type, _ in told] == [
        "machine_client.created",
        "machine_client.secret_read",
        "machine_client.revoked",
    ]
    for _, payload in told:
        assert payload["clientId"] == made["clientId"]
        assert payload["actor"].startswith("user:")
        assert "secret" not in str(payload).lower()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"scopes": []},
        {"scopes": ["admin.write"]},
        {"scopes": ["billing/metering.write"]},
        {"scopes": ["metering.write", "metering.write"]},
        {"tenantId": str(uuid4())},
    ],
)
def test_what_makes_no_sense_is_refused(
    admin: Client, cognito: Cognito, change: dict[str, Any]
) -> None:
    assert admin.post(PATH, METER | change).status == 400
    assert cognito.secrets == {}


def test_nobody_gives_a_machine_what_they_may_not_do(
    tenant: TenantId, admin: Client, of_role: Callable[..., Client], cognito: Cognito
) -> None:
    powerful = METER | {"scopes": ["billing.write"]}
    refused = admin.post(PATH, powerful)
    assert (refused.status, cognito.secrets) == (403, {})
    assert "billing.write" in refused.json["detail"]

    made = of_role(tenant, "super_admin").post(PATH, powerful).json
    assert admin.get(f"{PATH}/{made['machineClientId']}/secret").status == 403
    assert [event for event, _ in events()] == ["machine_client.created"]


def test_an_auditor_sees_clients_and_no_secret(
    tenant: TenantId, admin: Client, of_role: Callable[..., Client]
) -> None:
    made = admin.post(PATH, METER).json
    auditor = of_role(tenant, "auditor")

    assert auditor.get(PATH).json["items"] == [made]
    assert auditor.get(f"{PATH}/{made['machineClientId']}/secret").status == 403


def test_a_token_alone_does_not_make_an_administrator(tenant_admin: Client) -> None:
    assert tenant_admin.post(PATH, METER).status == 403


def test_a_tenant_has_so_many_and_a_revoked_one_makes_room(
    admin: Client, cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_clients, "MOST", 2)
    first = admin.post(PATH, METER).json
    admin.post(PATH, METER)

    assert admin.post(PATH, METER).status == 409
    assert len(cognito.secrets) == 2
    admin.request("DELETE", f"{PATH}/{first['machineClientId']}")
    assert admin.post(PATH, METER).status == 201


def test_another_tenants_client_does_not_exist(
    admin: Client, make_tenant: Callable[..., TenantId], of_role: Callable[..., Client]
) -> None:
    made = admin.post(PATH, METER).json
    other = of_role(make_tenant("Globex", "b@globex.example"), "super_admin")
    theirs, nobodys = (f"{PATH}/{i}" for i in (made["machineClientId"], uuid4()))

    assert other.get(PATH).json["items"] == []
    for method, suffix in (("GET", ""), ("GET", "/secret"), ("DELETE", "")):
        replies = [other.request(method, path + suffix) for path in (theirs, nobodys)]
        assert [reply.status for reply in replies] == [404, 404]
        assert {reply.json["detail"] for reply in replies} == {
            "There is no machine client with this id."
        }
    assert admin.get(f"{PATH}/{made['machineClientId']}").status == 200


def test_what_cannot_be_an_id_does_not_exist(admin: Client) -> None:
    reply = admin.get(f"{PATH}/4client1")
    assert (reply.status, reply.json["detail"]) == (404, "There is no machine client with this id.")


def test_when_cognito_does_not_answer_nothing_is_stored(admin: Client, cognito: Cognito) -> None:
    cognito.fault = ServiceUnavailable("down")
    assert admin.post(PATH, METER).status == 503
    assert (admin.get(PATH).json["items"], events()) == ([], [])


def test_a_crash_after_cognito_leaves_a_client_without_rights(
    tenant: TenantId, admin: Client, cognito: Cognito, monkeypatch: pytest.MonkeyPatch, context: Any
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("killed before the commit")

    with monkeypatch.context() as patch:
        patch.setattr(machine_clients, "create", crash)
        assert admin.post(PATH, METER).status == 500

    (left,) = cognito.secrets
    with sessions.tenantless_session() as session:
        assert machine_clients.tenant_of(session, left) is None
    # even a token that says a tenant opens nothing
    forged = Client(machine_claims(tenant, left, *MACHINE_SCOPES), context)
    assert forged.get(f"/v1/tenants/{tenant}").status == 403


def test_a_revoked_machine_is_out_with_its_next_request(
    tenant: TenantId, admin: Client, context: Any
) -> None:
    made = admin.post(PATH, METER | {"scopes": ["tenants.read"]}).json
    machine = Client(machine_claims(tenant, made["clientId"], "tenants.read"), context)
    assert machine.get(f"/v1/tenants/{tenant}").status == 200

    path = f"{PATH}/{made['machineClientId']}"
    assert admin.request("DELETE", path).json == {"machineClientId": made["machineClientId"]}

    reply = machine.get(f"/v1/tenants/{tenant}")
    assert (reply.status, "revoked" in reply.json["detail"]) == (403, True)
    assert admin.get(PATH).json["items"] == []
    assert [admin.request(m, path).status for m in ("GET", "DELETE")] == [404, 404]


def test_a_machine_changes_its_own_tenant_under_its_own_name(
    tenant: TenantId, make_tenant: Callable[..., TenantId], machine: Callable[..., Client]
) -> None:
    globex = make_tenant("Globex", "b@globex.example")
    meter = machine(tenant, "tenants.write")

    assert meter.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"}).status == 200
    assert meter.patch(f"/v1/tenants/{globex}", {"name": "Initrode"}).status == 404
    with sessions.service_session() as session:
        row = session.one("SELECT payload FROM outbox WHERE event_type = 'tenant.updated'")
    assert row is not None
    assert row["payload"]["actor"] == f"client:{(meter.claims or {})['client_id']}"


def test_a_machine_of_a_suspended_tenant_changes_nothing(
    tenant: TenantId, machine: Callable[..., Client]
) -> None:
    meter = machine(tenant, "tenants.read", "tenants.write")
    with sessions.service_session() as session:
        session.execute("UPDATE tenants SET status = 'suspended' WHERE tenant_id = %s", [tenant])

    assert meter.get(f"/v1/tenants/{tenant}").status == 200
    assert meter.patch(f"/v1/tenants/{tenant}", {"name": "Initrode"}).status == 403


def test_a_machine_has_a_tenant_of_its_own_alone(
    tenant: TenantId, make_tenant: Callable[..., TenantId], admin: Client, context: Any
) -> None:
    made = admin.post(PATH, METER | {"scopes": ["tenants.read"]}).json
    globex = make_tenant("Globex", "b@globex.example")
    elsewhere = Client(machine_claims(globex, made["clientId"], "tenants.read"), context)
    assert elsewhere.get(f"/v1/tenants/{globex}").status == 403


def test_machine_ids_are_ours(admin: Client) -> None:
    assert UUID(admin.post(PATH, METER).json["machineClientId"]).version == 7
