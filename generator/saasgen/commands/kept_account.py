"""What `sandbox up` has applied to an empty account, kept so that the next `up` loads it."""

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from saasgen.artifacts.build import Build
from saasgen.commands.target import reporting, sandbox_workspace
from saasgen.console import progress, say
from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.models import Applied, Inputs
from saasgen.sandbox.snapshots.contents import state_of
from saasgen.sandbox.snapshots.fingerprint import key_of
from saasgen.sandbox.snapshots.manifest import Manifest
from saasgen.sandbox.snapshots.store import applied, manifest_of, most_kept, opened
from saasgen.stack import Stack
from saasgen.terraform.discovery import find_terraform, provider_versions


class KeptAccount:
    """The simulated AWS of a stack at a tier, applied or loaded.

    Args:
        stack: the stack.
        sandbox: which of its sandboxes.
        tier: the deployment tier.
        built: the artifacts that are applied.
    """

    def __init__(self, stack: Stack, sandbox: Sandbox, tier: str, built: Build) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._tier = tier
        self._openapi = built.openapi.path
        artifacts = (built.layer, built.code, built.openapi)
        said = "".join(artifact.sha256 for artifact in artifacts)
        self._artifacts = sha256(said.encode()).hexdigest()
        self._inputs = self._hash([])
        self._most_kept = most_kept()

    @cached_property
    def _file(self) -> Path:
        """What was kept of these inputs, if it is there."""
        return applied().path(self._key())

    def is_known(self) -> bool:
        """Whether this was applied before; one that cannot be read says so and is made anew."""
        if not self._most_kept or not self._file.is_file():
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

    def load(self, port: int | None) -> dict[str, Any] | None:
        """Start the sandbox with what was applied before, and apply what differs.

        Returns:
            The state; None when what was kept cannot be loaded, and so was deleted.

        Raises:
            UserError: the port is in use.
        """
        manifest = self._manifest()
        os.utime(self._file)  # the newest are kept
        with progress("Loading what was applied before") as bar:
            bar.now(f"of {manifest.saved_at:%Y-%m-%d %H:%M} UTC")
            try:
                self._sandbox.start(port, self._file)
            except OutsideFailure as error:
                self._file.unlink(missing_ok=True)
                say(f"[yellow]Applying anew[/yellow]: what was kept cannot be loaded. {error}")
                return None
        if manifest.inputs is not None and manifest.inputs.artifacts == self._artifacts:
            with opened(self._file) as archive:
                return state_of(archive)
        state = self.apply(refresh=False)
        self.keep(state)
        return state

    def inputs(self) -> Inputs:
        """What an apply would be made from now."""
        return Inputs(key=self._key(), artifacts=self._artifacts)

    def keep(self, state: dict[str, Any]) -> None:
        """Save what was applied, for the next time."""
        if not self._most_kept:
            return
        if self._hash([]) != self._inputs:
            say("Not kept for the next `sandbox up`: the stack was changed while it was applied.")
            return
        key = self._key()
        held = Applied(key=key, artifacts=self._artifacts, state=state)
        try:
            self._sandbox.save(applied().path(key), self._stack.name, held)
        except OutsideFailure as error:  # the stack is up all the same
            say(f"[yellow]Not kept for the next `sandbox up`[/yellow]: {error}")
        applied().prune(self._most_kept)

    def _manifest(self) -> Manifest:
        with opened(self._file) as archive:
            manifest = manifest_of(archive)
        manifest.require_readable(self._file.stem)
        if manifest.inputs is None or manifest.inputs.key != self._file.stem:
            raise UserError(f"{self._file} holds another account than its name says: delete it.")
        return manifest

    def _key(self) -> str:
        """The key of what an apply makes now; the first one locks the provider's version."""
        return self._hash([find_terraform(), *provider_versions(self._stack.terraform_dir)])

    def _hash(self, tools: list[Path | str]) -> str:
        files = self._stack.var_files(self._tier)
        return key_of(self._stack.terraform_dir, files, self._openapi, tools)
