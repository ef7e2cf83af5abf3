"""The commands about a running stack, and what they say where something is wrong."""

import json
import socket
from typing import Any

import requests

from tests.end_to_end.conftest import as_json, saasgen
from tests.end_to_end.smallest.conftest import Live


def test_the_sandbox_tells_what_runs(live: Live):
    found = as_json(saasgen("sandbox", "status", live.path, "--json"))

    names = {function["name"] for function in found["functions"]}
    assert {"acme-dev-tenants", "acme-dev-generate-invoice", "acme-dev-pre-token"} <= names
    schedules = {s["name"]: s for s in found["schedules"]}
    assert schedules["acme-dev-outbox-relay"]["expression"] == "cron(0 * * * ? *)"


def test_mail_can_be_read(live: Live):
    messages = json.loads(saasgen("sandbox", "mail", live.path, "--json").stdout)

    assert any("admin@acme.example.com" in message["to"] for message in messages)


def test_a_printed_token_works_with_curl(live: Live):
    token = saasgen("sandbox", "token", live.path).stdout.strip()

    assert live.call("GET", "/v1/tenants", token).status_code == 200


def test_a_machine_calls_for_its_tenant_until_it_is_revoked(live: Live):
    admin = live.token()
    output = saasgen("output", live.path, "--sandbox", "--name", "operator_tenant_id")
    own = f"/v1/tenants/{output.stdout.strip()}"
    meter = {"name": "Meter", "scopes": ["tenants.read"]}
    client = live.call("POST", "/v1/admin/clients", admin, json=meter).json()
    path = f"/v1/admin/clients/{client['machineClientId']}"
    secret = live.call("GET", f"{path}/secret", admin).json()["clientSecret"]

    def signed_in() -> dict[str, Any]:
        url = str(live.sandbox.status().token_url)
        form = {"grant_type": "client_credentials", "scope": "billing/tenants.read"}
        asked = requests.post(url, form, auth=(client["clientId"], secret), timeout=60)
        return dict(asked.json())

    token = signed_in()["access_token"]
    assert live.call("GET", own, token).status_code == 200
    # the gateway knows the scopes of a route, too
    assert live.call("GET", "/v1/invoices", token).status_code == 403
    assert live.call("GET", "/v1/admin/clients", token).status_code == 403

    assert live.call("DELETE", path, admin).status_code == 200
    assert live.call("GET", own, token).status_code in (401, 403)
    live.sandbox.wait_idle(60)
    assert signed_in()["error"] == "invalid_client"


def test_outputs_can_be_read_one_by_one(live: Live):
    everything = as_json(saasgen("output", live.path, "--sandbox", "--json"))
    one = saasgen("output", live.path, "--sandbox", "--name", "user_pool_id")

    assert one.stdout.strip() == everything["user_pool_id"]
    wrong = saasgen("output", live.path, "--sandbox", "--name", "nope")
    assert wrong.returncode == 1
    assert "There is no output 'nope'" in wrong.stderr


def test_migrating_again_changes_nothing(live: Live):
    report = as_json(saasgen("migrate", live.path, "--sandbox", "--json"))

    assert report["applied"] == []
    assert report["level"] >= 7


def test_a_port_in_use_is_named(live: Live, tmp_path):
    new = saasgen("new", str(tmp_path / "other"), "--defaults")
    assert new.returncode == 0, new.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        up = saasgen("sandbox", "up", str(tmp_path / "other"), "--port", port)

    assert up.returncode == 1, up.stderr
    assert port in up.stderr
    assert "Traceback" not in up.stderr


def test_without_credentials_plan_says_what_to_do(live: Live):
    planned = saasgen("plan", live.path)

    assert planned.returncode == 1
    assert "There are no AWS credentials" in planned.stderr
