"""A daemon that is killed: the next one goes on with the database and a copy of the rest."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from saasgen.commands import bring_up
from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.gate import Gate
from saasgen.sandbox.models import Inputs
from saasgen.sandbox.snapshots.checkpoint import Checkpoints
from saasgen.sandbox.snapshots.store import checkpoint_of
from tests.generator.sandbox.small_stack import client, connected, state


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path / "stack")
    made.start()
    client(made, "sqs").create_queue(QueueName="work")
    made.serve(state(tmp_path))
    yield made
    made.stop()


def kill(sandbox: Sandbox) -> None:
    pid = sandbox.status().pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def copied(sandbox: Sandbox) -> Path:
    """Have a copy written and return its file."""
    file = checkpoint_of(sandbox._layout.root)
    before = file.stat().st_mtime_ns if file.exists() else 0
    sandbox.checkpoint()
    until(lambda: file.exists() and file.stat().st_mtime_ns > before)
    return file


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_committed_and_what_was_copied_go_on(sandbox: Sandbox) -> None:
    client(sandbox, "sqs").create_queue(QueueName="inbox")
    address = client(sandbox, "sqs").get_queue_url(QueueName="inbox")["QueueUrl"]
    client(sandbox, "sqs").send_message(QueueUrl=address, MessageBody="kept")
    sandbox.move_clock(sandbox.status().now + timedelta(days=40))
    file = copied(sandbox)
    assert file.stat().st_mode & 0o777 == 0o600
    client(sandbox, "sqs").send_message(QueueUrl=address, MessageBody="lost")
    with connected(sandbox) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    before = sandbox.status()
    kill(sandbox)
    assert sandbox.was_killed

    sandbox.revive(sandbox.last_copy())

    after = sandbox.status()
    assert after.api_url == before.api_url
    assert timedelta() <= after.now - before.now < timedelta(minutes=2)
    received = client(sandbox, "sqs").receive_message(QueueUrl=address, MaxNumberOfMessages=10)
    assert [message["Body"] for message in received["Messages"]] == ["kept"]
    with connected(sandbox) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
    assert sandbox.invoke("f", {}).error is None


def test_without_a_copy_nothing_is_touched(sandbox: Sandbox) -> None:
    copied(sandbox).unlink()
    kill(sandbox)

    with pytest.raises(UserError, match="there is no copy"):
        sandbox.last_copy()
    with pytest.raises(UserError, match="was killed, and its database is still there"):
        sandbox.start()
    assert sandbox.was_killed


def test_a_port_that_is_taken_meanwhile_costs_no_data(sandbox: Sandbox) -> None:
    copied(sandbox)
    with connected(sandbox) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    port = int(sandbox.status().api_url.rpartition(":")[2])
    kill(sandbox)

    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(UserError, match="is in use"):
            sandbox.revive(sandbox.last_copy(), port)
        until(lambda: sandbox.was_killed)
        sandbox.revive(sandbox.last_copy())

    assert not sandbox.status().api_url.endswith(f":{port}")
    with connected(sandbox) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_a_copy_says_what_was_applied_until_something_else_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    inputs = Inputs(key="k" * 32, artifacts="a")
    copied(sandbox)
    assert sandbox.last_copy().manifest.inputs is None
    sandbox.checkpoint(inputs)
    copied(sandbox)
    assert sandbox.last_copy().manifest.inputs == inputs
    kill(sandbox)
    sandbox.revive(sandbox.last_copy())
    copied(sandbox)
    assert sandbox.last_copy().manifest.inputs == inputs, "nothing has changed"

    store = client(sandbox, "s3")
    store.create_bucket(Bucket="states")
    store.put_object(Bucket="states", Key="dev/terraform.tfstate", Body=b"{}")
    copied(sandbox)
    assert sandbox.last_copy().manifest.inputs is None, "Terraform has applied something"

    sandbox.checkpoint(inputs)
    sandbox.serve(state(tmp_path) | {"format_version": "2"})
    copied(sandbox)
    assert sandbox.last_copy().manifest.inputs is None, "another state is served"


def test_up_never_forgets_a_database_because_it_does_not_start(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed `up` leaves no mark that would let the next one begin with an empty database."""
    stack = SimpleNamespace(work_dir=sandbox._layout.stack, terraform_dir=sandbox._layout.stack)
    monkeypatch.setattr(bring_up, "require_known_names", lambda *_: None)
    monkeypatch.setattr(bring_up, "_build", lambda _: None)
    monkeypatch.setattr(bring_up, "KeptAccount", lambda *_: None)
    copied(sandbox)
    kill(sandbox)
    folders = ("data", "postgres/data")
    [data] = [d for f in folders if (d := sandbox._layout.postgres / f / "PG_VERSION").exists()]
    shutil.move(data, data.with_name("moved"))

    for cold in (False, True):
        with pytest.raises(OutsideFailure, match=r"cannot go on: .* Nothing was deleted"):
            bring_up.bring_up(stack, sandbox, tier="seed", cold=cold)  # type: ignore[arg-type]
        until(lambda: sandbox.was_killed)
        assert not bring_up.is_unfinished(stack, sandbox)  # type: ignore[arg-type]
        assert data.with_name("moved").exists()


def test_a_database_that_is_gone_is_not_made_anew(sandbox: Sandbox) -> None:
    copied(sandbox)
    kill(sandbox)
    folders = ("data", "postgres/data")  # a link, where an account may not see the stack's folder
    found = [sandbox._layout.postgres / folder / "PG_VERSION" for folder in folders]
    [data] = [path for path in found if path.exists()]
    shutil.move(data, data.with_name("moved"))

    with pytest.raises(OutsideFailure, match=r"data folder .* is gone"):
        sandbox.revive(sandbox.last_copy())
    until(lambda: sandbox.was_killed)  # so the next `up` does not begin anew in silence either
    assert data.with_name("moved").exists()


def test_a_copy_goes_with_the_sandbox(sandbox: Sandbox) -> None:
    file = copied(sandbox)

    sandbox.stop()

    assert not file.exists()
    assert not sandbox.was_killed


def test_a_copy_is_written_when_something_has_changed_and_it_is_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saasgen.sandbox.snapshots.checkpoint._QUIET_S", 0.2)
    monkeypatch.setattr("saasgen.sandbox.snapshots.checkpoint._LOOK_S", 0.01)
    monkeypatch.setattr("saasgen.sandbox.snapshots.checkpoint._SPACING_S", 0.0)
    services, written, busy = Gate(), list[float](), [False]
    kept = Checkpoints(lambda: written.append(time.monotonic()), services, lambda: busy[0])
    kept.start()
    try:
        time.sleep(0.4)
        assert written == [], "nothing was called"
        with services.passage():
            time.sleep(0.4)
            assert written == [], "a call is under way"
        left = time.monotonic()
        until(lambda: bool(written))
        assert written[0] - left >= 0.2
        time.sleep(0.4)
        assert len(written) == 1, "nothing has changed since"
        busy[0] = True
        kept.want()
        time.sleep(0.1)
        assert len(written) == 1, "an invocation is under way"
        busy[0] = False
        until(lambda: len(written) == 2)
    finally:
        kept.close()
