"""What of a running sandbox is saved: snapshots on request, checkpoints by themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from zipfile import ZipFile

from saasgen.sandbox.gate import Gate
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import Inputs, SaveRequest
from saasgen.sandbox.snapshots import aws
from saasgen.sandbox.snapshots.checkpoint import Checkpoints
from saasgen.sandbox.snapshots.contents import state_of
from saasgen.sandbox.snapshots.recorder import Recorder
from saasgen.sandbox.snapshots.store import checkpoint_of, checkpoints, manifest_of

_PATIENCE_S = 5.0
_MOST_CHECKPOINTS = 20  # of all sandboxes: folders of some are gone


class Saving:
    """Saves a sandbox, and knows what it was applied from.

    Args:
        layout: of which sandbox.
        recorder: writes what is saved.
        services: what calls of the simulated AWS and of Stripe pass.
        is_busy: whether an invocation or a batch is under way.
    """

    def __init__(
        self, layout: Layout, recorder: Recorder, services: Gate, is_busy: Callable[[], bool]
    ) -> None:
        self._layout = layout
        self._recorder = recorder
        self._file = checkpoint_of(layout.root)
        self._checkpoints = Checkpoints(self._copy_aws, services, is_busy)
        self._serving = Lock()
        self._served: dict[str, Any] | None = None
        self._inputs: Inputs | None = None
        self._inputs_of: dict[str, Any] | None = None
        self._states: dict[str, str] = {}

    def start(self) -> None:
        """Write checkpoints from now on."""
        self._checkpoints.start()

    def close(self) -> None:
        """Write nothing more."""
        self._checkpoints.close()

    def forget(self) -> None:
        """Delete the checkpoint."""
        self._file.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Save nothing for the length of the block."""
        with self._serving:
            yield

    def goes_on_from(self, snapshot: ZipFile) -> None:
        """Take over what a snapshot says it was applied from, once its AWS is restored."""
        self._note(manifest_of(snapshot).inputs, state_of(snapshot))

    def serves(self, values: dict[str, Any]) -> None:
        """Note the Terraform state that is served; from what it was applied is not known yet."""
        if values != self._inputs_of:
            self._note(None, None)
        self._served = values

    def save(self, arguments: dict[str, Any]) -> dict[str, bool]:
        """Write a snapshot (`SaveRequest`)."""
        with self._serving:
            request = SaveRequest.model_validate(arguments)
            self._recorder.save(request, self._served, self._known_inputs)
        return {"saved": True}

    def checkpoint(self, arguments: dict[str, Any]) -> dict[str, bool]:
        """Note what was applied (`Inputs`, if any are given), and write a checkpoint.

        It waits for a while: a sandbox that is busy writes it later.
        """
        if arguments:
            with self._serving:
                self._note(Inputs.model_validate(arguments), self._served)
        self.want_checkpoint()
        return {"written": self._checkpoints.wait(_PATIENCE_S)}

    def want_checkpoint(self) -> None:
        """Write a checkpoint as soon as no invocation is under way."""
        self._checkpoints.want()

    def _note(self, inputs: Inputs | None, values: dict[str, Any] | None) -> None:
        self._inputs, self._inputs_of = inputs, values
        self._states = aws.states()

    def _known_inputs(self) -> Inputs | None:
        """What the account was applied from, unless Terraform has changed it since."""
        return self._inputs if aws.states() == self._states else None

    def _copy_aws(self) -> None:
        with self._serving:
            if self._served is not None:
                name = self._layout.stack.name
                self._recorder.copy_aws(self._file, name, self._served, self._known_inputs)
                checkpoints().prune(_MOST_CHECKPOINTS)
