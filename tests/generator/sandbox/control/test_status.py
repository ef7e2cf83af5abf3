"""`sandbox status` names what does not run, and then ends with exit code 2."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psutil
import pytest

from saasgen import cli
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.models import SandboxStatus
from saasgen.stack import Stack
from tests.generator.sandbox.small_functions import ARN, package
from tests.generator.sandbox.small_stack import connected

CODE = """
    import os

    def handler(event, context):
        return os.getpid()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stacks") / "acme"
    assert cli.run(["new", str(folder), "--defaults"]) == 0
    return folder


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _state(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="module")
def shared(stack: Path) -> Iterator[Sandbox]:
    running = Sandbox(stack)
    yield running
    running.stop()


@pytest.fixture
def sandbox(shared: Sandbox, state: dict[str, Any]) -> Sandbox:
    """A sandbox in which everything runs, whatever a test before did to it."""
    if shared.was_killed:
        shared.stop()
    shared.start()
    shared.serve(state)
    return shared


def test_everything_running_is_exit_code_0(sandbox: Sandbox, stack: Path) -> None:
    sandbox.invoke("f")

    assert cli.run(["sandbox", "status", str(stack)]) == 0


def test_a_function_whose_process_was_killed_is_named(
    sandbox: Sandbox, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pid = sandbox.invoke("f").payload
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: sandbox.status().functions[0].ended == 1)

    assert cli.run(["sandbox", "status", str(stack), "--json"]) == 2

    said = capsys.readouterr()
    assert "a process of the function f has ended" in " ".join(said.err.split())
    assert SandboxStatus.model_validate(json.loads(said.out)).functions[0].ended == 1
    sandbox.invoke("f")
    assert cli.run(["sandbox", "status", str(stack)]) == 0


def test_a_postgresql_that_was_killed_is_named(
    sandbox: Sandbox, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for process in _servers(sandbox):
        process.kill()
    _wait_for(lambda: not _database_runs(sandbox))

    assert cli.run(["sandbox", "status", str(stack)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "PostgreSQL is gone: run `saasgen sandbox up` to start it again on its data" in said


def test_a_postgresql_that_was_killed_comes_back_with_all_that_was_committed(
    sandbox: Sandbox, stack: Path, state: dict[str, Any]
) -> None:
    with connected(sandbox) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    for process in _servers(sandbox):
        process.kill()
    _wait_for(lambda: not _database_runs(sandbox))

    sandbox.serve(state)

    assert cli.run(["sandbox", "status", str(stack)]) == 0
    with connected(sandbox) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
    for process in _servers(sandbox):  # and it ends with the daemon, as the first one did
        os.kill(sandbox.status().pid, signal.SIGKILL)
        process.wait(20)


def test_a_daemon_that_was_killed_is_named(
    sandbox: Sandbox, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pid = sandbox.status().pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    assert cli.run(["sandbox", "status", str(stack)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "was killed: `saasgen sandbox up` goes on with its database" in said


def test_an_up_that_was_interrupted_is_named(
    sandbox: Sandbox, stack: Path, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("saasgen.commands.bring_up._build", lambda _: MagicMock())
    monkeypatch.setattr("saasgen.commands.bring_up.KeptAccount", MagicMock())
    monkeypatch.setattr("saasgen.commands.bring_up._account", interrupted)
    assert cli.run(["sandbox", "up", str(stack)]) == cli.INTERRUPTED
    capsys.readouterr()

    assert cli.run(["sandbox", "status", str(stack)]) == 2
    assert "`sandbox up` is not finished" in " ".join(capsys.readouterr().err.split())
    (Stack.open(stack).work_dir / "sandbox-up-unfinished").unlink()


def _state(folder: Path) -> dict[str, Any]:
    function = {
        "function_name": "f",
        "arn": f"{ARN}:f",
        "handler": "app.handler",
        "timeout": 10,
        "memory_size": 128,
        "version": "1",
        "environment": [{"variables": {}}],
        "filename": str(package(folder, CODE)),
    }
    cluster = {
        "endpoint": "db.cluster-abc.us-east-1.rds.amazonaws.com",
        "database_name": "billing",
        "master_username": "billing_admin",
        "master_password": "right",
    }
    resources = [
        {"mode": "managed", "type": kind, "name": "this", "values": values}
        for kind, values in (("aws_lambda_function", function), ("aws_rds_cluster", cluster))
    ]
    return {"values": {"root_module": {"child_modules": [{"resources": resources}]}}}


def _servers(sandbox: Sandbox) -> list[psutil.Process]:
    """PostgreSQL's own process: the child of the daemon, before its workers."""
    daemon = psutil.Process(sandbox.status().pid)
    return [child for child in daemon.children() if child.name() == "postgres"]


def _database_runs(sandbox: Sandbox) -> bool:
    database = sandbox.status().database
    return database is not None and database.running


def _wait_for(done: Any) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
