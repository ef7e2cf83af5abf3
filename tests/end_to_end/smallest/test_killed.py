"""A sandbox whose daemon is killed: `sandbox up` goes on without applying anything."""

import os
import signal
import time

from saasgen.sandbox.snapshots.store import checkpoint_of
from tests.end_to_end.conftest import saasgen
from tests.end_to_end.smallest.conftest import Live

DEAD_LETTERS = "acme-dev-write-audit-dlq"  # nobody takes a message from there


def test_up_goes_on_with_the_database_and_a_copy_of_the_rest(live: Live) -> None:
    token = live.token()
    live.new_tenant("Before")
    queue = live.aws("sqs").get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
    live.aws("sqs").send_message(QueueUrl=queue, MessageBody="kept")
    live.sandbox.wait_idle(60)
    _copied(live)
    made = {"name": "After", "email": "admin@after.example.com"}
    assert live.call("POST", "/v1/tenants", token, json=made).status_code == 201
    address = live.sandbox.status().api_url
    os.kill(live.sandbox.status().pid, signal.SIGKILL)
    assert saasgen("sandbox", "status", live.path).returncode == 2
    assert saasgen("plan", live.path, "--sandbox").returncode == 1, "it would forget the database"

    done = saasgen("sandbox", "up", live.path)

    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "The simulated AWS goes on from its copy of 20" in said
    assert "the database goes on with everything that was committed" in said
    assert not (live.stack.root / ".saasgen/sandbox/apply.stdout").exists(), "nothing is applied"
    assert live.sandbox.status().api_url == address
    answer = live.call("GET", "/v1/tenants", token)  # signed before
    assert answer.status_code == 200, answer.text
    assert {"Before", "After"} <= {tenant["name"] for tenant in answer.json()["items"]}
    assert live.token(), "people sign in"
    url = live.aws("sqs").get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
    [message] = live.aws("sqs").receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "kept"
    assert saasgen("sandbox", "status", live.path).returncode == 0
    assert saasgen("plan", live.path, "--sandbox").returncode == 0


def test_what_has_changed_since_is_applied(live: Live) -> None:
    health = live.stack.root / "handlers/api/health.py"
    health.write_text(health.read_text() + "\n# changed\n")
    os.kill(live.sandbox.status().pid, signal.SIGKILL)

    done = saasgen("sandbox", "up", live.path)

    assert done.returncode == 0, done.stderr
    assert (live.stack.root / ".saasgen/sandbox/apply.stdout").exists()
    answer = live.call("GET", "/v1/tenants", live.token())
    assert "After" in {tenant["name"] for tenant in answer.json()["items"]}


def _copied(live: Live) -> None:
    file = checkpoint_of(live.sandbox._layout.root)
    file.unlink(missing_ok=True)
    live.sandbox.checkpoint()
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
