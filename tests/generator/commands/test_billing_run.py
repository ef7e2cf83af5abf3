"""`saasgen billing-run`: short calls of the stack's function until its run is done or stopped."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from saasgen import cli
from saasgen.commands import billing_run
from saasgen.stack import Stack

OUTPUTS = {"function_names": {"value": {"billing_run": "tiny-dev-billing-run"}}}
FAULT = {"tenantId": "t-1", "invoiceId": "i-1", "total": "9.00 USD", "reason": "is above 5.00 USD"}


def answer(state: str, drafted: int = 0, finalized: int = 0, **facts: Any) -> dict[str, Any]:
    return {
        "runId": "r-1",
        "state": state,
        "finished": state in ("done", "stopped"),
        "tenants": 3,
        "waiting": 3 - drafted - finalized,
        "drafted": drafted,
        "finalized": finalized,
        "failed": 0,
        "invoices": drafted + finalized,
        "faults": [],
        "failures": {},
        **facts,
    }


class Function:
    """The stack's function: what it answers, and what it was told."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.orders: list[dict[str, Any]] = []

    def __call__(self, _work: Any, name: str, order: dict[str, Any]) -> dict[str, Any]:
        assert name == "tiny-dev-billing-run"
        self.orders.append(order)
        return self.answers.pop(0)


class Work:
    """A workspace that was applied."""

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

        monkeypatch.setattr(billing_run, "workspace", workspace)
        monkeypatch.setattr(billing_run, "invoke", function)
        monkeypatch.setattr(billing_run.time, "sleep", lambda _: None)
        monkeypatch.setattr(Stack, "open", lambda _path: tiny_stack)
        code = cli.run(["billing-run", *arguments])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return saasgen


def test_it_goes_on_until_the_run_is_done(saasgen):
    function = Function(
        answer("drafting", drafted=2),
        answer("drafting", drafted=2),
        answer("finalizing", drafted=2, finalized=1),
        answer("done", finalized=3),
    )
    code, out, _ = saasgen("--json", function=function)

    assert (code, json.loads(out)["state"]) == (0, "done")
    assert function.orders == [{"workers": 2, "seconds": 10, "bounds": {}}] * 4


def test_a_run_that_was_stopped_names_the_invoices_and_exits_with_2(saasgen):
    function = Function(answer("stopped", drafted=3, faults=[FAULT]))
    given = ("--most", "5", "--most-times", "2.5", "--unless-below", "0")
    code, _, said = saasgen(*given, function=function)

    assert code == 2
    assert "invoice i-1 of tenant t-1 over 9.00 USD is above 5.00 USD." in said
    assert function.orders[0]["bounds"] == {"most": 5, "mostTimes": "2.5", "unlessBelow": 0}


def test_tenants_that_could_not_be_billed_are_named(saasgen):
    failed = {"failed": 1, "failures": {"t-2": "Unprocessable: no such plan"}}
    code, _, said = saasgen(function=Function(answer("done", finalized=2, **failed)))

    assert code == 2
    assert "tenant t-2: Unprocessable: no such plan" in said


def test_a_dry_run_asks_page_by_page_and_shows_all(saasgen):
    found = {"tenantId": "t-1", "periodStart": "2026-03-01", "periodEnd": "2026-04-01"}
    found |= {"total": "12.00 USD", "lines": 1}
    function = Function(
        {"finished": False, "after": "t-1", "invoices": [found], "failures": {}},
        {
            "finished": True,
            "after": "t-2",
            "failures": {"t-3": "no such plan"},
            "invoices": [found | {"tenantId": "t-2"}],
        },
    )
    code, out, said = saasgen("--dry-run", function=function)

    assert code == 0
    assert "t-1" in out
    assert "t-2" in out
    assert "12.00 USD" in out
    assert "2 invoices would be drafted next" in said
    assert "tenant t-3: no such plan" in said
    assert [order.get("after") for order in function.orders] == [None, "t-1"]
    assert all(order["dryRun"] for order in function.orders)


@pytest.mark.parametrize(
    ("option", "given", "told"),
    [
        ([], answer("nobody_due", finished=True, runId=None, tenants=0), "Nobody is due"),
        (
            ["--dry-run"],
            {"finished": True, "after": None, "invoices": [], "failures": {}},
            "Nothing would be",
        ),
    ],
)
def test_with_nobody_due_it_says_so(saasgen, option, given, told):
    code, out, said = saasgen(*option, function=Function(given))

    assert (code, out) == (0, "")
    assert told in said


def test_a_stack_without_the_function_says_what_to_do(saasgen):
    code, _, said = saasgen(function=Function(), outputs={})

    assert code == 1
    assert "Run plan and apply first" in said
