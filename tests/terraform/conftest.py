"""Terraform's own tests, run on a copy: nothing is left in the template."""

import fnmatch
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from jinja2 import Template

from saasgen.terraform.discovery import (
    PROVIDER,
    clean_environment,
    find_plugin_directory,
    find_terraform,
)
from tests.running.once import Once
from tests.support import REPOSITORY
from tests.terraform.applied import Resources, resources_of
from tests.terraform.provider import kept_provider

ROOT = REPOSITORY / "template/terraform"
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir() if path.is_dir())

VALIDATION = "validation.tftest.hcl"
"""The tests of the rules that variables.tf holds, one file in each folder."""
_TESTS = "*.tftest.hcl"

Run = Callable[..., subprocess.CompletedProcess[str]]


def files_of(folder: str) -> list[str]:
    """Name the tests of a folder that need more than its variables."""
    return sorted({path.name for path in (ROOT / folder / "tests").glob(_TESTS)} - {VALIDATION})


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the root, as a stack has it."""
    copy = tmp_path_factory.mktemp("terraform") / "root"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".terraform*"))
    answers = {"stack_name": "acme", "environment": "dev", "region": "us-east-1"}
    backend = Template((ROOT / "backend.hcl.jinja").read_text("utf-8")).render(answers)
    (copy / "backend.hcl").write_text(backend, "utf-8")
    return copy


@pytest.fixture(scope="session")
def provider(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that attaches Terraform to a provider that goes on running."""
    data = tmp_path_factory.mktemp("provider")
    done = _terraform(tree / "bootstrap", data, {}, "init", "-backend=false", *_plugins())
    assert done.returncode == 0, done.stderr
    [binary] = (data / "providers" / PROVIDER).glob("*/*/terraform-provider-aws*")
    with kept_provider(binary) as attached:
        yield attached


@pytest.fixture(scope="session")
def terraform_test(
    tree: Path, provider: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """`terraform test` in a folder of the copy, initialised without a backend."""
    data = tmp_path_factory.mktemp("data")

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        where = tree / folder
        return _tested(where, data / where.name, provider, arguments)

    return run


@pytest.fixture(scope="session")
def validation_test(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`terraform test` of a folder's variables alone: without resources it needs no provider."""
    copy, data = tmp_path_factory.mktemp("variables") / "root", tmp_path_factory.mktemp("data")
    shutil.copytree(tree, copy, ignore=_but_variables)

    def run(folder: str) -> subprocess.CompletedProcess[str]:
        return _tested(copy / folder, data / (copy / folder).name, {}, ())

    return run


def _but_variables(_folder: str, names: list[str]) -> set[str]:
    """Name what a copy leaves out that holds variables and the tests of their rules."""
    code = fnmatch.filter(names, "*.tf") + fnmatch.filter(names, _TESTS)
    return {*code} - {"variables.tf", VALIDATION}


def _tested(
    where: Path, data: Path, environment: dict[str, str], arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    plugins = _plugins() if environment else []
    done = _terraform(where, data, environment, "init", "-backend=false", *plugins)
    if done.returncode == 0:
        done = _terraform(where, data, environment, "test", "-no-color", *arguments)
    return done


def _terraform(
    where: Path, data: Path, environment: dict[str, str], *command: str
) -> subprocess.CompletedProcess[str]:
    clean = clean_environment(os.environ) | {"TF_DATA_DIR": str(data)} | environment
    return subprocess.run(
        [find_terraform(), *command], cwd=where, env=clean, capture_output=True, text=True
    )


def _plugins() -> list[str]:
    mirror = find_plugin_directory()
    return [f"-plugin-dir={mirror}"] if mirror else []


@pytest.fixture(scope="session")
def resources(request: pytest.FixtureRequest, once: Once) -> Resources:
    """A whole stack, applied to a mocked provider.

    A plan does not know policies that name a key or a cluster still to be made; the state of a
    mocked apply knows each of them to the last character.
    """

    def apply(folder: Path) -> None:
        terraform_test: Run = request.getfixturevalue("terraform_test")
        done = terraform_test(".", "-json", "-verbose", "-filter=tests/apply.tftest.hcl")
        assert done.returncode == 0, done.stdout
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        state = next(line["test_state"] for line in lines if line["type"] == "test_state")
        (folder / "state.json").write_text(json.dumps(state), "utf-8")

    return resources_of(json.loads((once.make("mocked", apply) / "state.json").read_text("utf-8")))
