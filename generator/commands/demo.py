"""`saasgen demo`: stamp a stack, bring it up in the sandbox, and tour it."""

import shutil
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from generator import template
from generator.commands.bring_up import Timings, bring_up
from generator.commands.options import Json
from generator.commands.target import sandbox_of
from generator.console import emit_json, err, out, say
from generator.errors import UserError
from generator.sandbox.client import Sandbox
from generator.stack import Stack

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
    as_json: Json = False,
) -> None:
    """Stamp a stack with safe defaults, run all of it on this machine, and tour it."""
    began = monotonic()
    root = path.expanduser().absolute()
    _clear(root)
    say(f"Stamping a stack into {root}")
    template.render(template.source(None, None), root, _ANSWERS, interactive=False)
    stack = Stack.open(root)
    (stack.work_dir / _MARKER).touch()
    sandbox = sandbox_of(stack)
    timings: Timings = {"stamp": round(monotonic() - began, 1)}
    try:
        timings |= bring_up(stack, sandbox, tier=stack.tier().name)
        toured = monotonic()
        # with --json, stdout is for the one document
        steps = _tour(stack, sandbox, err if as_json else out)
        timings["tour"] = round(monotonic() - toured, 1)
        api_url = sandbox.status().api_url
    except BaseException:
        sandbox.stop()
        raise
    if down:
        sandbox.stop()
    if as_json:
        emit_json({"stack": str(root), "steps": steps, "seconds": timings, "api_url": api_url})
        return
    _farewell(root, api_url, timings, down=down)


def _tour(stack: Stack, sandbox: Sandbox, console: Console) -> int:
    from generator import tour

    return tour.take(stack, sandbox, console)


def _clear(root: Path) -> None:
    """Make room for the demo; only a stack that a demo made is taken away."""
    if not root.exists() or not any(root.iterdir()):
        return
    if not (root / ".saasgen" / _MARKER).is_file():
        raise UserError(f"{root} is not empty and no demo made it: name another folder.")
    Sandbox(root).stop()
    shutil.rmtree(root)


def _farewell(root: Path, api_url: str, timings: Timings, *, down: bool) -> None:
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in timings.items())
    out.print(f"\n[bold green]The tour is over.[/bold green] ({took})")
    if down:
        out.print("Nothing is left running. To explore:")
        out.print(f"  saasgen sandbox up {root}", highlight=False)
        return
    out.print(f"  API, routes, mail and logs   {api_url}")
    out.print(f"  an access token for curl     saasgen sandbox token {root}", highlight=False)
    out.print(f"  stop it                      saasgen sandbox down {root}", highlight=False)
