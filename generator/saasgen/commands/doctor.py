"""`saasgen doctor`: what is missing on this machine, and how to get it."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.markup import escape
from rich.table import Table

from saasgen.artifacts.runtime import LAMBDA
from saasgen.artifacts.uv import find_uv
from saasgen.commands.options import Json
from saasgen.console import emit_json, out
from saasgen.errors import SaasgenError, UserError
from saasgen.extras import missing
from saasgen.terraform.discovery import (
    find_plugin_directory,
    find_terraform,
    terraform_version,
)


@dataclass(frozen=True)
class Finding:
    """One thing looked for.

    Attributes:
        needed_for: what does not work without it.
        found: what was found; empty when it is missing.
        advice: how to get it, when it is missing.
    """

    name: str
    needed_for: str
    found: str
    advice: str = ""

    @property
    def present(self) -> bool:
        """Whether it is there."""
        return bool(self.found)


def doctor(as_json: Json = False) -> None:
    """Look for everything the commands need and say how to get what is missing.

    Exit code 1 when something is missing that no command works without.
    """
    findings = [check() for check in _CHECKS]
    if as_json:
        emit_json([{**asdict(f), "present": f.present} for f in findings])
    else:
        _print(findings)
    missing = [f.name for f in findings if not f.present and f.needed_for == "every command"]
    if missing:
        raise UserError(f"Missing: {', '.join(missing)}. The advice is above.")


def _print(findings: list[Finding]) -> None:
    table = Table("", "what", "found", "needed for", box=None, pad_edge=False)
    for finding in findings:
        mark = "[green]ok[/green]" if finding.present else "[red]--[/red]"
        table.add_row(
            mark, finding.name, escape(finding.found or finding.advice), finding.needed_for
        )
    out.print(table)


def _python() -> Finding:
    return Finding("python", "every command", platform.python_version())


def _git() -> Finding:
    found = shutil.which("git") or ""
    return Finding("git", "every command", found, "install git with your package manager")


def _terraform() -> Finding:
    try:
        binary = find_terraform()
        version = ".".join(map(str, terraform_version(binary)))
    except SaasgenError as error:
        return Finding("terraform", "every command", "", str(error))
    return Finding("terraform", "every command", f"{version} at {binary}")


def _provider() -> Finding:
    mirror = find_plugin_directory()
    where = f"mirror {mirror}" if mirror else "from the registry, at the first init"
    return Finding("AWS provider", "every command", where)


def _uv() -> Finding:
    return _located("uv", "build", lambda: str(find_uv()))


def _lambda_python() -> Finding:
    name = f"python{LAMBDA.python}"
    return _located(name, "build for Lambda", lambda: str(LAMBDA.interpreter))


def _sandbox() -> Finding:
    absent = missing()
    found = "" if absent else "all packages of saasgen[sandbox]"
    advice = f"pip install 'saasgen[sandbox]' (missing: {', '.join(absent)})"
    return Finding("sandbox", "sandbox, demo", found, advice)


def _located(name: str, needed_for: str, locate: Callable[[], str]) -> Finding:
    try:
        return Finding(name, needed_for, locate())
    except SaasgenError as error:
        return Finding(name, needed_for, "", str(error))


def _credentials() -> Finding:
    import boto3

    needed_for = "plan, apply and destroy on AWS (not for the sandbox)"
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        advice = "set AWS_PROFILE, or sign in with `aws sso login`"
        return Finding("AWS credentials", needed_for, "", advice)
    source = os.environ.get("AWS_PROFILE") or credentials.method
    return Finding("AWS credentials", needed_for, f"from {source}")


_CHECKS = (_python, _git, _terraform, _provider, _uv, _lambda_python, _sandbox, _credentials)
