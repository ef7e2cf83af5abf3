"""`saasgen build`: the Lambda artifacts and the OpenAPI document."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from saasgen.artifacts.build import Build
from saasgen.artifacts.build import build as build_artifacts
from saasgen.artifacts.runtime import LAMBDA, SANDBOX
from saasgen.commands.options import HERE, Json, StackPath
from saasgen.console import emit_json, out, progress, say
from saasgen.stack import Stack


class RuntimeName(StrEnum):
    """Where the artifacts will run."""

    LAMBDA = "lambda"
    SANDBOX = "sandbox"


def build(
    stack: StackPath = HERE,
    runtime: Annotated[
        RuntimeName,
        typer.Option("--for", envvar="SAASGEN_BUILD_FOR", help="Where the artifacts will run."),
    ] = RuntimeName.LAMBDA,
    without_bytecode: Annotated[
        bool,
        typer.Option(
            "--without-bytecode",
            envvar="SAASGEN_WITHOUT_BYTECODE",
            help="Do not ship compiled modules (cold starts get slower).",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Build the dependency layer, the code zip and the OpenAPI document of STACK.

    The same sources give the same bytes on every machine.
    """
    opened = Stack.open(stack)
    chosen = LAMBDA if runtime is RuntimeName.LAMBDA else SANDBOX
    with progress("Building", total=3) as bar:
        built = build_artifacts(opened, chosen, bar.now, bytecode=not without_bytecode)
    if as_json:
        emit_json(built.model_dump(mode="json"))
    else:
        _print(built)


def _print(built: Build) -> None:
    table = Table("artifact", "size", "sha256", box=None, pad_edge=False)
    for artifact in (built.layer, built.code, built.openapi):
        size = f"{artifact.size_bytes / 1024:,.0f} KiB"
        table.add_row(artifact.path.name, size, artifact.sha256)
    out.print(table)
    say(f"Built for {built.runtime}: {built.operations} API operations.")
