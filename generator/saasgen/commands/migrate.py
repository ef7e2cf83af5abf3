"""`saasgen migrate`: bring the stack's database to the level of its migrations."""

from typing import Any

from saasgen.commands.invocation import invoke
from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.target import workspace
from saasgen.console import emit_json, progress, say
from saasgen.errors import UserError
from saasgen.stack import Stack
from saasgen.terraform.workspace import Workspace


def migrate(stack: StackPath = HERE, on_sandbox: OnSandbox = False, as_json: Json = False) -> None:
    """Run the migrations through the stack's own migrate function, inside its network."""
    opened = Stack.open(stack)
    with workspace(opened, on_sandbox=on_sandbox) as work, progress("Migrating") as bar:
        bar.now("starting the migrate function")
        report = run_migrations(work)
    if as_json:
        emit_json(report)
        return
    applied = report["applied"]
    say(f"[green]Migrated[/green] {opened.name} to level {report['level']}.")
    say(f"Applied: {', '.join(applied)}" if applied else "Nothing was left to apply.")


def run_migrations(work: Workspace) -> dict[str, Any]:
    """Invoke the migrate function and return its report.

    Raises:
        UserError: the stack was not applied yet.
        OutsideFailure: a migration failed; the function's own words.
    """
    outputs = work.outputs()
    if "migrate_function_name" not in outputs:
        raise UserError(f"{work.stack.name} was not applied yet: run plan and apply first.")
    return invoke(work, str(outputs["migrate_function_name"]["value"]), {})
