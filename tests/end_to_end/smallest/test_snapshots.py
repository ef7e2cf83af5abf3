"""A stack that was applied once: loaded instead of applied again, saved, forked, rewound."""

import json
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import requests

from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.control.users import Users
from saasgen.stack import Stack
from tests.end_to_end.conftest import as_json
from tests.end_to_end.conftest import saasgen as run
from tests.end_to_end.smallest.conftest import Live


@pytest.fixture
def stack(live: Live, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack, and the cache in which the demo's `up` kept what it applied."""
    monkeypatch.setenv("SAASGEN_CACHE", str(live.toured.cache))
    return live.stack.root


def saasgen(*arguments: str, **environment: str) -> "CompletedProcess[str]":
    """Run a command that has to succeed."""
    done = run(*arguments, **environment)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return done


def up(path: Path) -> dict[str, float]:
    """Bring the stack up; return how long each part took."""
    seconds: dict[str, float] = as_json(saasgen("sandbox", "up", str(path), "--json"))["seconds"]
    return seconds


def require_no_changes(path: Path, sandbox: str = "default") -> None:
    saasgen("plan", str(path), "--sandbox", "--json", SAASGEN_SANDBOX=sandbox)


def health(sandbox: Sandbox) -> str:
    answer = requests.get(f"{sandbox.status().api_url}/v1/health", timeout=60)
    return str(answer.json()["database"])


def token(sandbox: Sandbox, stack: Path) -> str:
    return Users(sandbox).sign_in(str(Stack.open(stack).answers["admin_email"]))


def tenants(sandbox: Sandbox, access_token: str) -> list[str]:
    answer = requests.get(
        f"{sandbox.status().api_url}/v1/tenants",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return sorted(found["name"] for found in answer.json()["items"])


def new_tenant(sandbox: Sandbox, access_token: str, name: str) -> None:
    answer = requests.post(
        f"{sandbox.status().api_url}/v1/tenants",
        headers={"Authorization": f"Bearer {access_token}"},
        json={"name": name, "email": f"admin@{name.lower()}.example.com"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text


def test_what_was_applied_before_is_loaded(stack: Path) -> None:
    Sandbox(stack).stop()

    parts = up(stack)

    assert "load" in parts
    assert "terraform apply" not in parts
    assert not (stack / ".saasgen/sandbox/apply.stdout").exists()
    assert health(Sandbox(stack)) == "ok"
    require_no_changes(stack)


def test_a_fork_goes_its_own_way(stack: Path) -> None:
    parent = Sandbox(stack)
    access_token = token(parent, stack)
    before = tenants(parent, access_token)

    saasgen("sandbox", "fork", "try", "--stack", str(stack))

    child = Sandbox(stack, "try")
    try:
        assert health(child) == "ok"
        require_no_changes(stack, "try")
        new_tenant(child, access_token, "Child")  # the token that the parent signed is good
        new_tenant(parent, access_token, "Parent")
        child.wait_idle(60)
        assert tenants(child, access_token) == sorted([*before, "Child"])
        assert tenants(parent, access_token) == sorted([*before, "Parent"])
    finally:
        child.stop()


def test_a_fork_to_a_folder_is_a_stack_of_its_own(stack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    saasgen("sandbox", "fork", "--to", str(folder), "--stack", str(stack))
    try:
        assert health(Sandbox(folder)) == "ok"
        require_no_changes(folder)
    finally:
        Sandbox(folder).stop()
    refused = run("sandbox", "fork", "--to", str(folder), "--stack", str(stack))
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr


def test_saving_and_loading_is_a_rewind(stack: Path) -> None:
    sandbox = Sandbox(stack)
    access_token = token(sandbox, stack)
    saved_at = sandbox.status().now
    before = tenants(sandbox, access_token)
    saasgen("sandbox", "save", "before", "--stack", str(stack))
    new_tenant(sandbox, access_token, "Gone")
    saasgen("sandbox", "clock", "+31d", "--stack", str(stack))

    saasgen("sandbox", "load", "before", "--stack", str(stack))

    assert sandbox.status().now - saved_at < timedelta(days=1)
    assert tenants(sandbox, access_token) == before
    require_no_changes(stack)
    listed = json.loads(saasgen("sandbox", "list", str(stack), "--json").stdout)
    assert [snapshot["name"] for snapshot in listed["snapshots"]] == ["before"]
    assert len(listed["applied"]) == 1
    unknown = run("sandbox", "load", "after", "--stack", str(stack))
    assert unknown.returncode == 1
    assert "There is no snapshot after (there is: before)." in unknown.stderr


def test_changed_code_is_loaded_and_applied_on_top(stack: Path) -> None:
    Sandbox(stack).stop()
    handler = stack / "handlers/api/health.py"
    handler.write_text(handler.read_text() + "\n# changed\n")

    assert "load" in up(stack)

    assert health(Sandbox(stack)) == "ok"
    require_no_changes(stack)
