"""`saasgen destroy`: take a stack down."""

from typing import Annotated

import typer

from saasgen.commands.apply import apply_saved
from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.plan import make_plan
from saasgen.commands.target import workspace
from saasgen.console import emit_json, say
from saasgen.errors import UserError
from saasgen.stack import Stack


def destroy(
    stack: StackPath = HERE,
    confirm: Annotated[
        str | None,
        typer.Option(envvar="SAASGEN_CONFIRM", help="The stack's name, instead of being asked."),
    ] = None,
    on_sandbox: OnSandbox = False,
    as_json: Json = False,
) -> None:
    """Destroy every resource of STACK. Refused where its environment protects from deletion."""
    opened = Stack.open(stack)
    if opened.environment.deletion_protection:
        raise UserError(
            f"{opened.name} is protected: environment {opened.environment.name} has "
            "deletion_protection on. Turn it off in "
            f"terraform/environments/{opened.environment.name}.tfvars.json and apply that first."
        )
    typed = confirm if confirm is not None else typer.prompt(_question(opened), err=True)
    if typed != opened.name:
        raise UserError(
            f"{typed!r} is not the stack's name ({opened.name}): nothing was destroyed."
        )
    with workspace(opened, on_sandbox=on_sandbox) as work:
        summary = make_plan(work, opened.tier().name, destroy=True).summary
        if not summary.empty:
            apply_saved(work)
    destroyed = summary.count("delete")
    if as_json:
        emit_json({"stack": opened.name, "destroyed": destroyed})
    else:
        say(f"[green]Destroyed[/green] {opened.name}: {destroyed} resources.")


def _question(stack: Stack) -> str:
    return f"Every resource of {stack.name} will be destroyed. Type its name to go on"
