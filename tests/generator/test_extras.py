"""Without the extra `[sandbox]`: what goes on, and what the rest says."""

import re
import subprocess
import sys
import tomllib

import pytest

from saasgen import extras, template
from tests.support import REPOSITORY

# Finds no module of the extra, as if its packages were not installed.
_WITHOUT = """
import importlib.machinery, sys
from saasgen.extras import SANDBOX

find_spec = importlib.machinery.PathFinder.find_spec

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in SANDBOX else find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
from saasgen.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("stacks") / "acme"
    template.render(template.source(None, None), folder, {"stack_name": "acme"}, interactive=False)
    return str(folder)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT, *arguments],
        capture_output=True,
        text=True,
        env={"COLUMNS": "500", "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize("command", ["up", "status", "token", "down"])
def test_a_sandbox_command_names_the_extra(stamped: str, command: str):
    done = _run("sandbox", command, stamped)

    assert done.returncode == 1
    assert "pip install 'saasgen[sandbox]'" in done.stderr
    assert "moto" in done.stderr


def test_doctor_names_the_extra():
    done = _run("doctor")

    assert "pip install 'saasgen[sandbox]' (missing: cryptography," in done.stdout


@pytest.mark.parametrize(
    "command", ["new", "build", "plan", "apply", "destroy", "migrate", "redrive", "billing-run"]
)
def test_what_a_pipeline_runs_is_imported_without_it(command: str):
    assert _run(command, "--help").returncode == 0


def test_a_cost_needs_no_sandbox(stamped: str):
    done = _run("cost", stamped)

    assert done.returncode == 0
    assert "Prices of us-east-1" in done.stderr


def test_the_extra_and_its_modules_are_the_same():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    packages = {
        re.split(r"[\[>=]", line)[0] for line in project["optional-dependencies"]["sandbox"]
    }
    modules = {"pyjwt": "jwt"}
    named = {modules.get(name, name.replace("-", "_")) for name in packages}

    assert named == set(extras.SANDBOX)
