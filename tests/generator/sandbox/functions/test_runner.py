import json
import os
import re
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saasgen.errors import UserError
from saasgen.sandbox.events.asynchronous import AsynchronousInvoker
from saasgen.sandbox.functions.runner import Runner
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.state.model import EventInvokeConfig, Function
from tests.generator.sandbox.small_functions import ARN, function

Serve = Callable[..., Runner]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A runner of the functions given to it."""
    overrides = {"DATABASE_PORT": "6000"}
    runner = Runner(Layout(tmp_path), lambda _environment: overrides)

    def start(*functions: Function) -> Runner:
        runner.serve(functions)
        return runner

    yield start
    runner.close()


def test_handler_gets_the_event_and_its_answer_comes_back(serve: Serve, tmp_path: Path) -> None:
    runner = serve(function(tmp_path, "def handler(event, context): return {'got': event}"))
    outcome = runner.invoke("f", {"a": [1, "ü", None]})
    assert (outcome.payload, outcome.error) == ({"got": {"a": [1, "ü", None]}}, None)


def test_environment_is_lambdas_the_functions_and_the_sandboxs(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "must not be seen")
    code = "import os\ndef handler(event, context): return dict(os.environ)"
    environment = {"TABLE": "tenants", "DATABASE_PORT": "5432"}
    seen = serve(function(tmp_path, code, environment=environment)).invoke("f", {}).payload
    assert seen["TABLE"] == "tenants"
    assert seen["DATABASE_PORT"] == "6000"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert seen["AWS_LAMBDA_FUNCTION_VERSION"] == "7"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert "SECRET_OF_THE_USER" not in seen


def test_function_continues_the_trace_of_its_caller(serve: Serve, tmp_path: Path) -> None:
    code = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']"
    runner = serve(function(tmp_path, code))
    traced = runner.invoke("f", {}, trace_header="Root=1-2-3;Parent=4;Sampled=1").payload
    first, second = (runner.invoke("f", {}).payload for _ in range(2))
    assert re.fullmatch("Root=1-2-3;Parent=[0-9a-f]{16};Sampled=1", traced)
    assert first != second
    assert first.endswith(";Sampled=0"), "nobody asked for a trace"


def test_context_is_lambdas(serve: Serve, tmp_path: Path) -> None:
    code = """
        def handler(event, context):
            return [
                context.aws_request_id,
                context.invoked_function_arn,
                context.function_name,
                context.memory_limit_in_mb,
                context.log_group_name,
                0 < context.get_remaining_time_in_millis() <= 10_000,
            ]
    """
    runner = serve(function(tmp_path, code))
    outcome = runner.invoke(f"{ARN}:f:live", {}, request_id="r-1")
    expected = ["r-1", f"{ARN}:f:live", "f", "256", "/aws/lambda/f", True]
    assert outcome.payload == expected


def test_layer_is_importable_and_the_code_goes_first(serve: Serve, tmp_path: Path) -> None:
    layer = tmp_path / "layer.zip"
    with zipfile.ZipFile(layer, "w") as file:
        file.writestr("python/shared.py", "VALUE = 'layer'")
        file.writestr("python/app.py", "raise RuntimeError('the code goes first')")
    code = "import shared\ndef handler(event, context): return shared.VALUE"
    runner = serve(function(tmp_path, code, layers=(layer,)))
    assert runner.invoke("f", {}).payload == "layer"


def test_raised_error_is_lambdas_error(serve: Serve, tmp_path: Path) -> None:
    runner = serve(function(tmp_path, "def handler(event, context): raise ValueError('no')"))
    outcome = runner.invoke("f", {})
    assert outcome.error == "Unhandled"
    assert outcome.payload["errorType"] == "ValueError"
    assert outcome.payload["errorMessage"] == "no"
    assert "worker.py" not in "".join(outcome.payload["stackTrace"])
    assert "ValueError: no" in outcome.log


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import nothing_like_it", "Runtime.ImportModuleError"),
        ("raise KeyError('at import')", "KeyError"),
        ("import os; os._exit(9)", "Runtime.ExitError"),
        ("def other(event, context): pass", "AttributeError"),
    ],
)
def test_code_that_cannot_be_loaded_fails_the_invocation(
    serve: Serve, tmp_path: Path, code: str, kind: str
) -> None:
    outcome = serve(function(tmp_path, code)).invoke("f", {})
    assert (outcome.error, outcome.payload["errorType"]) == ("Unhandled", kind)


def test_answer_that_is_not_json_fails(serve: Serve, tmp_path: Path) -> None:
    outcome = serve(function(tmp_path, "def handler(event, context): return {1, 2}")).invoke(
        "f", {}
    )
    assert outcome.payload["errorType"] == "Runtime.MarshalError"


def test_timeout_kills_the_process_and_the_next_call_has_another(
    serve: Serve, tmp_path: Path
) -> None:
    code = """
        import os, time
        def handler(event, context):
            if event == "slow":
                time.sleep(60)
            return os.getpid()
    """
    runner = serve(function(tmp_path, code, timeout_s=1))
    before = runner.invoke("f", "quick").payload
    outcome = runner.invoke("f", "slow", request_id="r-1")
    assert outcome.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
    }
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    assert runner.invoke("f", "quick").payload != before


def test_crash_is_an_error_and_the_next_call_works(serve: Serve, tmp_path: Path) -> None:
    code = """
        import os
        def handler(event, context):
            if event == "crash":
                os._exit(3)
            return "fine"
    """
    runner = serve(function(tmp_path, code))
    outcome = runner.invoke("f", "crash")
    assert outcome.payload["errorType"] == "Runtime.ExitError"
    assert outcome.payload["errorMessage"].endswith("exit status 3")
    assert runner.invoke("f", "again").payload == "fine"


def test_process_that_died_while_idle_is_replaced(serve: Serve, tmp_path: Path) -> None:
    runner = serve(function(tmp_path, "import os\ndef handler(event, context): return os.getpid()"))
    first = runner.invoke("f", {}).payload
    os.kill(first, signal.SIGKILL)
    while _exists(first):
        time.sleep(0.01)
    assert runner.invoke("f", {}).payload != first


def _exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_process_stays_warm(serve: Serve, tmp_path: Path) -> None:
    code = "calls = []\ndef handler(event, context): calls.append(1); return len(calls)"
    runner = serve(function(tmp_path, code))
    assert [runner.invoke("f", {}).payload for _ in range(3)] == [1, 2, 3]


def test_concurrent_calls_have_processes_of_their_own_up_to_the_reserved_number(
    serve: Serve, tmp_path: Path
) -> None:
    code = """
        import os, time
        def handler(event, context):
            time.sleep(0.4)
            return os.getpid()
    """
    runner = serve(function(tmp_path, code, reserved_concurrency=2))
    with ThreadPoolExecutor(4) as threads:
        pids = list(threads.map(lambda _: runner.invoke("f", {}).payload, range(4)))
    assert len(set(pids)) == 2
    assert runner.status()[0].processes == 2


def test_changed_code_runs_in_a_new_process_and_unchanged_code_stays(
    serve: Serve, tmp_path: Path
) -> None:
    pid = "import os\ndef handler(event, context): return os.getpid()"
    same, changing = function(tmp_path, pid, name="same"), function(tmp_path, pid, name="changing")
    runner = serve(same, changing)
    before = runner.invoke("same", {}).payload
    runner.invoke("changing", {})
    serve(same, function(tmp_path, "def handler(event, context): return 'new'", name="changing"))
    assert runner.invoke("same", {}).payload == before
    assert runner.invoke("changing", {}).payload == "new"


def test_output_is_in_the_log_file_with_a_report(serve: Serve, tmp_path: Path) -> None:
    code = """
        import sys
        def handler(event, context):
            print("to stdout")
            print("to stderr", file=sys.stderr)
    """
    serve(function(tmp_path, code, json_logs=True)).invoke("f", {}, request_id="r-1")
    lines = (Layout(tmp_path).logs / "f.log").read_text().splitlines()
    assert sorted(lines[:2]) == ["to stderr", "to stdout"]
    report = json.loads(lines[2])
    assert report["type"] == "platform.report"
    assert report["record"]["requestId"] == "r-1"
    assert report["record"]["status"] == "success"


def test_unknown_function_is_the_users_error(serve: Serve) -> None:
    with pytest.raises(UserError, match="no function nobody"):
        serve().invoke("nobody", {})


def test_missing_artifact_is_the_users_error(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.zip is not there"):
        serve(function(tmp_path, "", code=tmp_path / "nowhere.zip"))


def test_asynchronous_invocation_is_retried_and_then_given_up(serve: Serve, tmp_path: Path) -> None:
    code = f"""
        from pathlib import Path
        def handler(event, context):
            with Path({str(tmp_path / "attempts")!r}).open("a") as file:
                file.write(context.aws_request_id + "\\n")
            raise ValueError("always")
    """
    invoker = AsynchronousInvoker(serve(function(tmp_path, code)), retry_cap_s=0)
    invoker.serve([EventInvokeConfig(function="f", retries=2, on_failure_arn=None)])
    request_id = invoker.submit("f", {})
    deadline = time.monotonic() + 20
    while invoker.backlog and time.monotonic() < deadline:
        time.sleep(0.01)
    invoker.close()
    assert (tmp_path / "attempts").read_text().split() == [request_id] * 3
