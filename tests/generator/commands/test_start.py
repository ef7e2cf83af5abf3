"""How `saasgen` starts: what its help says without importing a command, and what that imports."""

import subprocess
import sys

import pytest

from saasgen import cli
from saasgen.cli import Commands
from tools.documentation import imported_commands

TYPER = {"annotated_doc", "shellingham", "typer"}
# What rich imports; it looks at attr and IPython only if they are installed.
RICH = {"attr", "markdown_it", "mdurl", "pygments", "rich"}
OWN = {"saasgen", "saasgen.cli", "saasgen.errors", "saasgen.lazy"}
_STARTED = """
import sys
before = set(sys.modules)
from saasgen.cli import run
run(sys.argv[1:])
print(*sorted(set(sys.modules) - before), sep="\\n", file=sys.stderr)
"""


@pytest.mark.parametrize(("option", "allowed"), [("--version", TYPER), ("--help", TYPER | RICH)])
def test_a_start_imports_nothing_but_what_it_needs(option: str, allowed: set[str]):
    modules = _imported_by(option)
    packages = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)

    assert packages - {"saasgen"} <= allowed
    assert {name for name in modules if name.startswith("saasgen")} == OWN


def test_help_shows_the_first_paragraph_of_each_command():
    imported = imported_commands().commands

    for name, line in Commands.lines.items():
        paragraph = (imported[name].help or "").partition("\n\n")[0]
        assert line.help == " ".join(paragraph.split()), name


def test_help_lists_every_command(capsys):
    assert cli.run(["--help"]) == 0

    said = capsys.readouterr().out
    for name in Commands.lines:
        assert f" {name} " in said


def test_a_mistyped_command_is_told_the_nearest_one(capsys):
    assert cli.run(["biling-run"]) == 1
    assert "Did you mean 'billing-run'?" in capsys.readouterr().err


def _imported_by(*arguments: str) -> list[str]:
    """The modules that a fresh process has imported when `saasgen` has run with `arguments`."""
    done = subprocess.run(
        [sys.executable, "-c", _STARTED, *arguments], capture_output=True, text=True, check=True
    )
    return done.stderr.split()
