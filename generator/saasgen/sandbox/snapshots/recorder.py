"""Writes snapshots of a running sandbox."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.clock import Clock, system_clock
from saasgen.sandbox.database.cluster import DatabaseServer
from saasgen.sandbox.models import Inputs, SaveRequest
from saasgen.sandbox.snapshots import contents
from saasgen.sandbox.snapshots.aws import state_locks
from saasgen.sandbox.snapshots.manifest import Maker, Manifest
from saasgen.sandbox.snapshots.standstill import Standstill
from saasgen.sandbox.snapshots.store import written

_log = logging.getLogger(__name__)
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

    def save(
        self,
        request: SaveRequest,
        served: Mapping[str, Any] | None,
        inputs: Callable[[], Inputs | None],
    ) -> None:
        """Bring the sandbox to rest, write the snapshot and let everything go on.

        Args:
            request: what to save.
            served: the Terraform state that is served.
            inputs: what the account is applied from, if that is known.

        Raises:
            UserError: Terraform is at work.
            OutsideFailure: the sandbox does not come to rest, or the file cannot be written.
        """
        with self._standstill.reached():
            if locks := state_locks():
                raise UserError(
                    f"Terraform is changing the sandbox ({', '.join(locks)}): save when it is done."
                )
            self._write(request, served, inputs())

    def copy_aws(
        self,
        path: Path,
        stack: str,
        served: Mapping[str, Any],
        inputs: Callable[[], Inputs | None],
    ) -> None:
        """Write all but the database; calls of the simulated AWS wait only until it is in memory.

        Args:
            path: the file to write.
            stack: name of the stack.
            served: the Terraform state that is served.
            inputs: what the account is applied from, if that is known.

        Raises:
            OutsideFailure: Terraform is at work, AWS does not come to rest, or the file cannot be
                written.
        """
        with self._standstill.of_aws():
            if locks := state_locks():
                raise OutsideFailure(f"Terraform is changing the sandbox ({', '.join(locks)}).")
            began = monotonic()
            dumped = contents.dump(self._manifest(stack, inputs()), self._parts)
        _log.info("calls of the simulated AWS waited %.2f s for its copy", monotonic() - began)
        with written(path) as archive:
            dumped.write(archive, served)

    def _write(
        self, request: SaveRequest, served: Mapping[str, Any] | None, inputs: Inputs | None
    ) -> None:
        with written(request.path) as archive:
            if request.applied is None:
                manifest = self._manifest(request.stack, inputs)
                contents.dump(manifest, self._parts).write(archive, served)
                self._database.dump(archive)
            else:
                manifest = self._manifest(request.stack, request.applied.inputs)
                parts = {name: self._parts[name] for name in _APPLIED}
                contents.dump(manifest, parts).write(archive, request.applied.state)

    def _manifest(self, stack: str, inputs: Inputs | None) -> Manifest:
        return Manifest(
            stack=stack,
            maker=Maker.this(),
            saved_at=system_clock(),
            now=self._clock(),
            inputs=inputs,
        )
