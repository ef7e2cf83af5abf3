"""The GitHub workflows of a stack: there when asked for, clean, and pinned."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from saasgen import template
from tools import workflows

FILES = (
    ".github/actions/prepare/action.yml",
    ".github/workflows/apply.yml",
    ".github/workflows/plan.yml",
)
SOURCE = "saasgen @ git+https://git.example.com/saasgen/saasgen.git"
ANSWERS = {"stack_name": "acme", "ci": "github", "ci_repository": "acme@1042/billing@778899"}


def _render(path: Path, answers: dict[str, str]) -> Path:
    template.render(template.source(None, None), path, answers, interactive=False)
    return path


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _render(tmp_path_factory.mktemp("rendered") / "acme", ANSWERS)


@pytest.fixture
def stack(rendered: Path, tmp_path: Path) -> Path:
    """A stack whose workflows a test may break."""
    shutil.copytree(rendered / ".github", tmp_path / "acme/.github")
    shutil.copy(rendered / ".copier-answers.yml", tmp_path / "acme")
    return tmp_path / "acme"


def _load(stack: Path, name: str) -> Any:
    return yaml.safe_load((stack / name).read_text("utf-8"))


def test_a_stack_has_workflows_when_it_asked_for_them(rendered: Path):
    found = [p.relative_to(rendered).as_posix() for p in (rendered / ".github").rglob("*.yml")]

    assert sorted(found) == list(FILES)


def test_and_none_otherwise(tmp_path: Path):
    stack = _render(tmp_path / "acme", {"stack_name": "acme"})

    assert not (stack / ".github").exists()
    assert "ci_repository" not in (stack / ".copier-answers.yml").read_text()


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "billing",
        "acme/*",
        "acme/billing:pull_request",
        "acme@1042/billing",
        "a/b/c",
        "acme/bil ling",
    ],
)
def test_a_repository_that_would_trust_others_is_refused(tmp_path: Path, repository: str):
    with pytest.raises(Exception, match="ci_repository must be"):
        _render(tmp_path / "acme", {**ANSWERS, "ci_repository": repository})


def test_workflows_are_clean(rendered: Path):
    assert workflows.problems(rendered) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "words"),
    [
        ("apply.yml", "runs-on: ubuntu-24.04", "runs-on: ubuntu-4.04", "actionlint:"),
        ("apply.yml", "steps.prepare.outputs", "steps.prepared.outputs", "actionlint:"),
        ("plan.yml", "exit 1", "exit $CODE", "shellcheck"),
        ("plan.yml", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "unpinned-uses"),
        ("plan.yml", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("plan.yml", "permissions: {}", "permissions: write-all", "excessive-permissions"),
        (
            "apply.yml",
            "run: saasgen migrate",
            "run: echo ${{ github.event.head_commit.message }}",
            "template-injection",
        ),
        ("plan.yml", "\n  pull_request:", "\n  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_a_broken_workflow_is_found(stack: Path, name: str, right: str, wrong: str, words: str):
    path = stack / ".github/workflows" / name
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")

    assert words in "".join(workflows.problems(stack))


def test_every_action_is_pinned_by_its_commit_and_says_its_version(rendered: Path):
    used = [
        use
        for name in FILES
        for use in re.findall(r"uses: (.+)", (rendered / name).read_text("utf-8"))
        if not use.startswith("$/")
    ]

    assert len(used) == 5
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in used)


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        ("plan", {"contents": "read", "id-token": "write", "pull-requests": "write"}),
        ("apply", {"contents": "read", "id-token": "write", "pull-requests": "read"}),
    ],
)
def test_a_job_has_the_permissions_it_needs_and_no_other(
    rendered: Path, name: str, permissions: dict[str, str]
):
    workflow = _load(rendered, f".github/workflows/{name}.yml")

    assert workflow["permissions"] == {}
    assert workflow["jobs"][name]["permissions"] == permissions


def test_applies_wait_for_each_other_and_are_never_cut_short(rendered: Path):
    workflow = _load(rendered, ".github/workflows/apply.yml")

    assert workflow["concurrency"] == {"group": "apply", "cancel-in-progress": False}
    assert workflow[True] == {"push": {"branches": ["main"]}}  # YAML 1.1 reads `on` as a boolean


def test_a_fork_is_refused_before_it_asks_for_access(rendered: Path):
    jobs = _load(rendered, ".github/workflows/plan.yml")["jobs"]
    [step] = jobs["fork"]["steps"]
    done = subprocess.run(["bash", "-e", "-c", step["run"]], capture_output=True, text=True)

    assert jobs["plan"]["if"].replace("==", "!=") == jobs["fork"]["if"]
    assert "permissions" not in jobs["fork"]
    assert done.returncode == 1
    assert "open the pull request from there" in done.stdout


@pytest.mark.parametrize(
    ("answers", "given", "installed"),
    [
        ({"_commit": "v0.2.0"}, "", f"{SOURCE}@v0.2.0"),
        ({"_commit": "v0.1.0-12-g0ab1c2d"}, "", f"{SOURCE}@0ab1c2d"),
        ({"_commit": "1234567"}, "", f"{SOURCE}@1234567"),
        ({}, "saasgen==1.2.3", "saasgen==1.2.3"),
    ],
)
def test_the_workflows_install_the_saasgen_their_stack_was_stamped_by(
    stack: Path, tmp_path: Path, answers: dict[str, str], given: str, installed: str
):
    recorded = _load(stack, ".copier-answers.yml") | answers
    (stack / ".copier-answers.yml").write_text(yaml.safe_dump(recorded))

    said = _run_step(stack, tmp_path, "Install saasgen", {"GIVEN": given})

    assert said == [f"pipx install {installed}"]


def test_the_region_is_the_stack_s(stack: Path, tmp_path: Path):
    said = _run_step(stack, tmp_path, "Build", {})

    assert said == ["saasgen build"]
    assert (tmp_path / "output").read_text() == "region=us-east-1\n"


def _run_step(stack: Path, tmp_path: Path, name: str, environment: dict[str, str]) -> list[str]:
    """Run a step of `prepare` with programs that only note how they were called."""
    steps = _load(stack, ".github/actions/prepare/action.yml")["runs"]["steps"]
    [script] = [step["run"] for step in steps if step["name"] == name]
    bin_dir, said = tmp_path / "bin", tmp_path / "said"
    bin_dir.mkdir()
    for program in ("pipx", "saasgen"):
        path = bin_dir / program
        path.write_text(f'#!/bin/sh\necho "{program} $*" >> "{said}"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=stack,
        check=True,
        env={
            "PATH": f"{bin_dir}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            **environment,
        },
    )
    return said.read_text().splitlines()
