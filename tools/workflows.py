"""What linters say of a stack's GitHub workflows."""

import subprocess
import sys
from pathlib import Path


def problems(stack: Path) -> list[str]:
    """Everything actionlint (with shellcheck) and zizmor find, at their strictest."""
    workflows = sorted((stack / ".github/workflows").glob("*.yml"))
    return [
        *_run(stack, "actionlint", "-no-color", "-shellcheck", _tool("shellcheck"), *workflows),
        # offline: what GitHub knows of an action is no matter of this stack's files
        *_run(stack, "zizmor", "--offline", "--persona=auditor", "--no-progress", "-q", "."),
    ]


def _run(stack: Path, name: str, *arguments: object) -> list[str]:
    command = [_tool(name), *map(str, arguments)]
    done = subprocess.run(command, cwd=stack, capture_output=True, text=True)
    return [] if done.returncode == 0 else [f"{name}:\n{done.stdout}{done.stderr}"]


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
