"""`Sandbox`: the running sandbox of a stack, as the commands see it."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from pydantic import ValidationError

from generator.errors import OutsideFailure, UserError
from generator.sandbox.layout import Layout
from generator.sandbox.models import DaemonRecord, SandboxStatus, Startup
from generator.sandbox.web import LOOPBACK

_STOP_TIMEOUT_S = 20.0


class Sandbox:
    """The sandbox of the stack in `stack_dir`, running or not."""

    def __init__(self, stack_dir: Path) -> None:
        self._layout = Layout(stack_dir.resolve())

    def start(self, port: int | None = None) -> None:
        """Start the daemon and wait until it answers; does nothing when it runs already.

        Args:
            port: the API's port; any free one by default.

        Raises:
            UserError: the port is in use.
            OutsideFailure: the daemon did not come up.
        """
        record = self._record()
        if record and self.running:
            if port not in (None, 0, record.gateway_port):
                raise UserError(
                    f"The sandbox of {self._layout.stack} runs already, with its API on port "
                    f"{record.gateway_port}: stop it first to move it to port {port}."
                )
            return
        self._layout.record.unlink(missing_ok=True)
        startup = _launch(self._layout, port or 0)
        if startup.error is not None:
            kind = UserError if startup.user_error else OutsideFailure
            raise kind(startup.error)

    def stop(self) -> None:
        """Stop the daemon with everything it runs; does nothing when none runs."""
        record = self._record()
        if not record or not self.running:
            self._layout.record.unlink(missing_ok=True)
            return
        self._ask("stop")
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        while _alive(record.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if _alive(record.pid):
            os.kill(record.pid, 9)
        self._layout.record.unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        """Whether the daemon is there and answers."""
        if self._record() is None:
            return False
        try:
            self._ask("status")
        except OutsideFailure:
            return False
        return True

    def status(self) -> SandboxStatus:
        """What runs in the sandbox.

        Raises:
            UserError: it does not run.
        """
        return SandboxStatus.model_validate(self._ask("status"))

    def environment(self) -> dict[str, str]:
        """The environment in which Terraform and boto3 reach the sandbox instead of AWS.

        The user's own AWS configuration is left out of it: a profile may name another endpoint.
        """
        record = self._running_record()
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

    def _record(self) -> DaemonRecord | None:
        try:
            return DaemonRecord.model_validate_json(self._layout.record.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _running_record(self) -> DaemonRecord:
        record = self._record()
        if record is None:
            raise UserError(
                f"The sandbox of {self._layout.stack} does not run: start it with "
                "`saasgen sandbox up`."
            )
        return record

    def _ask(self, operation: str, timeout_s: float = 30.0, **arguments: Any) -> Any:
        record = self._running_record()
        request = HttpRequest(
            f"http://{LOOPBACK}:{record.control_port}/{operation}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {record.token}"},
            method="POST",
        )
        try:
            with urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - see above
                return json.load(answer)
        except HTTPError as error:
            raise _failure(operation, error) from error
        except (URLError, OSError) as error:
            raise OutsideFailure(
                f"The sandbox of {self._layout.stack} does not answer ({error}); its log is "
                f"{self._layout.daemon_log}. Start it again with `saasgen sandbox up`."
            ) from error


def _failure(operation: str, error: HTTPError) -> Exception:
    try:
        answer = json.load(error)
    except ValueError:
        answer = {}
    message = str(answer.get("error", error))
    if answer.get("user_error"):
        return UserError(message)
    return OutsideFailure(f"The sandbox could not {operation}: {message}")


def _launch(layout: Layout, port: int) -> Startup:
    """Start a daemon in a session of its own and hear from it whether it came up."""
    layout.logs.mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "generator.sandbox.daemon", "--stack", str(layout.stack)]
    command += ["--gateway-port", str(port), "--report-fd", str(write_end)]
    with layout.daemon_log.open("ab") as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(write_end,),
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"AWS_EC2_METADATA_DISABLED": "true"},
        )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        answer = pipe.read()
    if not answer:
        raise OutsideFailure(f"The sandbox did not come up: see {layout.daemon_log}.")
    return Startup.model_validate_json(answer)


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):  # it is only our child if this process started it
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
