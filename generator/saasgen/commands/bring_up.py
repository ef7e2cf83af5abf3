"""Bringing a stack up in its sandbox: build, apply or load what was applied, serve, migrate."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from rich.markup import escape

from saasgen.artifacts.build import Build, build
from saasgen.artifacts.runtime import SANDBOX
from saasgen.commands.kept_account import KeptAccount
from saasgen.commands.target import sandbox_target
from saasgen.console import progress, say
from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.control.lifecycle import LastCopy
from saasgen.stack import Stack
from saasgen.terraform.values import require_known_names
from saasgen.terraform.workspace import Workspace

Timings = dict[str, float]


def bring_up(
    stack: Stack, sandbox: Sandbox, *, tier: str, port: int | None = None, cold: bool = False
) -> Timings:
    """Build the stack, apply its Terraform to the sandbox, serve and migrate it.

    What was applied to an empty account once is loaded the next time. The account lives in the
    sandbox's memory and its state with it, so an apply that was cut short is begun again from an
    empty account: what it left half-made is gone with the old one.

    Args:
        stack: the stack.
        sandbox: which of its sandboxes.
        tier: the deployment tier.
        port: of the API; any free one by default.
        cold: apply even what was applied before.

    Returns:
        Seconds each part took.

    Raises:
        UserError: a value has a name that nobody reads, or the port cannot be had.
    """
    require_known_names(stack, tier)
    sandbox.require_port(port)
    timings: Timings = {}
    unfinished = unfinished_mark(stack, sandbox)
    if unfinished.exists():
        say("The last `sandbox up` was interrupted: beginning again from an empty account.")
        Workspace(stack, sandbox_target(sandbox)).abandon()
        sandbox.stop()
    with _timed(timings, "build"):
        account = KeptAccount(stack, sandbox, tier, _build(stack))
    revived = _revived(sandbox, timings, port)
    unfinished.touch()  # what failed until here has changed nothing
    if revived is not None and not cold and revived.manifest.inputs == account.inputs():
        state = revived.state
    else:
        state = _account(account, sandbox, timings, port, cold=cold)
    with _timed(timings, "serve and migrate"), progress("Serving and migrating"):
        sandbox.serve(state)
        report = _migrate(sandbox, state)
    unfinished.unlink()
    sandbox.checkpoint(account.inputs())
    say(f"Database at migration level {report['level']}.")
    return timings


def is_unfinished(stack: Stack, sandbox: Sandbox) -> bool:
    """Whether an `up` was begun that has not ended: it still runs, or it was interrupted."""
    return unfinished_mark(stack, sandbox).exists()


def _account(
    account: KeptAccount, sandbox: Sandbox, timings: Timings, port: int | None, *, cold: bool
) -> dict[str, Any]:
    """Load the account into a sandbox that does not run yet, or apply it; return the state."""
    is_new = not sandbox.running
    if is_new and not cold and account.is_known():
        with _timed(timings, "load"):
            if (state := account.load(port)) is not None:
                return state
    with _timed(timings, "start"):
        sandbox.start(port)
    with _timed(timings, "terraform apply"):
        state = account.apply()
    if is_new:
        account.keep(state)
    return state


def _revived(sandbox: Sandbox, timings: Timings, port: int | None) -> LastCopy | None:
    """Go on where a daemon was killed; return from what, or None if there was nothing.

    Raises:
        UserError: the port cannot be had. Nothing is changed.
        OutsideFailure: the database does not start again. Nothing of it is deleted.
    """
    if not sandbox.was_killed:
        return None
    say("The sandbox was killed.")
    try:
        copy = sandbox.last_copy()
    except UserError as error:
        say(f"[yellow]Beginning again, with an empty database[/yellow]: {escape(str(error))}.")
        sandbox.stop()
        return None
    try:
        with _timed(timings, "revive"), progress("Going on where it was"):
            sandbox.revive(copy, port)
    except OutsideFailure as error:
        raise OutsideFailure(
            f"The killed sandbox cannot go on: {error} Nothing was deleted. "
            f"`saasgen sandbox down{sandbox.option}` and `up` begin again with an empty database."
        ) from error
    say(
        f"The simulated AWS goes on from its copy of {copy.manifest.saved_at:%Y-%m-%d %H:%M:%S} "
        "UTC; the database goes on with everything that was committed."
    )
    return copy


def _build(stack: Stack) -> Build:
    with progress("Building", total=3) as bar:
        return build(stack, SANDBOX, bar.now)


def _migrate(sandbox: Sandbox, state: dict[str, Any]) -> dict[str, Any]:
    """Run the migrations; return the report of the migrate function.

    Raises:
        OutsideFailure: a migration failed; the function's own words.
    """
    function = str(state["values"]["outputs"]["migrate_function_name"]["value"])
    answer = sandbox.invoke(function, {})
    if answer.error is not None:
        raise OutsideFailure(f"{function} failed: {answer.payload['errorMessage']}")
    report: dict[str, Any] = answer.payload
    return report


def unfinished_mark(stack: Stack, sandbox: Sandbox) -> Path:
    """The file that is there while an `up` is under way, and after one that was cut short."""
    return stack.work_dir / f"{sandbox_target(sandbox).folder}-up-unfinished"


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = monotonic()
    yield
    timings[part] = round(monotonic() - began, 1)
