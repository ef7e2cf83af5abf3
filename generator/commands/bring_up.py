"""Bringing a stack up in its sandbox: build, apply, serve, migrate."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from generator.artifacts.build import build
from generator.artifacts.runtime import SANDBOX
from generator.commands.migrate import run_migrations
from generator.commands.target import reporting, sandbox_target, sandbox_workspace
from generator.console import progress, say
from generator.sandbox.client import Sandbox
from generator.stack import Stack
from generator.terraform.values import require_known_names
from generator.terraform.workspace import Workspace

Timings = dict[str, float]


def bring_up(stack: Stack, sandbox: Sandbox, *, tier: str, port: int | None = None) -> Timings:
    """Build the stack, apply its Terraform to the sandbox, serve and migrate it.

    The account lives in the sandbox's memory and its state with it, so an apply that was cut short
    is begun again from an empty account: what it left half-made is gone with the old one.

    Returns:
        Seconds each part took.

    Raises:
        UserError: a value has a name that nobody reads.
    """
    require_known_names(stack, tier)
    timings: Timings = {}
    unfinished = _unfinished(stack, sandbox)
    if unfinished.exists():
        say("The last `sandbox up` was interrupted: beginning again from an empty account.")
        Workspace(stack, sandbox_target(sandbox)).abandon()
        sandbox.stop()
    unfinished.touch()
    with _timed(timings, "build and start"):
        _build_and_start(stack, sandbox, port)
    work = sandbox_workspace(stack, sandbox)
    with _timed(timings, "terraform apply"):
        _apply(work, tier)
    with _timed(timings, "serve and migrate"):
        sandbox.serve(work.show())
        report = run_migrations(work)
    unfinished.unlink()
    say(f"Database at migration level {report['level']}.")
    return timings


def _build_and_start(stack: Stack, sandbox: Sandbox, port: int | None) -> None:
    with progress("Building", total=3) as bar, ThreadPoolExecutor() as pool:
        started = pool.submit(sandbox.start, port)
        build(stack, SANDBOX, bar.now)
        bar.now("sandbox")
        started.result()


def _apply(work: Workspace, tier: str) -> None:
    with progress("Applying") as bar:
        bar.now("planning")
        work.apply_configuration(tier, reporting(bar))


def _unfinished(stack: Stack, sandbox: Sandbox) -> Path:
    return stack.work_dir / f"{sandbox_target(sandbox).folder}-up-unfinished"


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = monotonic()
    yield
    timings[part] = round(monotonic() - began, 1)
