"""`saasgen sandbox clock`: shown, moved at once, moved step by step."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from saasgen import cli
from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack


@pytest.fixture
def stack(tiny_stack: Stack) -> Iterator[str]:
    """A stack whose sandbox runs, with nothing applied to it."""
    sandbox = Sandbox(tiny_stack.root)
    sandbox.start()
    yield str(tiny_stack.root)
    sandbox.stop()


def clock(stack: str, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert cli.run(["sandbox", "clock", *words, "--stack", stack, "--json"]) == 0
    shown: dict[str, object] = json.loads(capsys.readouterr().out)
    return shown


def test_it_shows_the_clock_and_moves_it_forward(stack: str, capsys) -> None:
    begun = clock(stack, capsys)
    assert begun["aheadSeconds"] == 0

    moved = clock(stack, capsys, "+31d")
    assert moved["fired"] == []
    assert moved["aheadSeconds"] == pytest.approx(31 * 86400, abs=1)

    stepped = clock(stack, capsys, "+2d6h", "--step", "+1d")
    assert stepped["aheadSeconds"] == pytest.approx(33.25 * 86400, abs=60)

    there = datetime.fromisoformat(str(stepped["now"])) + timedelta(days=300)
    assert cli.run(["sandbox", "clock", there.isoformat(), "--stack", stack]) == 0
    assert f"{there:%Y-%m-%d}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["2020-01-01"], "forward only"),
        (["soon"], "neither a duration"),
        (["+1d", "--step", "+1m"], "an hour at least"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    stack: str, capsys, words: list[str], reason: str
) -> None:
    assert cli.run(["sandbox", "clock", *words, "--stack", stack]) == 1
    assert reason in capsys.readouterr().err
    assert clock(stack, capsys)["aheadSeconds"] == 0
