"""A stack's Terraform against one target (AWS or the sandbox): init, plan, apply, destroy."""

import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged

from saasgen.errors import OutsideFailure, UserError
from saasgen.stack import Stack
from saasgen.terraform.discovery import find_plugin_directory, find_terraform
from saasgen.terraform.events import Event
from saasgen.terraform.process import Finished, Process

# Short chains and many independent resources: the provider waits more than it works.
PARALLELISM = 30


@dataclass(frozen=True)
class Target:
    """Where Terraform applies to.

    Attributes:
        name: `aws` or `sandbox`.
        environment: variables that reach it (endpoint and credentials for the sandbox).
        instance: which of the stack's sandboxes, unless it is the default one.
    """

    name: str
    environment: dict[str, str]
    instance: str | None = None

    @property
    def folder(self) -> str:
        """The folder, under the stack's `.saasgen`, of what is known about this target alone."""
        return self.name if self.instance is None else f"{self.name}-{self.instance}"


@dataclass(frozen=True)
class StateId:
    """Which state this is: its lineage, and how often it was written."""

    lineage: str
    serial: int


class Workspace:
    """Terraform for one stack and target.

    Args:
        stack: the stack.
        target: where it is applied to.
        folder: another root than the stack's own, as a folder of it.
    """

    def __init__(self, stack: Stack, target: Target, *, folder: str = "") -> None:
        self.stack = stack
        self.target = target
        self._journal = stack.work_dir / target.folder / folder
        environment = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", **target.environment}
        environment.setdefault("AWS_REGION", stack.region)
        root = stack.terraform_dir / folder
        self._process = Process(find_terraform(), root, environment, self._journal)

    def init(self) -> None:
        """Initialise the folder: provider and backend.

        Raises:
            UserError: the provider cannot be found, or the state bucket does not exist.
        """
        options: dict[str, Any] = {
            "backend_config": self.backend_config(),
            "reconfigure": IsFlagged,
        }
        plugins = find_plugin_directory()
        if plugins is not None:
            options["plugin_dir"] = str(plugins)
        done = self._process.run("init", no_color=IsFlagged, input=False, **options)
        if done.code != 0:
            raise UserError(_init_problem(done))

    def backend_config(self) -> list[str]:
        """Where the state is: files, or `key=value`."""
        return ["backend.hcl"]

    def abandon(self) -> None:
        """Kill a Terraform that an earlier, killed command left running on this target."""
        self._process.kill_earlier()

    def plan(
        self, tier: str, plan_file: Path, *, destroy: bool, on_event: Callable[[Event], None]
    ) -> dict[str, Any]:
        """Make a plan, save it, and return it as `terraform show -json` gives it.

        Raises:
            UserError: the configuration or a value is wrong.
        """
        options: dict[str, Any] = {"out": str(plan_file), "var_file": self.stack.var_files(tier)}
        if destroy:
            options["destroy"] = IsFlagged
        self._run_locked("plan", on_event=on_event, **options)
        shown = self._process.run("show", str(plan_file), json=IsFlagged)
        return self._json(shown, "show")

    def apply(self, plan_file: Path, on_event: Callable[[Event], None]) -> None:
        """Apply a saved plan.

        Raises:
            OutsideFailure: a resource could not be changed; what was done stays in the state.
        """
        self._run_locked("apply", str(plan_file), on_event=on_event, parallelism=PARALLELISM)

    def apply_configuration(
        self, tier: str, on_event: Callable[[Event], None], *, refresh: bool = True
    ) -> None:
        """Plan and apply in one run, unseen: for the sandbox, where nothing can be lost.

        Args:
            tier: the deployment tier.
            on_event: hears of what is done.
            refresh: ask first what is really there; not where the state is sure to say so.

        Raises:
            OutsideFailure: a resource could not be changed; what was done stays in the state.
        """
        self.apply_files(self.stack.var_files(tier), on_event, refresh=refresh)

    def apply_files(
        self, var_files: list[str], on_event: Callable[[Event], None], *, refresh: bool = True
    ) -> None:
        """Plan and apply in one run, with the values of `var_files`.

        Raises:
            OutsideFailure: a resource could not be changed; what was done stays in the state.
        """
        self._run_locked(
            "apply",
            on_event=on_event,
            parallelism=PARALLELISM,
            auto_approve=IsFlagged,
            var_file=var_files,
            refresh=refresh,
        )

    def outputs(self) -> dict[str, dict[str, Any]]:
        """The stack's outputs by name: `value`, `type`, `sensitive`."""
        return self._json(self._process.run("output", json=IsFlagged), "output")

    def show(self) -> dict[str, Any]:
        """The state as `terraform show -json` gives it."""
        return self._json(self._process.run("show", json=IsFlagged), "show")

    def state_id(self) -> StateId | None:
        """The state's lineage and serial; None before anything was applied."""
        done = self._process.run("state pull")
        if done.code != 0:
            raise OutsideFailure(f"The state cannot be read: {done.errors[0]}")
        if not done.stdout.strip():
            return None
        state = json.loads(done.stdout)
        return StateId(state["lineage"], state["serial"])

    def _run_locked(
        self, command: str, *arguments: str, on_event: Callable[[Event], None], **options: Any
    ) -> None:
        """Run a command that locks the state; a lock left by our own dead Terraform is released.

        `locking` beside its output says that a command never came back: it was killed, or its
        Terraform was.
        """
        note = self._journal / "locking"
        killed_before = note.is_file()
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
        done = self._process.follow(command, *arguments, on_event=on_event, input=False, **options)
        held = _lock_of_this_machine(done)
        if held and killed_before:
            released = self._process.run("force-unlock", held, force=IsFlagged)
            if released.code == 0:
                done = self._process.follow(
                    command, *arguments, on_event=on_event, input=False, **options
                )
                held = _lock_of_this_machine(done)
        if done.code >= 0 and not held:
            note.unlink()
        if done.code != 0:
            raise _failure(command, done)

    @staticmethod
    def _json(done: Finished, command: str) -> dict[str, Any]:
        if done.code != 0:
            raise OutsideFailure(f"terraform {command} failed: {done.errors[0]}")
        parsed: dict[str, Any] = json.loads(done.stdout)
        return parsed


