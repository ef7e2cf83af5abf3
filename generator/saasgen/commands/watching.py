"""`saasgen sandbox up --watch`: what is saved is what runs."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic

from rich.markup import escape

from saasgen.artifacts.openapi import Document, differences, generate
from saasgen.artifacts.runtime import SANDBOX
from saasgen.console import say
from saasgen.errors import UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack

_HANDLERS = "handlers"
_PAUSE_MS = 1000
# What only `up` applies, and so why it is named.
_APPLIED = {
    "migrations": "a migration",
    "terraform": "Terraform: events, schedules, queues",
    "requirements.lock": "a package",
}


def watch(stack: Stack, sandbox: Sandbox) -> None:
    """Let functions run each handler as soon as it is saved, until Ctrl-C.

    A change that needs more than new code is named: it waits for the next `saasgen sandbox up`.
    """
    # wherever it comes: while code is replaced, too
    with suppress(KeyboardInterrupt):
        _serve_what_is_saved(stack, sandbox)


def _serve_what_is_saved(stack: Stack, sandbox: Sandbox) -> None:
    from watchfiles import watch

    watched = [stack.root / name for name in (_HANDLERS, *_APPLIED)]
    served = _described(stack)
    is_new = False
    say(f"Watching {_HANDLERS}/. Ctrl-C ends the watch; the sandbox goes on.")
    for changes in watch(
        *(path for path in watched if path.exists()),
        watch_filter=_is_source,
        step=50,
        rust_timeout=_PAUSE_MS,
        yield_on_timeout=True,
    ):
        parts = {Path(path).relative_to(stack.root).parts[0] for _, path in changes}
        _name_what_waits(parts)
        if _HANDLERS in parts:
            is_new = _replace(sandbox) or is_new
        elif is_new and not changes:  # a pause: to generate the document takes longer than to serve
            _name_what_the_api_lacks(stack, served)
            is_new = False


def _is_source(_change: object, path: str) -> bool:
    """Whether a path is a stack's own, and no program's cache."""
    return not {"__pycache__", ".terraform"} & set(Path(path).parts)


def _replace(sandbox: Sandbox) -> bool:
    """Serve what is saved, and say so; tells whether the code is another now."""
    began = monotonic()
    try:
        replaced = sandbox.replace_code()
    except UserError as error:
        say(f"[red]Not served:[/red] {escape(str(error))}")
        return False
    if replaced.error is not None:
        say(f"[red]Not served, the code before goes on:[/red]\n{escape(replaced.error)}")
    elif replaced.files:
        names = ", ".join(replaced.files)
        say(f"[green]Serving[/green] {escape(names)} ({monotonic() - began:.1f} s)")
    return replaced.error is None and bool(replaced.files)


def _name_what_waits(parts: Iterable[str]) -> None:
    for part in sorted(set(parts) & _APPLIED.keys()):
        _say_waits(f"{part} changed ({_APPLIED[part]})")


def _name_what_the_api_lacks(stack: Stack, served: Document) -> None:
    """The gateway routes and validates by the document that was applied."""
    try:
        lacking = differences(served, generate(stack))
    except UserError as error:
        lacking = [str(error)]
    if lacking:
        _say_waits("; ".join(lacking))


def _say_waits(what: str) -> None:
    say(f"[yellow]Needs `saasgen sandbox up`:[/yellow] {escape(what)}")


def _described(stack: Stack) -> Document:
    path = stack.root / "build" / SANDBOX.name / "openapi.json"
    document: Document = json.loads(path.read_text("utf-8"))
    return document
