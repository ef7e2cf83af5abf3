"""What every command has in common: help, environment variables, exit codes, one clear message."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saasgen import cli
from saasgen.errors import OutsideFailure
from tools.documentation import imported_commands


def _commands() -> list[tuple[list[str], object]]:
    """Each command with the words that call it."""
    found = []
    for name, command in imported_commands().commands.items():
        children = getattr(command, "commands", None)
        if children is None:
            found.append(([name], command))
        else:
            found += [([name, child], sub) for child, sub in children.items()]
    return found


COMMANDS = _commands()
NAMES = [" ".join(words) for words, _ in COMMANDS]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_every_command_has_help(words: list[str], command: object, capsys):
    assert cli.run([*words, "--help"]) == 0
    assert "Usage: saasgen" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_every_option_can_be_given_by_an_environment_variable(words: list[str], command):
    for parameter in command.params:
        if parameter.name != "help" and parameter.param_type_name == "option":
            assert parameter.envvar, f"{' '.join(words)} --{parameter.name}"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["plan", "--bogus"], ["plan", "/nonexistent"], ["sandbox", "mail"]]
)
def test_wrong_input_is_exit_code_1_and_one_message(
    arguments: list[str], capsys, monkeypatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)

    assert cli.run(arguments) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("saasgen:") == 1
    assert "Traceback" not in said.err


def test_a_bug_is_exit_code_3_without_a_traceback(monkeypatch, capsys, tmp_path: Path):
    def broken(_path: Path) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("saasgen.stack.Stack.open", broken)

    assert cli.run(["plan", str(tmp_path)]) == 3
    assert "this is a bug (ZeroDivisionError: oops)" in " ".join(capsys.readouterr().err.split())


def test_an_outside_failure_is_exit_code_3(monkeypatch, capsys, tmp_path: Path):
    def failing(_path: Path) -> None:
        raise OutsideFailure("AWS is down.")

    monkeypatch.setattr("saasgen.stack.Stack.open", failing)

    assert cli.run(["plan", str(tmp_path)]) == 3
    assert "AWS is down." in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_new_leaves_nothing_and_can_be_run_again(tmp_path: Path, number: int):
    new = ["new", str(tmp_path / "acme"), "--defaults"]
    command = [sys.executable, "-m", "saasgen", *new]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".acme.*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(run.pid, number)
    _, said = run.communicate(timeout=30)

    assert run.returncode == 130, said
    assert "interrupted" in said
    assert list(tmp_path.iterdir()) == []
    assert subprocess.run(command, capture_output=True).returncode == 0
