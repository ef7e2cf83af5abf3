"""Printed commands work where they are printed."""

import sys
from pathlib import Path

import pytest

from saasgen.commands.program import command, from_here


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `saasgen` in a virtual environment below the current folder, and not on PATH."""
    scripts = tmp_path / ".venv/bin"
    scripts.mkdir(parents=True)
    for name in ("python", "saasgen"):
        (scripts / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path)
    return scripts


def test_one_that_is_not_on_path_is_called_by_its_place(installed: Path, tmp_path: Path):
    assert command("sandbox", "up", tmp_path / "my stack") == (
        ".venv/bin/saasgen sandbox up 'my stack'"
    )


def test_one_that_is_on_path_is_called_by_its_name(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(installed))

    assert command("doctor") == "saasgen doctor"


def test_another_one_on_path_is_not_taken_for_it(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/saasgen").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "other"))

    assert command("doctor") == ".venv/bin/saasgen doctor"


def test_one_without_a_script_is_run_as_a_module(installed: Path):
    (installed / "saasgen").unlink()

    assert command("doctor") == ".venv/bin/python -m saasgen doctor"


def test_what_lies_elsewhere_is_named_whole(installed: Path, tmp_path: Path):
    assert from_here(tmp_path.parent / "elsewhere") == str(tmp_path.parent / "elsewhere")
