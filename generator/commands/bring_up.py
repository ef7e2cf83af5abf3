"""Bringing a stack up in its sandbox: build, apply or load what was applied, serve, migrate."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from generator.artifacts.build import Build, build
from generator.artifacts.runtime import SANDBOX
from generator.commands.target import reporting, sandbox_target, sandbox_workspace
from generator.console import progress, say
from generator.errors import OutsideFailure, UserError
from generator.sandbox.client import Sandbox
from generator.sandbox.models import Applied
from generator.sandbox.snapshots.contents import state_of
from generator.sandbox.snapshots.fingerprint import key_of
from generator.sandbox.snapshots.manifest import Manifest
from generator.sandbox.snapshots.store import applied, manifest_of, opened
from generator.stack import Stack
from generator.terraform.discovery import find_terraform, provider_versions
from generator.terraform.values import require_known_names
from generator.terraform.workspace import Workspace

Timings = dict[str, float]
_KEPT = 5


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
    is_new = not sandbox.running
    with _timed(timings, "build"):
        built = _build(stack)
    account = _Account(stack, sandbox, tier, built)
    if not is_new:
        with _timed(timings, "terraform apply"):
            state = account.apply()
    elif not cold and account.is_known():
        with _timed(timings, "load"):
            state = account.load(port)
    else:
        with _timed(timings, "start"):
            sandbox.start(port)
        with _timed(timings, "terraform apply"):
            state = account.apply()
        account.keep(state)
    with _timed(timings, "serve and migrate"):
        sandbox.serve(state)
        report = _migrate(sandbox, state)
    unfinished.unlink()
    say(f"Database at migration level {report['level']}.")
    return timings


class _Account:
    """What the sandbox holds of a stack at a tier, applied or loaded."""

    def __init__(self, stack: Stack, sandbox: Sandbox, tier: str, built: Build) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._tier = tier
        self._artifacts = _digest(built)
        self._key = key_of(
            stack.terraform_dir,
            stack.var_files(tier),
            built.openapi.path,
            [find_terraform(), *provider_versions(stack.terraform_dir)],
        )
        self._file = applied().path(self._key)

    def is_known(self) -> bool:
        """Whether this was applied before; one that cannot be read says so and is made anew."""
        if not self._file.is_file():
            return False
        try:
            self._manifest()
        except UserError as error:
            say(f"[yellow]Applying anew[/yellow]: {error}")
            return False
        return True

    def apply(self, *, refresh: bool = True) -> dict[str, Any]:
        """Apply the configuration; return the state."""
        work = sandbox_workspace(self._stack, self._sandbox)
        with progress("Applying") as bar:
            bar.now("planning")
            work.apply_configuration(self._tier, reporting(bar), refresh=refresh)
        return work.show()

    def load(self, port: int | None) -> dict[str, Any]:
        """Start the sandbox with what was applied before; apply what differs; return the state."""
        manifest = self._manifest()
        with progress("Loading what was applied before") as bar:
            bar.now(f"of {manifest.saved_at:%Y-%m-%d %H:%M} UTC")
            self._sandbox.start(port, self._file)
        self._file.touch()  # the newest are kept
        if manifest.artifacts == self._artifacts:
            with opened(self._file) as archive:
                return state_of(archive) or {}
        state = self.apply(refresh=False)
        self.keep(state)
        return state

    def keep(self, state: dict[str, Any]) -> None:
        """Save what was applied, for the next time."""
        held = Applied(key=self._key, artifacts=self._artifacts, state=state)
        try:
            self._sandbox.save(self._file, self._stack.name, held)
        except OutsideFailure as error:  # the stack is up all the same
            say(f"[yellow]Not kept for the next `sandbox up`[/yellow]: {error}")
        applied().prune(_KEPT)

    def _manifest(self) -> Manifest:
        with opened(self._file) as archive:
            manifest = manifest_of(archive)
        manifest.require_readable(self._key)
        if manifest.key != self._key:
            raise UserError(f"{self._file} holds another account than its name says: delete it.")
        return manifest


def _build(stack: Stack) -> Build:
    with progress("Building", total=3) as bar:
        return build(stack, SANDBOX, bar.now)


def _digest(built: Build) -> str:
    artifacts = (built.layer, built.code, built.openapi)
    return sha256("".join(artifact.sha256 for artifact in artifacts).encode()).hexdigest()


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


def _unfinished(stack: Stack, sandbox: Sandbox) -> Path:
    return stack.work_dir / f"{sandbox_target(sandbox).folder}-up-unfinished"


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = monotonic()
    yield
    timings[part] = round(monotonic() - began, 1)
