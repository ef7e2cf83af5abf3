"""`saasgen redrive`: bounded calls of the stack's function, and what they came to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from saasgen import cli
from saasgen.commands import redrive
from saasgen.errors import OutsideFailure
from saasgen.stack import Stack

OUTPUTS = {
    "function_names": {"value": {"redrive": "tiny-dev-redrive"}},
    "dead_letter_queue_names": {
        "value": {"write_audit": "tiny-dev-write-audit-dlq", "schedules": "tiny-dev-schedules-dlq"}
    },
}
BEGAN = "2026-03-01T12:00:00+00:00"
UNRECORDED = {"logGroup": "/aws/lambda/tiny-dev-write-audit", "logQuery": "filter eventId = 'e'"}


def letter(number: int, outcome: str = "replayed", **facts: Any) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "outcome": outcome,
        "eventType": "tenant.created",
        "eventId": f"event-{number}",
        "tenantId": "tenant-1",
        "since": BEGAN,
        "received": 1,
        **(facts or {"attempts": 5, "reason": "KeyError: 'plan'"}),
    }


class Function:
    """The stack's redrive function: a queue of messages, and what it was told."""

    def __init__(self, waiting: int, held: int = 0) -> None:
        self.waiting = list(range(waiting))
        self.held = [letter(1000 + n, "held", advice="ask the provider") for n in range(held)]
        self.orders: list[dict[str, Any]] = []
        self.fails_at: BaseException | None = None

    def __call__(self, _work: Any, name: str, order: dict[str, Any]) -> dict[str, Any]:
        assert name == "tiny-dev-redrive"
        if self.orders and self.fails_at:
            raise self.fails_at
        self.orders.append(order)
        visible = len(self.waiting) + len(self.held)
        taken = self.waiting[: order["limit"]]
        if not order["dryRun"]:
            self.waiting = self.waiting[order["limit"] :]
        messages = [letter(n, "ready" if order["dryRun"] else "replayed") for n in taken]
        return {
            "queue": order["queue"],
            "dryRun": order["dryRun"],
            "startedAt": order.get("startedAt", BEGAN),
            "visible": visible,
            "hidden": 0,
            "messages": messages + self.held,
            "replayed": 0 if order["dryRun"] else len(taken),
            "finished": order["dryRun"] or not self.waiting,
        }


class Work:
    def __init__(self, stack: Stack, outputs: dict[str, Any]) -> None:
        self.stack = stack
        self.outputs = lambda: outputs


@pytest.fixture
def saasgen(tiny_stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys):
    """Run the command against a function; return exit code, stdout and stderr."""

    def saasgen(*arguments: str, function: Function, outputs: dict[str, Any] = OUTPUTS):
        @contextmanager
        def workspace(stack: Stack, *, on_sandbox: bool) -> Iterator[Work]:
            yield Work(stack, outputs)

        monkeypatch.setattr(redrive, "workspace", workspace)
        monkeypatch.setattr(redrive, "invoke", function)
        monkeypatch.setattr(Stack, "open", lambda _path: tiny_stack)
        code = cli.run(["redrive", *arguments])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return saasgen


def test_a_dry_run_prints_what_died_and_why_and_replays_nothing(saasgen):
    function = Function(2)
    code, out, said = saasgen("write_audit", "--dry-run", function=function)

    assert code == 2
    assert [order["dryRun"] for order in function.orders] == [True]
    for shown in ("tenant.created", "event-1", "tenant-1", "KeyError: 'plan'", "would be replayed"):
        assert shown in out
    assert "`saasgen redrive write_audit` replays 2 of these messages." in said


def test_a_replay_that_leaves_nothing_is_exit_code_0(saasgen):
    code, out, said = saasgen("write_audit", function=Function(3))

    assert code == 0
    assert out.count("replayed") == 3
    assert "write_audit: replayed 3, left 0." in said


def test_an_empty_queue_is_exit_code_0_and_no_table(saasgen):
    code, out, said = saasgen("write_audit", function=Function(0))

    assert (code, out) == (0, "")
    assert "replayed 0, left 0" in said


def test_many_messages_are_several_short_calls_of_one_run(saasgen):
    function = Function(45)
    code, _, said = saasgen("write_audit", "--per-second", "2", function=function)

    assert code == 0
    assert [order["limit"] for order in function.orders] == [20, 20, 20]
    assert [order.get("startedAt") for order in function.orders] == [None, BEGAN, BEGAN]
    assert "replayed 45, left 0" in said


