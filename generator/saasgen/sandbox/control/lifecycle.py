"""The daemon of a sandbox: how commands start it, stop it, and go on where it was killed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.extras import require_sandbox
from saasgen.sandbox.control.channel import Channel
from saasgen.sandbox.control.launcher import Prepared, is_held, wait_until_gone
from saasgen.sandbox.control.ports import require_free
from saasgen.sandbox.layout import DEFAULT, Layout
from saasgen.sandbox.models import DaemonRecord, Launch, SandboxStatus
from saasgen.sandbox.snapshots.contents import state_of
from saasgen.sandbox.snapshots.manifest import Manifest
from saasgen.sandbox.snapshots.store import checkpoint_of, manifest_of, opened

_STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class LastCopy:
    """What a daemon that was killed has left of all but its database.

    Attributes:
        file: the copy.
        manifest: what it says of itself.
        state: the Terraform state that was served.
    """

    file: Path
    manifest: Manifest
    state: dict[str, Any]


class Lifecycle:
    """A sandbox of the stack in `stack_dir`, running or not.

    Args:
        stack_dir: the stack's folder.
        name: which of the stack's sandboxes.

    Raises:
        UserError: no sandbox can have that name.
    """

    def __init__(self, stack_dir: Path, name: str = DEFAULT) -> None:
        require_sandbox()
        self._layout = Layout(stack_dir.resolve(), name)
        self._channel = Channel(self._layout)
        self.name = name
        self._prepared: Prepared | None = None

    @property
    def option(self) -> str:
        """What to add to a command so that it means this sandbox."""
        return self._layout.option

    @property
    def running(self) -> bool:
        """Whether the daemon is there and answers."""
        if self._channel.record() is None:
            return False
        try:
            self._channel.ask("status")
        except OutsideFailure:
            return False
        return True

    @property
    def was_killed(self) -> bool:
        """Whether a daemon ended without stopping what it ran."""
        return self._channel.record() is not None and not is_held(self._layout.lock)

    def start(self, port: int | None = None, snapshot: Path | None = None) -> None:
        """Start the daemon and wait until it answers; does nothing when it runs already.

        Args:
            port: the API's port; any free one by default.
            snapshot: what it goes on from, before anything is served.

        Raises:
            UserError: the port cannot be had, or a daemon was killed and its database is there.
            OutsideFailure: the daemon did not come up.
        """
        if self.running:
            self.require_port(port)
            return
        if self.was_killed:
            raise UserError(
                f"{self._layout.title} was killed, and its database is still there. "
                f"`saasgen sandbox up{self.option}` goes on with it; "
                f"`saasgen sandbox down{self.option}` forgets it."
            )
        self._launch(port, snapshot)

    def last_copy(self) -> LastCopy:
        """What a daemon that was killed has left, apart from its database.

        Raises:
            UserError: there is no copy, or it is another version's.
        """
        file = checkpoint_of(self._layout.root)
        if not file.is_file():
            raise UserError("there is no copy of the simulated AWS")
        with opened(file) as archive:
            manifest = manifest_of(archive)
            manifest.require_readable("of the killed daemon")
            return LastCopy(file, manifest, state_of(archive) or {})

    def revive(self, copy: LastCopy, port: int | None = None) -> None:
        """Go on after a daemon was killed: with its database, and its last copy of the rest.

        Args:
            copy: the copy.
            port: the API's port; by default the one it had, if that is still free.

        Raises:
            UserError: the port cannot be had. Nothing is changed.
            OutsideFailure: the database does not start again. Nothing of it is deleted.
        """
        record = self._channel.record()
        self._launch(port or _free_port_of(record), copy.file, keeps_database=True)
        self.serve(copy.state)

    def load(self, snapshot: Path, port: int | None = None) -> None:
        """Go on from a snapshot, in place of what is there.

        Args:
            snapshot: its file.
            port: the API's port; the one it has, or any free one, by default.

        Raises:
            UserError: the snapshot is not this user's alone, or another version's.
            OutsideFailure: the daemon did not come up.
        """
        with opened(snapshot) as archive:
            manifest_of(archive).require_readable(snapshot.stem)
            state = state_of(archive)
        record = self._channel.record()
        if self._prepared is None:
            with self.prepared():
                self._go_on(record, snapshot, port)
        else:
            self._go_on(record, snapshot, port)
        if state is not None:
            self.serve(state)

    def stop(self) -> None:
        """Stop the daemon with everything it runs; does nothing when none runs.

        What it held is forgotten; of one that was killed, the copy of the simulated AWS too.
        """
        record = self._channel.record()
        if record is not None and is_held(self._layout.lock):
            with suppress(OutsideFailure):  # one that does not answer is killed below
                self._channel.ask("stop", patience_s=_STOP_TIMEOUT_S)
            wait_until_gone(record.pid, _STOP_TIMEOUT_S)
        self._layout.record.unlink(missing_ok=True)
        checkpoint_of(self._layout.root).unlink(missing_ok=True)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Let a daemon get ready in the background, for a start within the block."""
        self._prepared = Prepared(self._layout)
        try:
            yield
        finally:
            if self._prepared is not None:
                self._prepared.give_up()
                self._prepared = None

    def require_port(self, port: int | None) -> None:
        """Refuse a port that the API could not be served on; None is any free one.

        Raises:
            UserError: the port is in use or does not exist, or the sandbox runs on another.
        """
        if port is None:
            return
        record = self._channel.record()
        if record is None or not self.running:
            require_free(port)
        elif port != record.gateway_port:
            raise UserError(
                f"{self._layout.title} runs already, with its API on port "
                f"{record.gateway_port}: stop it first to move it to port {port}."
            )

    def serve(self, state: Mapping[str, Any]) -> SandboxStatus:
        """Hand over a Terraform state; the sandbox then runs what stands in it.

        Args:
            state: the output of `terraform show -json`, or its `values`.

        Raises:
            OutsideFailure: something in the state cannot be run.
        """
        return SandboxStatus.model_validate(
            self._channel.ask("serve", patience_s=120, state=dict(state))
        )

    def _go_on(self, record: DaemonRecord | None, snapshot: Path, port: int | None) -> None:
        self.stop()
        self.start(port or (record.gateway_port if record else None), snapshot)

    def _launch(
        self, port: int | None, snapshot: Path | None, *, keeps_database: bool = False
    ) -> None:
        prepared, self._prepared = self._prepared or Prepared(self._layout), None
        launch = Launch(gateway_port=port or 0, snapshot=snapshot, keeps_database=keeps_database)
        startup = prepared.begin(launch)
        if startup.error is not None:
            kind = UserError if startup.user_error else OutsideFailure
            raise kind(startup.error)


def _free_port_of(record: DaemonRecord | None) -> int | None:
    """The port that a daemon had for its API; None where another program has it now."""
    if record is None:
        return None
    try:
        require_free(record.gateway_port)
    except UserError:
        return None
    return record.gateway_port
