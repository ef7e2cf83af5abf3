"""`saasgen sandbox save|load|fork|list`: a whole sandbox kept, brought back and copied."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from saasgen.commands.bring_up import unfinished_mark
from saasgen.commands.options import HERE, Json, Port, SandboxName, StackFolder, StackPath
from saasgen.commands.target import called, running_sandbox, sandbox_of
from saasgen.console import emit_json, out, progress, say
from saasgen.errors import UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.layout import DEFAULT, require_slug
from saasgen.sandbox.snapshots.store import Saved, applied, new_fork, snapshots_of
from saasgen.stack import Stack

SnapshotName = Annotated[str, typer.Argument(help="Name of the snapshot.", show_default=False)]
_NOT_COPIED = (".sandbox", ".saasgen")
_MEGABYTE = 2**20


def save(snapshot: SnapshotName, stack: StackFolder = HERE, name: SandboxName = None) -> None:
    """Save a running sandbox whole: AWS, database, mail, Stripe, what is under way, the clock.

    It answers 503 for a moment and then goes on. A snapshot of the same name is replaced.
    """
    opened = Stack.open(stack)
    path = snapshots_of(opened.root).path(snapshot)
    sandbox = running_sandbox(opened, name)
    with progress("Saving") as bar:
        bar.now("waiting for what runs")
        sandbox.save(path, opened.name)
    say(f"[green]Saved[/green] {snapshot} ({_size(path.stat().st_size)}).")


def load(
    snapshot: SnapshotName,
    stack: StackFolder = HERE,
    port: Port = None,
    name: SandboxName = None,
) -> None:
    """Bring a sandbox back to what was saved, its clock included.

    What is in it now is forgotten. Functions run the code that is built now.
    """
    opened = Stack.open(stack)
    path = snapshots_of(opened.root).find(snapshot)
    sandbox = sandbox_of(opened, name)
    with progress("Loading") as bar:
        bar.now(snapshot)
        sandbox.load(path, port)
    unfinished_mark(opened, sandbox).unlink(missing_ok=True)  # what was cut short is replaced
    say(f"[green]Loaded[/green] {snapshot}: {sandbox.status().api_url}")


def fork(
    fork: Annotated[
        str,
        typer.Argument(help="Name of the new sandbox.", show_default="default, with --to"),
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option(
            envvar="SAASGEN_FORK_TO",
            help="Folder for a copy of the stack that the new sandbox belongs to.",
        ),
    ] = None,
    stack: StackFolder = HERE,
    port: Port = None,
    name: SandboxName = None,
) -> None:
    """Copy a running sandbox into a new one, of the same stack or of a copy of the stack.

    Both go on from the same moment, and neither hears of the other.
    """
    opened = Stack.open(stack)
    parent = running_sandbox(opened, name)
    child = _child(opened, parent, fork, to)
    file = new_fork()
    with progress("Forking", total=3) as bar:
        try:
            if to is not None:
                bar.now("copying the stack")
                copy_stack(opened, to.resolve())
            bar.step()
            with child.prepared():
                bar.now("saving")
                parent.save(file, opened.name)
                bar.step()
                bar.now("loading")
                child.load(file, port)
        finally:
            file.unlink(missing_ok=True)
    if to is None:
        unfinished_mark(opened, child).unlink(missing_ok=True)
    where = f" {to}" if to is not None else ""
    say(f"[green]Forked[/green]: {child.status().api_url}")
    say(f"Stop it with `saasgen sandbox down{where}{child.option}`.")


def list_(stack: StackPath = HERE, as_json: Json = False) -> None:
    """List the snapshots of STACK, and what `sandbox up` keeps in order not to apply again.

    Those that cannot be loaded are named with the reason.
    """
    own = snapshots_of(Stack.open(stack).root)
    saved, kept = own.list(), applied().list()
    unreadable = (*own.unreadable(), *applied().unreadable())
    if as_json:
        emit_json(
            {
                "snapshots": list(map(_as_json, saved)),
                "applied": list(map(_as_json, kept)),
                "unreadable": [
                    {"name": one.name, "reason": one.reason, "sizeBytes": one.size_bytes}
                    for one in unreadable
                ],
            }
        )
        return
    if saved or kept:
        out.print(_table(saved, kept))
    elif not unreadable:
        say("Nothing was saved yet: `saasgen sandbox save NAME`.")
    for one in unreadable:
        say(f"[yellow]Cannot be loaded[/yellow] ({_size(one.size_bytes)}): {escape(one.reason)}")


def _table(saved: list[Saved], kept: list[Saved]) -> Table:
    table = Table("snapshot", "of", "saved", "its clock", "size", box=None, pad_edge=False)
    for one in (*saved, *kept):
        is_kept = one in kept
        table.add_row(
            f"applied {one.name[:12]}" if is_kept else one.name,
            one.manifest.stack,
            f"{one.manifest.saved_at:%Y-%m-%d %H:%M}",
            "" if is_kept else f"{one.manifest.now:%Y-%m-%d %H:%M}",
            _size(one.size_bytes),
        )
    return table


def _child(opened: Stack, parent: Sandbox, fork: str, to: Path | None) -> Sandbox:
    """The sandbox that a fork makes, which must not be there yet."""
    if not fork and to is None:
        raise UserError(
            "Name the new sandbox (`saasgen sandbox fork try`), or the folder for a copy of the "
            "stack (--to FOLDER)."
        )
    name = require_slug(fork or DEFAULT, "sandbox")
    if to is not None:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise UserError(f"{to} is not empty: name a folder that is not there yet.")
        if to.resolve().is_relative_to(opened.root):
            raise UserError(f"{to} lies in the stack itself: name a folder outside it.")
        return Sandbox(to, name)
    child = sandbox_of(opened, name)
    if child.was_killed:
        raise UserError(
            f"{called(opened, child)} was killed, and its database is still there: choose another "
            f"name, or forget it with `saasgen sandbox down{child.option}`."
        )
    if child.name == parent.name or child.running:
        raise UserError(
            f"{called(opened, child)} runs already: choose another name, or stop it first with "
            f"`saasgen sandbox down{child.option}`."
        )
    return child


def copy_stack(stack: Stack, folder: Path) -> None:
    """Copy a stack without what belongs to its sandboxes."""
    shutil.copytree(
        stack.root,
        folder,
        symlinks=True,
        ignore=shutil.ignore_patterns(*_NOT_COPIED),
        dirs_exist_ok=True,
    )


def _as_json(saved: Saved) -> dict[str, object]:
    return {
        "name": saved.name,
        "stack": saved.manifest.stack,
        "savedAt": saved.manifest.saved_at.isoformat(),
        "now": saved.manifest.now.isoformat(),
        "sizeBytes": saved.size_bytes,
    }


def _size(size_bytes: int) -> str:
    return f"{size_bytes / _MEGABYTE:.0f} MB"