def test_a_slow_rate_is_one_message_a_call(saasgen):
    function = Function(2)
    saasgen("write_audit", "--per-second", "0.1", function=function)

    assert [order["limit"] for order in function.orders] == [1, 1]


def test_the_limit_ends_the_run(saasgen):
    function = Function(45)
    code, _, said = saasgen("write_audit", "--per-second", "2", "--limit", "25", function=function)

    assert code == 2
    assert [order["limit"] for order in function.orders] == [20, 5]
    assert "Messages remain dead in write_audit." in said


def test_what_is_held_back_remains_with_what_to_do(saasgen):
    function = Function(1, held=2)
    code, out, said = saasgen("write_audit", function=function)

    assert code == 2
    assert out.count("held back") == 2
    assert "Held back (2): ask the provider." in said
    assert "replayed 1, left 2" in said


def test_what_is_held_back_can_be_included(saasgen):
    function = Function(1)
    saasgen("write_audit", "--include-held", function=function)

    assert function.orders[0]["includeHeld"]


def test_a_run_that_gets_nowhere_ends(saasgen):
    function = Function(0, held=1)
    function.waiting = []
    answer = function(None, "tiny-dev-redrive", {"dryRun": False, "limit": 1, "queue": "q"})
    stuck = answer | {"finished": False}
    code, *_ = saasgen("write_audit", function=lambda *_: stuck)

    assert code == 2


def test_a_reason_that_was_not_recorded_comes_with_a_query(saasgen):
    function = Function(0)
    function.held = [letter(1, "replayed", **UNRECORDED)]
    _, out, said = saasgen("write_audit", function=function)

    assert "not recorded" in out
    assert "/aws/lambda/tiny-dev-write-audit" in said
    assert "filter eventId = 'e'" in said


def test_json_has_every_message_and_the_count(saasgen):
    code, out, _ = saasgen("write_audit", "--json", function=Function(30, held=1))

    result = json.loads(out)
    assert code == 2
    assert (result["replayed"], result["remaining"], result["finished"]) == (30, 1, True)
    assert len(result["messages"]) == 31
    assert result["queue"] == "write_audit"


@pytest.mark.parametrize("name", ["schedules", "tiny-dev-schedules-dlq"])
def test_a_queue_goes_by_its_key_and_by_its_name(saasgen, name: str):
    function = Function(1)
    assert saasgen(name, function=function)[0] == 0
    assert function.orders[0]["queue"] == "schedules"


def test_an_unknown_queue_is_answered_with_those_there_are(saasgen):
    function = Function(1)
    code, out, said = saasgen("write-odd", function=function)

    assert (code, out, function.orders) == (1, "", [])
    assert "There is no dead-letter queue 'write-odd'. Queues: schedules, write_audit." in said


def test_a_stack_without_the_function_says_what_to_do(saasgen):
    code, _, said = saasgen("write_audit", function=Function(1), outputs={})

    assert code == 1
    assert "Run plan and apply first." in said


@pytest.mark.parametrize(
    ("fault", "code"), [(KeyboardInterrupt(), 130), (OutsideFailure("AWS is down."), 3)]
)
def test_what_was_done_before_the_end_is_told(saasgen, fault: BaseException, code: int):
    function = Function(30)
    function.fails_at = fault
    ended, out, _ = saasgen("write_audit", "--per-second", "1", function=function)

    assert ended == code
    assert out.count("replayed") == 10


@pytest.mark.parametrize(
    "wrong", [["--per-second", "0"], ["--per-second", "51"], ["--limit", "0"], []]
)
def test_wrong_options_are_refused(saasgen, wrong: list[str]):
    arguments = ["write_audit", *wrong] if wrong else []
    assert saasgen(*arguments, function=Function(1))[0] == 1


def test_the_function_and_the_command_agree_on_the_bounds():
    from handlers.jobs.redrive import MOST, RedriveOrder

    assert redrive.MOST == MOST
    for per_second in (0.1, 50):
        RedriveOrder(queue="q", per_second=per_second)


def test_help_says_what_the_exit_codes_mean(capsys, tmp_path: Path):
    assert cli.run(["redrive", "--help"]) == 0
    assert "2 when messages remain dead" in " ".join(capsys.readouterr().out.split())
