"""`python -m tools.hygiene`: what linters of one language cannot see.

Terraform is formatted and valid, the rendered stack is what the template is in place (formatted,
clean under ruff and mypy), and the repository names no place of one machine.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from saasgen import template
from saasgen.terraform.discovery import (
    clean_environment,
    find_plugin_directory,
    find_terraform,
)
from tests.support import REPOSITORY, run_git
from tools import workflows

# A home, a mount or a registry's host in a tracked file works on one machine only.
_PLACES = re.compile(r"/(?:root|work|home)/\w|/opt/tf-|files\.pythonhosted|registry\.npmjs")
_BINARY = {".pem", ".lock"}


def main() -> int:
    """Run every check, print what is wrong, return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Path(folder) / "acme"
        answers = {"stack_name": "acme", "ci": "github", "ci_repository": "acme/billing"}
        template.render(template.source(None, None), stack, answers, interactive=False)
        failures = [problem for check in _CHECKS for problem in check(stack)]
    for problem in failures:
        print(problem, file=sys.stderr)
    print(f"hygiene: {len(_CHECKS)} checks, {len(failures)} problems")
    return 1 if failures else 0


def _terraform_is_formatted(stack: Path) -> list[str]:
    return _run(stack, [find_terraform(), "fmt", "-check", "-recursive", "terraform"])


def _terraform_is_valid(stack: Path) -> list[str]:
    plugins = find_plugin_directory()
    mirror = [f"-plugin-dir={plugins}"] if plugins else []
    binary = find_terraform()
    folder = stack / "terraform"
    problems = _run(folder, [binary, "init", "-backend=false", "-input=false", *mirror])
    return problems or _run(folder, [binary, "validate", "-no-color"])


def _rendered_python_is_clean(stack: Path) -> list[str]:
    """Under the configuration the stack itself carries."""
    ruff = Path(sys.executable).with_name("ruff")
    return [*_run(stack, [ruff, "check", "."]), *_run(stack, [ruff, "format", "--check", "."])]


def _rendered_data_is_formatted(stack: Path) -> list[str]:
    """JSON that a person edits is indented by two spaces and ends in a newline."""
    import json

    problems = []
    for path in sorted((stack / "terraform").rglob("*.tfvars.json")):
        text = path.read_text("utf-8")
        if not text.endswith("}\n") or "\t" in text:
            problems.append(f"{path.relative_to(stack)}: not formatted")
        json.loads(text)
    return problems


def _workflows_are_clean(stack: Path) -> list[str]:
    return workflows.problems(stack)


def _no_place_of_one_machine(_stack: Path) -> list[str]:
    problems = []
    for name in run_git(REPOSITORY, "ls-files").splitlines():
        path = REPOSITORY / name
        if path.suffix in _BINARY or not path.is_file() or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if _PLACES.search(line):
                problems.append(f"{name}:{number}: names a place of one machine: {line.strip()}")
    return problems


def _few_files_need_an_answer(_stack: Path) -> list[str]:
    """Code under template/ is real code: only these files are rendered."""
    rendered = sorted(
        p.relative_to(REPOSITORY / "template").as_posix()
        for p in (REPOSITORY / "template").rglob("*.jinja")
    )
    allowed = {
        "README.md.jinja",
        "pyproject.toml.jinja",
        "terraform/backend.hcl.jinja",
        "terraform/stack.auto.tfvars.json.jinja",
        "{{_copier_conf.answers_file}}.jinja",
    }
    return [
        f"template/{name}: rendered, but not expected to be"
        for name in rendered
        if name not in allowed
    ]


def _run(folder: Path, command: list[object]) -> list[str]:
    import os

    words = [str(part) for part in command]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env=clean_environment(os.environ)
    )
    if done.returncode == 0:
        return []
    return [f"{' '.join(words)}:\n{done.stdout}{done.stderr}"]


_CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    _terraform_is_formatted,
    _terraform_is_valid,
    _rendered_python_is_clean,
    _rendered_data_is_formatted,
    _workflows_are_clean,
    _no_place_of_one_machine,
    _few_files_need_an_answer,
)

if __name__ == "__main__":
    sys.exit(main())
