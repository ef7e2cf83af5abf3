"""`saasgen demo`: stamp a stack, bring it up in the sandbox, and tour it."""

import shutil
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from saasgen import template
from saasgen.commands.bring_up import Timings, bring_up
from saasgen.commands.options import Json, Port
from saasgen.commands.program import command, from_here
from saasgen.commands.target import sandbox_of
from saasgen.console import emit_json, err, out, progress, say
from saasgen.errors import UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack

if TYPE_CHECKING:
    from saasgen.tour import Toured

_MARKER = "made-by-demo"
# the sandbox has a Stripe of its own
_ANSWERS = {"stack_name": "acme", "payments": "stripe"}


def demo(
    path: Annotated[
        Path, typer.Argument(envvar="SAASGEN_DEMO", help="Folder for the demo's stack.")
    ] = Path("acme-demo"),
    down: Annotated[
        bool, typer.Option("--down", envvar="SAASGEN_DEMO_DOWN", help="Keep nothing running.")
    ] = False,
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Stamp a stack with safe defaults, run all of it on this machine, and tour it."""
    began = monotonic()
    root = path.expanduser().absolute()
    Sandbox(root).require_port(port)
    _clear(root)
    say(f"Stamping a stack into {from_here(root)}")
    with progress("Stamping"):
        template.render(template.source(None, None), root, _ANSWERS, interactive=False)
    stack = Stack.open(root)
    (stack.work_dir / _MARKER).touch()
    sandbox = sandbox_of(stack)
    timings: Timings = {"stamp": round(monotonic() - began, 1)}
    try:
        timings |= bring_up(stack, sandbox, tier=stack.tier().name, port=port)
        touring = monotonic()
        # with --json, stdout is for the one document
        toured = _tour(stack, sandbox, err if as_json else out)
        timings["tour"] = round(monotonic() - touring, 1)
    except BaseException:
        sandbox.stop()
        raise
    if down:
        sandbox.stop()
    if as_json:
        steps = {"stack": str(root), "steps": toured.steps, "seconds": timings}
        emit_json({**steps, "api_url": toured.api_url, "token": toured.token})
        return
    _say_what_it_took(timings)
    if down:
        _say_how_to_keep(root)
    else:
        _say_what_to_explore(root, toured)


def _tour(stack: Stack, sandbox: Sandbox, console: Console) -> "Toured":
    from saasgen import tour

    return tour.take(stack, sandbox, console)


def _clear(root: Path) -> None:
    """Make room for the demo; only a stack that a demo made is taken away."""
    if not root.exists() or not any(root.iterdir()):
        return
    if not (root / ".saasgen" / _MARKER).is_file():
        raise UserError(f"{root} is not empty and no demo made it: name another folder.")
    Sandbox(root).stop()
    shutil.rmtree(root)


def _say_what_it_took(timings: Timings) -> None:
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in timings.items())
    out.print(f"\n[bold green]The tour is over.[/bold green] ({took})")


def _say_how_to_keep(root: Path) -> None:
    out.print("Nothing is left running. To take the tour again and keep what it made running:")
    out.print(f"  {command('demo', root)}", highlight=False, markup=False)


def _say_what_to_explore(root: Path, toured: "Toured") -> None:
    call = f'curl -H "Authorization: Bearer $TOKEN" {toured.api_url}/v1/invoices'
    lines = (
        "It goes on running, with what the tour made in it.",
        f"  API, routes, mail, logs  {toured.api_url}",
        f"  the customer's invoices  {call}",
        f"  the next token           {command('sandbox', 'token', root, '--email', toured.email)}",
        f"  what runs                {command('sandbox', 'status', root)}",
        f"  stop it                  {command('sandbox', 'down', root)}",
        f"A token of {toured.email}, good for an hour:",
        f"TOKEN={toured.token}",
    )
    for line in lines:
        out.print(line, highlight=False, markup=False)
