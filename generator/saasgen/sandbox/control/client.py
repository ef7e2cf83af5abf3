"""`Sandbox`: the running sandbox of a stack, as the commands see it."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from saasgen.errors import UserError
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.control.lifecycle import Lifecycle
from saasgen.sandbox.functions.log_file import lines
from saasgen.sandbox.models import (
    Applied,
    ClockMove,
    Inputs,
    InvocationResult,
    MailMessage,
    ReplacedCode,
    SandboxStatus,
    SaveRequest,
)

_SAVE_TIMEOUT_S = 120.0
_LONGEST_INVOCATION_S = 960.0  # Lambda's own limit is 15 minutes


class Sandbox(Lifecycle):
    """A sandbox of the stack in `stack_dir`, running or not: what can be asked of it.

    Args:
        stack_dir: the stack's folder.
        name: which of the stack's sandboxes.

    Raises:
        UserError: no sandbox can have that name.
    """

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

    def checkpoint(self, inputs: Inputs | None = None) -> None:
        """Have the simulated AWS copied, so that `revive` finds it as it is now.

        Args:
            inputs: what was applied, if that is new.
        """
        self._channel.ask("checkpoint", **(inputs.model_dump() if inputs is not None else {}))

    def status(self) -> SandboxStatus:
        """What runs in the sandbox.

        Raises:
            UserError: it does not run.
        """
        return SandboxStatus.model_validate(self._channel.ask("status"))

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
