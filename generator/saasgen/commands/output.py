"""`saasgen output`: what the stack gives to the outside."""

import json
from typing import Annotated

import typer
from rich.table import Table

from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.target import workspace
from saasgen.console import emit_json, out
from saasgen.errors import UserError
from saasgen.stack import Stack


def output(
    stack: StackPath = HERE,
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", envvar="SAASGEN_OUTPUT_NAME", help="Only this output, bare."),
    ] = None,
    on_sandbox: OnSandbox = False,
    as_json: Json = False,
) -> None:
    """Print the outputs of an applied STACK. Sensitive ones are left out."""
    opened = Stack.open(stack)
    with workspace(opened, on_sandbox=on_sandbox) as work:
        found = {n: o["value"] for n, o in work.outputs().items() if not o.get("sensitive")}
    if not found:
        raise UserError(f"{opened.name} has no outputs yet: apply it first.")
    if name is not None:
        if name not in found:
            raise UserError(f"There is no output {name!r}. Outputs: {', '.join(sorted(found))}.")
        emit_json(found[name]) if as_json else print(_plain(found[name]))
    elif as_json:
        emit_json(found)
    else:
        table = Table("output", "value", box=None, pad_edge=False)
        for key, value in sorted(found.items()):
            table.add_row(key, _plain(value))
        out.print(table)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2)
