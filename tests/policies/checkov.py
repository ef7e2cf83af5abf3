"""checkov, in an environment of its own: it pins packages that saasgen needs in other versions."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from saasgen.artifacts.uv import find_uv
from tests.support import REPOSITORY

VERSION = "3.3.30"
_TOOLS = REPOSITORY / "build/tools"
_OFFLINE = {
    # Whatever it might want from a network must fail: a scan answers for these files alone.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}


@dataclass(frozen=True)
class Finding:
    """A check that a resource does not pass."""

    check: str
    name: str
    resource: str
    file: str


@dataclass(frozen=True)
class Scan:
    """What checkov said of some files."""

    findings: tuple[Finding, ...]
    passed: int
    resources: int


def scan_plans(*plans: Path) -> Scan:
    """Check plans as `terraform show -json` prints them, all in one run."""
    named = [argument for plan in plans for argument in ("--file", str(plan))]
    return _scan("terraform_plan", *named)


def scan_folder(folder: Path) -> Scan:
    """Check the HCL of a root without modules."""
    return _scan("terraform", "--directory", str(folder))


def _scan(framework: str, *arguments: str) -> Scan:
    options = ["--skip-download", "--compact", "--quiet", "--output", "json"]
    done = subprocess.run(
        [_installed(), *arguments, "--framework", framework, *options],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(_TOOLS), **_OFFLINE},
    )
    found = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if found.get("summary", {}).get("parsing_errors") != 0:
        raise AssertionError(f"checkov did not scan: {done.stdout}{done.stderr}")
    failed = [
        Finding(
            c["check_id"], c["check_name"], c["resource_address"] or c["resource"], c["file_path"]
        )
        for c in found["results"]["failed_checks"]
    ]
    summary = found["summary"]
    return Scan(tuple(failed), summary["passed"], summary["resource_count"])


def _installed() -> Path:
    """The program, installed from PyPI by the first who needs it."""
    binary = _TOOLS / f"bin-{VERSION}" / "checkov"
    if not binary.is_file():
        folders = {"UV_TOOL_DIR": str(_TOOLS / VERSION), "UV_TOOL_BIN_DIR": str(binary.parent)}
        subprocess.run(
            [find_uv(), "tool", "install", "-q", "--python", sys.executable, f"checkov=={VERSION}"],
            check=True,
            env={**os.environ, **folders},
        )
    return binary
