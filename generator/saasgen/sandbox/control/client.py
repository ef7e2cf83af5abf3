"""`Sandbox`: the running sandbox of a stack, as the commands see it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.extras import require_sandbox
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.control.channel import Channel
from saasgen.sandbox.control.launcher import Prepared, is_held, wait_until_gone
from saasgen.sandbox.control.ports import require_free
from saasgen.sandbox.functions.log_file import lines
from saasgen.sandbox.layout import DEFAULT, Layout
from saasgen.sandbox.models import (
    Applied,
    ClockMove,
    DaemonRecord,
    InvocationResult,
    Launch,
    MailMessage,
    ReplacedCode,
    SandboxStatus,
    SaveRequest,
)
from saasgen.sandbox.snapshots.contents import state_of
from saasgen.sandbox.snapshots.store import checkpoint_of, manifest_of, opened

_STOP_TIMEOUT_S = 20.0
_SAVE_TIMEOUT_S = 120.0
_LONGEST_INVOCATION_S = 960.0  # Lambda's own limit is 15 minutes


class Sandbox:
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

    def start(self, port: int | None = None, snapshot: Path | None = None) -> None:
        """Start the daemon and wait until it answers; does nothing when it runs already.

        Args:
            port: the API's port; any free one by default.
            snapshot: what it goes on from, before anything is served.

        Raises:
            UserError: the port cannot be had, or there is something of a daemon that was killed.
            OutsideFailure: the daemon did not come up.
        """
        if self.running:
            self.require_port(port)
            return
        if self.was_killed:
            raise UserError(
                f"{self._layout.title} was killed: `saasgen sandbox up{self.option}` goes on with "
                f"its database, `saasgen sandbox down{self.option}` deletes it."
            )
        self._layout.record.unlink(missing_ok=True)
        self._launch(port, snapshot)

    @property
    def was_killed(self) -> bool:
        """Whether a daemon ended without stopping what it ran."""
        return self._channel.record() is not None and not is_held(self._layout.lock)

    def revive(self, port: int | None = None) -> datetime:
        """Go on after a daemon was killed: with its database, and its last copy of the rest.

        Args:
            port: the API's port; the one it had by default.

        Returns:
            When the copy was written, in UTC.

        Raises:
            UserError: there is no copy, or it is another version's.
            OutsideFailure: the database does not start again.
        """
        record, copy = self._channel.record(), checkpoint_of(self._layout.root)
        if not copy.is_file():
            raise UserError("there is no copy of the simulated AWS")
        with opened(copy) as archive:
            manifest = manifest_of(archive)
            manifest.require_readable("of the killed daemon")
            state = state_of(archive)
        self._launch(port or (record.gateway_port if record else None), copy, keeps_database=True)
        if state is not None:
            self.serve(state)
        return manifest.saved_at

    def checkpoint(self) -> None:
        """Have the simulated AWS copied, so that `revive` finds it as it is now."""
        self._channel.ask("checkpoint")

    def _launch(
        self, port: int | None, snapshot: Path | None, *, keeps_database: bool = False
    ) -> None:
        prepared, self._prepared = self._prepared or Prepared(self._layout), None
        launch = Launch(gateway_port=port or 0, snapshot=snapshot, keeps_database=keeps_database)
        startup = prepared.begin(launch)
        if startup.error is not None:
            kind = UserError if startup.user_error else OutsideFailure
            raise kind(startup.error)

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

    def _go_on(self, record: DaemonRecord | None, snapshot: Path, port: int | None) -> None:
        self.stop()
        self.start(port or (record.gateway_port if record else None), snapshot)

    def save(self, snapshot: Path, stack: str, applied: Applied | None = None) -> None:
        """Bring the sandbox to rest for a moment and write a snapshot.

        Args:
            snapshot: the file to write.
            stack: name of the stack.
            applied: what was applied, for a snapshot of nothing else.

        Raises:
            UserError: it does not run, or Terraform is at work.
            OutsideFailure: it does not come to rest, or the file cannot be written.
        """
        request = SaveRequest(path=snapshot, stack=stack, applied=applied)
        self._channel.ask("save", patience_s=_SAVE_TIMEOUT_S, **request.model_dump(mode="json"))

    def stop(self) -> None:
        """Stop the daemon with everything it runs; does nothing when none runs."""
        record = self._channel.record()
        if record is not None and is_held(self._layout.lock):
            with suppress(OutsideFailure):  # one that does not answer is killed below
                self._channel.ask("stop", patience_s=_STOP_TIMEOUT_S)
            wait_until_gone(record.pid, _STOP_TIMEOUT_S)
        self._layout.record.unlink(missing_ok=True)
        checkpoint_of(self._layout.root).unlink(missing_ok=True)

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

    def status(self) -> SandboxStatus:
        """What runs in the sandbox.

        Raises:
            UserError: it does not run.
        """
        return SandboxStatus.model_validate(self._channel.ask("status"))

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

    def invoke(self, function_name: str, payload: Any = None) -> InvocationResult:
        """Run a function and wait for its answer; `error` says whether it failed.

        Raises:
            UserError: there is no such function.
        """
        answer = self._channel.ask(
            "invoke", patience_s=_LONGEST_INVOCATION_S, function=function_name, payload=payload
        )
        return InvocationResult.model_validate(answer)

    def replace_code(self) -> ReplacedCode:
        """Let the functions run the handlers as they are saved in the stack's folder now.

        Raises:
            UserError: a file is not valid Python.
        """
        return ReplacedCode.model_validate(self._channel.ask("replace_code", patience_s=120))

    def fire_schedule(self, name: str) -> InvocationResult:
        """Run the target of a schedule now and wait for its answer.

        Raises:
            UserError: there is no such schedule.
        """
        answer = self._channel.ask("fire_schedule", patience_s=_LONGEST_INVOCATION_S, name=name)
        return InvocationResult.model_validate(answer)

    def move_clock(self, to: datetime) -> ClockMove:
        """Move the sandbox's clock forward; each schedule that falls due on the way runs once.

        Raises:
            UserError: the moment has passed already.
        """
        return ClockMove.model_validate(self._channel.ask("move_clock", to=to.isoformat()))

    def mail(self) -> list[MailMessage]:
        """Every mail that was sent, oldest first."""
        return [MailMessage.model_validate(message) for message in self._channel.ask("mail")]

    def queue_depths(self) -> dict[str, int]:
        """How many messages each queue holds, by name; dead-letter queues too."""
        return {queue.name: queue.depth for queue in self.status().queues}

    def wait_idle(self, timeout_s: float = 30.0) -> None:
        """Wait until no message and no asynchronous invocation is under way.

        Raises:
            OutsideFailure: there is still work after `timeout_s`.
        """
        self._channel.ask("wait_idle", patience_s=timeout_s + 10, timeout_s=timeout_s)

    def logs(self, function: str, follow: bool = False) -> Iterator[str]:
        """The lines a function has logged; with `follow`, also those to come, for ever.

        Raises:
            UserError: there is no such function.
        """
        known = [one.name for one in self.status().functions]
        matching = [name for name in known if name == function or name.endswith(f"-{function}")]
        if not matching:
            raise UserError(
                f"The sandbox runs no function {function} (it runs: {', '.join(known) or 'none'})."
            )
        return lines(self._layout.logs / f"{matching[0]}.log", follow)

    def environment(self) -> dict[str, str]:
        """The environment in which Terraform and boto3 reach the sandbox instead of AWS.

        The user's own AWS configuration is left out of it: a profile may name another endpoint.
        """
        record = self._channel.require_record()
        region = self._layout.region()
        return {
            "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{record.aws_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "TF_DATA_DIR": str(self._layout.terraform_data),
            "TF_VAR_artifact_dir": "../build/sandbox",
        }