def _lock_of_this_machine(done: Finished) -> str | None:
    """The id of the lock that was in the way, if it was taken here."""
    text = " ".join(done.errors)
    found = re.search(
        r"Error acquiring the state lock.*?ID:\s+([0-9a-f-]{36}).*?Who:\s+\S*@(\S+)",
        text,
        re.DOTALL,
    )
    if done.code == 0 or not found or found.group(2) != socket.gethostname():
        return None
    return found.group(1)


def _failure(command: str, done: Finished) -> UserError | OutsideFailure:
    """What failed in one message: the user's to mend while planning, outside while applying."""
    words = "\n".join(f"- {problem}" for problem in done.errors)
    if "acquiring the state lock" in words and "KMS.NotFound" in words:
        return UserError(
            "The key named in terraform/backend.hcl does not exist in this account: "
            "run `saasgen bootstrap` once, then this again."
        )
    if command == "plan":
        return UserError(f"The plan failed:\n{words}")
    if "Saved plan is stale" in words:
        return UserError("The state changed since this plan was made: run `saasgen plan` again.")
    return OutsideFailure(
        f"{command.capitalize()} stopped:\n{words}\nWhat was done is in the state: "
        "mend the cause, then `saasgen plan` and `saasgen apply` go on from there."
    )


def _init_problem(done: Finished) -> str:
    words = done.stderr or done.stdout
    if "NoSuchBucket" in words or "does not exist" in words:
        return (
            "The state bucket named in terraform/backend.hcl does not exist in this account: "
            "run `saasgen bootstrap` once, then this again."
        )
    if "Failed to query available provider packages" in words or "no available releases" in words:
        return (
            "The AWS provider cannot be found: the registry does not answer and no mirror was "
            "found. Name an unpacked mirror in SAASGEN_PLUGIN_DIR; `saasgen doctor` tells more."
        )
    return f"terraform init failed:\n{words.strip()}"
