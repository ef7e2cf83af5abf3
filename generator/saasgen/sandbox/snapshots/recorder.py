"""Writes snapshots of a running sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.clock import Clock, system_clock
from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.models import SaveRequest
from saasgen.sandbox.snapshots import contents
from saasgen.sandbox.snapshots.aws import state_locks
from saasgen.sandbox.snapshots.manifest import Maker, Manifest
from saasgen.sandbox.snapshots.standstill import Standstill
from saasgen.sandbox.snapshots.store import written

# Applying makes users, who get mail. All other parts begin with the first use of a stack.
_APPLIED = ("mail",)


class Recorder:
    """Saves a sandbox: all of it, or what Terraform made of it.

    Args:
        parts: what keeps something, by its name in a snapshot.
        database: the database.
        standstill: how the sandbox comes to rest.
        clock: the time of the sandbox.
    """

    def __init__(
        self,
        parts: Mapping[str, contents.Part],
        database: DatabaseServer,
        standstill: Standstill,
        clock: Clock,
    ) -> None:
        self._parts = parts
        self._database = database
        self._standstill = standstill
        self._clock = clock

    def save(self, request: SaveRequest, served: Mapping[str, Any] | None) -> None:
        """Bring the sandbox to rest, write the snapshot and let everything go on.

        Args:
            request: what to save.
            served: the Terraform state that is served.

        Raises:
            UserError: Terraform is at work.
            OutsideFailure: the sandbox does not come to rest, or the file cannot be written.
        """
        with self._standstill.reached():
            if locks := state_locks():
                raise UserError(
                    f"Terraform is changing the sandbox ({', '.join(locks)}): save when it is done."
                )
            self._write(request, served)

    def copy_aws(self, path: Path, stack: str, served: Mapping[str, Any]) -> None:
        """Write all but the database, while only calls of the simulated AWS wait.

        Args:
            path: the file to write.
            stack: name of the stack.
            served: the Terraform state that is served.

        Raises:
            OutsideFailure: Terraform is at work, AWS does not come to rest, or the file cannot be
                written.
        """
        request = SaveRequest(path=path, stack=stack)
        with self._standstill.of_aws():
            if locks := state_locks():
                raise OutsideFailure(f"Terraform is changing the sandbox ({', '.join(locks)}).")
            with written(path) as archive:
                contents.write(archive, self._manifest(request), self._parts, served)

    def _write(self, request: SaveRequest, served: Mapping[str, Any] | None) -> None:
        manifest = self._manifest(request)
        with written(request.path) as archive:
            if request.applied is None:
                contents.write(archive, manifest, self._parts, served)
                self._database.dump(archive)
            else:
                parts = {name: self._parts[name] for name in _APPLIED}
                contents.write(archive, manifest, parts, request.applied.state)

    def _manifest(self, request: SaveRequest) -> Manifest:
        return Manifest(
            stack=request.stack,
            maker=Maker.this(),
            saved_at=system_clock(),
            now=self._clock(),
            key=request.applied.key if request.applied else None,
            artifacts=request.applied.artifacts if request.applied else None,
        )
