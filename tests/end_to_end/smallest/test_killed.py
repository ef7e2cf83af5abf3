"""A sandbox whose daemon is killed: `sandbox up` goes on without applying anything."""

import json
import os
import signal
import time
from pathlib import Path

from saasgen.sandbox.snapshots.store import checkpoint_of
from tests.end_to_end.conftest import saasgen
from tests.end_to_end.smallest.conftest import Live


def test_up_goes_on_with_the_database_and_a_copy_of_the_rest(live: Live) -> None:
    token = live.token()
    live.new_tenant("Before")
    live.sandbox.wait_idle(60)
    _copied(live)
    made = {"name": "After", "email": "admin@after.example.com"}
    assert live.call("POST", "/v1/tenants", token, json=made).status_code == 201
    address = live.sandbox.status().api_url
    pid = live.sandbox.status().pid
    os.kill(pid, signal.SIGKILL)
    assert saasgen("sandbox", "status", live.path).returncode == 2

    done = saasgen("sandbox", "up", live.path)

    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "The simulated AWS goes on from its copy of 20" in said
    assert "the database goes on with everything that was committed" in said
    assert _applied(live.stack.root) == {"add": 0, "change": 0, "remove": 0}
    assert live.sandbox.status().api_url == address
    answer = live.call("GET", "/v1/tenants", token)  # signed before
    assert answer.status_code == 200, answer.text
    assert {"Before", "After"} <= {tenant["name"] for tenant in answer.json()["items"]}
    assert live.token(), "people sign in"
    assert saasgen("sandbox", "status", live.path).returncode == 0


def _copied(live: Live) -> None:
    file = checkpoint_of(live.sandbox._layout.root)
    file.unlink(missing_ok=True)
    live.sandbox.checkpoint()
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _applied(stack: Path) -> dict[str, int]:
    """What the last apply changed."""
    lines = (stack / ".saasgen/sandbox/apply.stdout").read_text("utf-8").splitlines()
    [summary] = [e for e in map(json.loads, lines) if e["type"] == "change_summary"][-1:]
    return {name: summary["changes"][name] for name in ("add", "change", "remove")}
