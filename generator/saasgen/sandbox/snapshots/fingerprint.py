"""What decides the outcome of an apply to an empty sandbox, as one hash.

It covers the Terraform files and values, Terraform and its provider, and whatever plays AWS. It
does not cover the functions' code or the texts of the API's description: an account applied with
other ones differs in these alone, and Terraform brings it up to date in seconds.
"""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from saasgen.sandbox.snapshots.manifest import Maker

_TEXTS: Final = frozenset({"summary", "description", "example", "examples"})
_NAMES: Final = frozenset({"properties", "schemas", "headers", "parameters", "responses"})
"""Under these keys of an OpenAPI document stand names that somebody chose, not keywords."""
_APART: Final = frozenset({"tiers", "environments", "bootstrap"})
_VARIABLES: Final = ("TF_VAR_", "TF_CLI_ARGS")
_KEY_LENGTH: Final = 32


def key_of(terraform: Path, value_files: list[str], openapi: Path, tools: list[Path | str]) -> str:
    """Hash what decides what an apply makes.

    Args:
        terraform: the root module.
        value_files: the files of values of this run, relative to it.
        openapi: the API's description.
        tools: what applies: programs as paths, and versions.
    """
    digest = sha256(Maker.this().model_dump_json().encode())
    for path in _files(terraform, value_files):
        digest.update(f"\0{path.relative_to(terraform)}\0".encode() + path.read_bytes())
    document = without_texts(json.loads(openapi.read_bytes()))
    digest.update(json.dumps(document, sort_keys=True).encode())
    for tool in tools:
        digest.update(f"\0{_said(tool)}".encode())
    variables = {k: v for k, v in os.environ.items() if k.startswith(_VARIABLES)}
    digest.update(json.dumps(variables, sort_keys=True).encode())
    return digest.hexdigest()[:_KEY_LENGTH]


def without_texts(document: Any, *, under_names: bool = False) -> Any:
    """An OpenAPI document without what is there only to be read."""
    if isinstance(document, list):
        return [without_texts(element) for element in document]
    if not isinstance(document, dict):
        return document
    return {
        name: without_texts(value, under_names=name in _NAMES and not under_names)
        for name, value in document.items()
        if under_names or name not in _TEXTS
    }


def _files(terraform: Path, value_files: list[str]) -> Iterator[Path]:
    """What Terraform reads: not other tiers and environments, tests, or its own data."""
    for path in sorted(terraform.rglob("*")):
        parts = path.relative_to(terraform).parts
        is_apart = parts[0] in _APART or "tests" in parts or parts[0].startswith(".terraform")
        if path.is_file() and not is_apart:
            yield path
    for name in value_files:
        yield terraform / name


def _said(tool: Path | str) -> str:
    """A version, or what tells a program from a newer one in the same place."""
    if isinstance(tool, str):
        return tool
    status = tool.resolve().stat()
    return f"{tool.resolve()} {status.st_size} {status.st_mtime_ns}"
