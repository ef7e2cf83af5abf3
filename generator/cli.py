"""The `saasgen` command: every command, and what their errors look like to a person."""

import os
import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from generator import __version__
from generator.commands.apply import apply
from generator.commands.billing_run import billing_run
from generator.commands.bootstrap import bootstrap
from generator.commands.build import build
from generator.commands.cost import cost
from generator.commands.delivery import app as delivery
from generator.commands.demo import demo
from generator.commands.destroy import destroy
from generator.commands.doctor import doctor
from generator.commands.migrate import migrate
from generator.commands.new import new
from generator.commands.output import output
from generator.commands.plan import plan
from generator.commands.redrive import redrive
from generator.commands.sandbox import app as sandbox
from generator.console import err
from generator.errors import SaasgenError

# What a shell says of a command that SIGINT ended; Typer answers it too.
INTERRUPTED = 130

app = typer.Typer(
    name="saasgen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Stamp multi-tenant SaaS billing backends, apply them with Terraform, run them locally.",
    epilog="Exit codes: 0 done; 1 your input or environment; 2 changes or conflicts; 3 a failure.",
)
COMMANDS = (
    *(new, doctor, bootstrap, build, plan, apply, destroy),
    *(migrate, billing_run, redrive, output, cost, demo),
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(sandbox, name="sandbox")
app.add_typer(delivery, name="delivery")


def _version(show: bool) -> None:
    if show:
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
        err.print(f"[bold red]saasgen:[/bold red] {_escape(str(error))}", highlight=False)
        return error.exit_code
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "saasgen"
        problem = _escape(error.format_message())
        if problem:  # a group without a command has printed its help and has none
            err.print(f"[bold red]saasgen:[/bold red] {problem} See `{command} --help`.")
        return 1
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        if os.environ.get("SAASGEN_DEBUG"):
            raise
        err.print(
            f"[bold red]saasgen:[/bold red] this is a bug ({type(error).__name__}: "
            f"{_escape(str(error))}). SAASGEN_DEBUG=1 shows where.",
            highlight=False,
        )
        return 3
    if code == INTERRUPTED:
        err.print("[bold red]saasgen:[/bold red] interrupted; run it again to go on.")
    return code


def _escape(message: str) -> str:
    from rich.markup import escape

    return escape(message)
