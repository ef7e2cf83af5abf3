import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.models import DaemonRecord
from tests.generator.sandbox.small_stack import client, connected, state

Make = Callable[[str], Sandbox]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    made: list[Sandbox] = []

    def sandbox(name: str) -> Sandbox:
        made.append(Sandbox(tmp_path_factory.mktemp(name)))
        return made[-1]

    yield sandbox
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def sandbox(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One that serves the small stack."""
    started = make("served")
    started.start()
    client(started, "sqs").create_queue(QueueName="work")
    started.serve(state(tmp_path_factory.mktemp("artifacts")))
    return started


def record(sandbox: Sandbox) -> DaemonRecord:
    return DaemonRecord.model_validate_json(sandbox._layout.record.read_bytes())


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, [pid for pid in pids if is_alive(pid)]
        time.sleep(0.02)


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urlopen(Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_status_names_what_is_served(sandbox: Sandbox) -> None:
    status = sandbox.status()
    assert [function.name for function in status.functions] == ["f"]
    assert [(queue.name, queue.depth) for queue in status.queues] == [("work", 0)]
    assert [(one.name, one.function) for one in status.schedules] == [("nightly", "f")]
    assert status.database is not None
    assert sandbox.running


def test_invoke_runs_a_function_against_this_sandbox(sandbox: Sandbox) -> None:
    result = sandbox.invoke("f", {"a": 1})
    assert result.error is None
    assert result.payload["event"] == {"a": 1}
    assert result.payload["endpoint"] == sandbox.environment()["AWS_ENDPOINT_URL"]


def test_invoke_of_an_unknown_function_is_the_users_error(sandbox: Sandbox) -> None:
    with pytest.raises(UserError, match=r"no function nobody \(it runs: f\)"):
        sandbox.invoke("nobody", {})


def test_schedule_can_be_fired_by_hand(sandbox: Sandbox) -> None:
    result = sandbox.fire_schedule("nightly")
    assert result.payload["event"]["job"].endswith("schedule/default/nightly")
    with pytest.raises(UserError, match="no schedule weekly"):
        sandbox.fire_schedule("weekly")


def test_the_clock_moves_forward_and_runs_what_falls_due(make: Make, tmp_path: Path) -> None:
    moved = make("clock")
    moved.start()
    moved.serve(state(tmp_path))
    today = moved.status().now
    there = today + timedelta(days=31)

    move = moved.move_clock(there)
    moved.wait_idle(10)

    assert move.fired == ("nightly",)
    assert there <= moved.status().now < there + timedelta(minutes=1)
    assert sum("schedule/default/nightly" in line for line in moved.logs("f")) == 1
    with pytest.raises(UserError, match="forward only"):
        moved.move_clock(today)
    moved.stop()


def test_message_is_consumed_and_logged(sandbox: Sandbox) -> None:
    sqs = client(sandbox, "sqs")
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="from the test")
    sandbox.wait_idle(10)
    assert sandbox.queue_depths() == {"work": 0}
    assert any("from the test" in line for line in sandbox.logs("f"))


def test_gateway_serves_the_api_and_a_page_about_it(sandbox: Sandbox) -> None:
    url = sandbox.status().api_url
    assert get(f"{url}/v1/hello")[0] == 502  # a dict without a statusCode is no proxy response
    status, page = get(f"{url}/")
    assert status == 200
    assert "/v1/hello" in page
    assert "Say &lt;hello&gt;" in page
    assert get(f"{url}/_sandbox/openapi.json")[0] == 200
    assert get(f"{url}/_sandbox/mail")[0] == 200
    assert get(f"{url}/_sandbox/logs/f")[0] == 200
    assert get(f"{url}/_sandbox/logs/..%2Fdaemon")[0] == 404


def test_pages_are_for_this_machine_only(sandbox: Sandbox) -> None:
    url = sandbox.status().api_url
    assert get(f"{url}/_sandbox/mail", Host="evil.example.com")[0] == 403


def test_control_port_asks_for_the_token(sandbox: Sandbox) -> None:
    request = Request(f"http://127.0.0.1:{record(sandbox).control_port}/status", method="POST")
    with pytest.raises(HTTPError, match="401"):
        urlopen(request)
    assert sandbox._layout.record.stat().st_mode & 0o077 == 0


def test_database_is_reached_by_the_clusters_name(sandbox: Sandbox) -> None:
    with connected(sandbox) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_starting_again_changes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.status().pid
    sandbox.start()
    assert sandbox.status().pid == before
    with pytest.raises(UserError, match="runs already"):
        sandbox.start(port=1)


def test_everything_ends_with_a_killed_daemon_and_the_next_start_works(
    make: Make, tmp_path: Path
) -> None:
    sandbox = make("killed")
    sandbox.start()
    client(sandbox, "sqs").create_queue(QueueName="work")
    status = sandbox.serve(state(tmp_path))
    worker = sandbox.invoke("f", {}).payload["pid"]
    assert status.database is not None
    with psycopg.connect(status.database.superuser_dsn) as connection:
        connection.execute("CREATE TABLE left_behind ()")
        [(text,)] = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchall()
    postgres = int(text.split()[0])
    os.kill(status.pid, signal.SIGKILL)
    os.waitpid(status.pid, 0)
    wait_until_gone(worker, postgres)
    assert not sandbox.running
    with pytest.raises(UserError, match="was killed, and its database is still there"):
        sandbox.start()

    sandbox.stop()
    sandbox.start()
    status = sandbox.serve(state(tmp_path))
    assert sandbox.invoke("f", {}).error is None
    assert status.database is not None
    with psycopg.connect(status.database.superuser_dsn) as connection:
        query = "SELECT to_regclass('left_behind')"
        assert connection.execute(query).fetchone() == (None,)


def test_stop_ends_every_process_and_can_be_repeated(make: Make, tmp_path: Path) -> None:
    sandbox = make("stopped")
    sandbox.start()
    client(sandbox, "sqs").create_queue(QueueName="work")
    status = sandbox.serve(state(tmp_path))
    worker = sandbox.invoke("f", {}).payload["pid"]
    sandbox.stop()
    wait_until_gone(worker, status.pid)
    assert not sandbox.running
    sandbox.stop()
    with pytest.raises(UserError, match="does not run"):
        sandbox.status()


def test_port_in_use_is_the_users_error_and_named(make: Make) -> None:
    sandbox = make("refused")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} .* is in use") as failure:
            sandbox.start(port=port)
    assert failure.value.exit_code == 1
    assert not sandbox.running
    sandbox.start(port=port)
    assert sandbox.status().api_url == f"http://127.0.0.1:{port}"


def test_function_whose_artifact_is_missing_is_the_users_error(make: Make, tmp_path: Path) -> None:
    sandbox = make("incomplete")
    sandbox.start()
    described = state(tmp_path)
    (tmp_path / "code.zip").unlink()
    with pytest.raises(UserError, match=r"code\.zip is not there"):
        sandbox.serve(described)


def test_waiting_for_work_that_does_not_end_says_what_is_left(make: Make, tmp_path: Path) -> None:
    sandbox = make("busy")
    sandbox.start()
    sqs = client(sandbox, "sqs")
    url = sqs.create_queue(QueueName="work", Attributes={"DelaySeconds": "60"})["QueueUrl"]
    sandbox.serve(state(tmp_path))
    sqs.send_message(QueueUrl=url, MessageBody="later")
    with pytest.raises(OutsideFailure, match="still work: queues work"):
        sandbox.wait_idle(0.2)


def test_daemon_that_does_not_answer_is_stopped_all_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saasgen.sandbox.control.lifecycle._STOP_TIMEOUT_S", 0.5)
    sandbox = make("hung")
    sandbox.start()
    pid = record(sandbox).pid
    os.kill(pid, signal.SIGSTOP)
    sandbox.stop()
    assert not is_alive(pid)
    sandbox.start()
    assert sandbox.running


def test_too_large_a_request_hears_why(sandbox: Sandbox) -> None:
    body = b"x" * (10 * 2**20 + 1)
    request = Request(f"{sandbox.status().api_url}/v1/hello", data=body, method="GET")
    with pytest.raises(HTTPError, match="413"):
        urlopen(request)
