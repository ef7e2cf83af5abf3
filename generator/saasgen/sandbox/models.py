"""What the sandbox reports: frozen models, the same on both sides of its control port."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of the sandbox's models."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DaemonRecord(Model):
    """What a running daemon says about itself in `.sandbox/daemon.json`."""

    pid: int
    token: str
    aws_port: int
    control_port: int
    gateway_port: int


class Launch(Model):
    """What a daemon is told once it is ready to begin.

    Attributes:
        gateway_port: of its API; 0 for any free one.
        snapshot: what it goes on from.
        keeps_database: go on with the database that is there.
    """

    gateway_port: int = 0
    snapshot: Path | None = None
    keeps_database: bool = False


class Startup(Model):
    """What a daemon tells the process that started it: a record, or why there is none."""

    record: DaemonRecord | None = None
    error: str | None = None
    user_error: bool = False


class FunctionStatus(Model):
    """A function that the sandbox runs.

    Attributes:
        ended: processes that are gone although nobody ended them.
    """

    name: str
    handler: str
    timeout_s: int
    processes: int
    ended: int = 0


class QueueStatus(Model):
    """A queue and what is in it."""

    name: str
    visible: int
    in_flight: int
    delayed: int
    consumer: str | None = None

    @property
    def depth(self) -> int:
        """Messages in the queue, whether they can be received now or not."""
        return self.visible + self.in_flight + self.delayed


class ScheduleStatus(Model):
    """A schedule and what it starts."""

    name: str
    expression: str
    function: str
    enabled: bool


class DatabaseStatus(Model):
    """How the database can be reached from this machine."""

    host: str
    port: int
    name: str
    ca_file: str
    superuser_dsn: str
    running: bool = True
    proxy_host: str | None = None
    proxy_port: int | None = None


class ClockMove(Model):
    """What moving the clock led to: the schedules that fell due on the way."""

    now: datetime
    fired: tuple[str, ...] = ()


class SandboxStatus(Model):
    """Everything that runs in a sandbox, and what time it is there."""

    pid: int
    now: datetime
    clock_ahead_s: float
    endpoint: str
    api_url: str
    stripe: str | None = None
    functions: tuple[FunctionStatus, ...] = ()
    queues: tuple[QueueStatus, ...] = ()
    schedules: tuple[ScheduleStatus, ...] = ()
    database: DatabaseStatus | None = None
    token_url: str | None = None
    user_pool_id: str | None = None
    user_pool_client_id: str | None = None


class MailFile(Model):
    """A file that a mail brought; its size is in bytes, its address a path of the API's host."""

    name: str
    media_type: str
    size: int
    path: str


class MailMessage(Model):
    """A mail that was sent in the sandbox."""

    message_id: str
    sent_at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str = ""
    files: tuple[MailFile, ...] = ()


class ReplacedCode(Model):
    """What a sandbox found saved: the files that changed, and why it does not run them, if so."""

    files: tuple[str, ...] = ()
    error: str | None = None


class InvocationResult(Model):
    """What a function answered: its payload, and the kind of error if it failed."""

    payload: Any
    error: str | None = None
    log: str = ""


class Inputs(Model):
    """What `up` applied an account from: another `up` from the same would change nothing.

    Attributes:
        key: what decides the outcome of an apply (`snapshots/fingerprint.py`).
        artifacts: hash of the artifacts that were applied.
    """

    key: str
    artifacts: str


class Applied(Inputs):
    """What a snapshot holds that is to be loaded instead of applying again.

    Attributes:
        state: the Terraform state, as `terraform show -json` gives it.
    """

    state: dict[str, Any]

    @property
    def inputs(self) -> Inputs:
        """What it was applied from, without the state."""
        return Inputs(key=self.key, artifacts=self.artifacts)


class SaveRequest(Model):
    """What to save: everything, or what was applied.

    Attributes:
        path: the file to write.
        stack: name of the stack.
    """

    path: Path
    stack: str
    applied: Applied | None = None
