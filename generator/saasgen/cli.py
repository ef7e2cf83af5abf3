"""The `saasgen` command: every command, and what their errors look like to a person."""

import os
import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from saasgen.errors import SaasgenError
from saasgen.lazy import LazyGroup, Line

# What a shell says of a command that SIGINT ended; Typer answers it too.
INTERRUPTED = 130


class Commands(LazyGroup):
    """Every command; a module is imported when its command is called."""

    lines = {
        "new": Line(
            "saasgen.commands.new:new",
            "Render a new stack into PATH and make it a git repository.",
        ),
        "doctor": Line(
            "saasgen.commands.doctor:doctor",
            "Look for everything the commands need and say how to get what is missing.",
        ),
        "bootstrap": Line(
            "saasgen.commands.bootstrap:bootstrap",
            "Create the state bucket of STACK, or confirm that it is as it must be.",
        ),
        "build": Line(
            "saasgen.commands.build:build",
            "Build the dependency layer, the code zip and the OpenAPI document of STACK.",
        ),
        "plan": Line(
            "saasgen.commands.plan:plan",
            "Plan STACK at its deployment tier, save the plan and print what it would do and cost.",
        ),
        "apply": Line(
            "saasgen.commands.apply:apply",
            "Apply the plan that `saasgen plan` saved, if the state is still the one it was made "
            "from.",
        ),
        "destroy": Line(
            "saasgen.commands.destroy:destroy",
            "Destroy every resource of STACK. Refused where its environment protects from "
            "deletion.",
        ),
        "migrate": Line(
            "saasgen.commands.migrate:migrate",
            "Run the migrations through the stack's own migrate function, inside its network.",
        ),
        "billing-run": Line(
            "saasgen.commands.billing_run:billing_run",
            "Bill the tenants of STACK whose period has ended: draft, check, then issue their "
            "invoices.",
        ),
        "redrive": Line(
            "saasgen.commands.redrive:redrive",
            "Say why messages of STACK died in QUEUE, and replay them at a bounded rate.",
        ),
        "output": Line(
            "saasgen.commands.output:output",
            "Print the outputs of an applied STACK. Sensitive ones are left out.",
        ),
        "cost": Line(
            "saasgen.commands.cost:cost",
            "Estimate what STACK costs a month, from its tier, its answers and an assumed use.",
        ),
        "demo": Line(
            "saasgen.commands.demo:demo",
            "Stamp a stack with safe defaults, run all of it on this machine, and tour it.",
        ),
        "sandbox": Line(
            "saasgen.commands.sandbox:app",
            "Run a whole stack on this machine, without AWS.",
        ),
        "delivery": Line(
            "saasgen.commands.delivery:app",
            "Deliver by pull request (GitHub workflows).",
        ),
    }


app = typer.Typer(
    name="saasgen",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Stamp multi-tenant SaaS billing backends, apply them with Terraform, run them locally.",
    epilog="Exit codes: 0 done; 1 your input or environment; 2 changes, conflicts or "
    "something that does not run; 3 a failure.",
)


def _version(show: bool) -> None:
    if show:
        from saasgen import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Stamp multi-tenant SaaS billing backends, apply them with Terraform, run them locally."""


def main() -> None:
    """Run a command; every failure ends in one clear message and its exit code."""
    # a command that is terminated cleans up like one that is interrupted
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `saasgen` with `arguments` and return its exit code."""
    try:
        result = app(arguments, prog_name="saasgen", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except SaasgenError as error:
        _complain(str(error))
        return error.exit_code
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "saasgen"
        problem = error.format_message()
        if problem:  # a group without a command has printed its help and has none
            _complain(f"{problem} See `{command} --help`.")
        return 1
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        if os.environ.get("SAASGEN_DEBUG"):
            raise
        problem = f"this is a bug ({type(error).__name__}: {error})."
        _complain(f"{problem} SAASGEN_DEBUG=1 shows where.")
        return 3
    if code == INTERRUPTED:
        _complain("interrupted; run it again to go on.")
    return code


def _complain(message: str) -> None:
    from rich.markup import escape

    from saasgen.console import err

    err.print(f"[bold red]saasgen:[/bold red] {escape(message)}", highlight=False)
