"""Terraform's own tests, run on a copy: nothing is left in the template."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Template

from generator.terraform.discovery import (
    clean_environment,
    find_plugin_directory,
    find_terraform,
)
from tests.support import REPOSITORY
from tests.terraform.applied import Resources, resources_of

ROOT = REPOSITORY / "template/terraform"
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir() if path.is_dir())

Run = Callable[..., subprocess.CompletedProcess[str]]


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
def terraform_test(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`terraform test` in a folder of the copy, initialised without a backend."""
    binary, mirror = find_terraform(), find_plugin_directory()
    data = tmp_path_factory.mktemp("data")

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        where = tree / folder
        environment = clean_environment(os.environ)
        environment["TF_DATA_DIR"] = str(data / where.name)
        plugins = [f"-plugin-dir={mirror}"] if mirror else []
        for command in (["init", "-backend=false", *plugins], ["test", "-no-color", *arguments]):
            done = subprocess.run(
                [binary, *command], cwd=where, env=environment, capture_output=True, text=True
            )
            if done.returncode:
                break
        return done

    return run


@pytest.fixture(scope="session")
def resources(terraform_test: Run) -> Resources:
    """A whole stack, applied to a mocked provider.

    A plan does not know policies that name a key or a cluster still to be made; the state of a
    mocked apply knows each of them to the last character.
    """
    done = terraform_test(".", "-json", "-verbose", "-filter=tests/apply.tftest.hcl")
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    state = next(line["test_state"] for line in lines if line["type"] == "test_state")
    return resources_of(state)
