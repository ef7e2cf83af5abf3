"""Each module passes the tests that it brings, and is written as all of them are."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform.conftest import MODULES, ROOT, Run, files_of

FOLDERS = [".", "bootstrap", *(f"modules/{name}" for name in MODULES)]
_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_ATTRIBUTES = ["description", "type", "default", "nullable", "validation"]


def _variables(folder: str) -> Iterator[tuple[str, str]]:
    yield from _VARIABLE.findall((ROOT / folder / "variables.tf").read_text("utf-8"))


def _assert_passed(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* passed, 0 failed", done.stdout), done.stdout


def _hcl(folder: str) -> Iterator[Path]:
    yield from sorted((ROOT / folder).glob("*.tf"))


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder != "."])
def test_terraform_tests_pass(folder: str, terraform_test: Run) -> None:
    _assert_passed(terraform_test(folder, *(f"-filter=tests/{file}" for file in files_of(folder))))


@pytest.mark.parametrize("folder", FOLDERS)
def test_rules_of_variables_refuse_what_they_are_there_to_refuse(
    folder: str, validation_test: Run
) -> None:
    _assert_passed(validation_test(folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_validation_is_proven_by_a_value_that_breaks_it(folder: str) -> None:
    tests = "".join(
        path.read_text("utf-8") for path in (ROOT / folder / "tests").glob("*.tftest.hcl")
    )
    proven = Counter(re.findall(r"expect_failures = \[var\.(\w+)\]", tests))

    unproven = {
        name: (rules, proven[name])
        for name, body in _variables(folder)
        if (rules := body.count("validation {")) > proven[name]
    }

    assert unproven == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_variables_say_what_they_are_in_one_order(folder: str) -> None:
    for name, body in _variables(folder):
        attributes = re.findall(r"^  (\w+)\b(?: +=| \{)", body, re.MULTILINE)
        order = [_ATTRIBUTES.index(attribute) for attribute in attributes]

        assert attributes[:2] == ["description", "type"], f"{folder}: {name}"
        assert order == sorted(order), f"{folder}: {name}"
        assert "nullable" in attributes or re.search(r"^  default += null", body, re.MULTILINE), (
            f"{folder}: {name}"
        )


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_module_is_complete(folder: str) -> None:
    for name in ("main.tf", "variables.tf", "outputs.tf", "versions.tf"):
        assert (ROOT / folder / name).is_file()
    for output in re.findall(
        r'^output "\w+" \{\n(.*?)^\}',
        (ROOT / folder / "outputs.tf").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    ):
        assert output.startswith("  description = ")


@pytest.mark.parametrize("folder", FOLDERS)
def test_resources_are_keyed_by_names(folder: str) -> None:
    for path in _hcl(folder):
        for counted in re.findall(r"^  count += (.+)$", path.read_text("utf-8"), re.MULTILINE):
            assert re.fullmatch(r"var\.\w+ \? 1 : 0", counted), f"{path.name}: count = {counted}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_production_knows_nothing_of_a_sandbox(folder: str) -> None:
    for path in _hcl(folder):
        text = path.read_text("utf-8")
        assert not re.search(r"sandbox|localhost:|endpoints \{|skip_\w+_validation", text), path


def test_modules_wait_for_attributes_not_for_modules() -> None:
    for path in _hcl("."):
        for module in re.findall(
            r'^module "\w+" \{\n.*?^\}', path.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            assert "depends_on" not in module, path


def test_provider_and_tags_are_set_at_the_root_only() -> None:
    for name in MODULES:
        for path in _hcl(f"modules/{name}"):
            text = path.read_text("utf-8")
            assert 'provider "' not in text, path
            assert all(
                re.fullmatch(r"tags\s+= \{ Name = .+ \}", line.strip())
                for line in text.splitlines()
                if re.match(r"  tags\s+=", line)
            ), path
