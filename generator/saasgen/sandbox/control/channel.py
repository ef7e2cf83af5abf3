"""How a command asks a daemon: JSON over its control port, whose address and token it leaves."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from pydantic import ValidationError

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import DaemonRecord


class Channel:
    """The commands' end of the control port of a sandbox.

    Args:
        layout: where the sandbox's files are.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def record(self) -> DaemonRecord | None:
        """What the daemon said about itself; None where none runs and none was killed."""
        try:
            return DaemonRecord.model_validate_json(self._layout.record.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def require_record(self) -> DaemonRecord:
        """What the daemon said about itself.

        Raises:
            UserError: none was started.
        """
        record = self.record()
        if record is None:
            raise UserError(
                f"{self._layout.title} does not run: start it with "
                f"`saasgen sandbox up{self._layout.option}`."
            )
        return record

    def ask(self, operation: str, patience_s: float = 30.0, **arguments: Any) -> Any:
        """Ask for an operation and return its answer.

        Args:
            operation: its name (`Account.operations`).
            patience_s: how long it may take.
            arguments: ready for JSON.

        Raises:
            UserError: the sandbox does not run, or refuses.
            OutsideFailure: it does not answer, or fails.
        """
        record = self.require_record()
        request = Request(
            f"http://{LOOPBACK}:{record.control_port}/{operation}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {record.token}"},
            method="POST",
        )
        try:
            with urlopen(request, timeout=patience_s) as answer:  # noqa: S310 - our own
                return json.load(answer)
        except HTTPError as error:
            raise _failure(operation, error) from error
        except (URLError, OSError) as error:
            raise OutsideFailure(
                f"{self._layout.title} does not answer ({error}); its log is "
                f"{self._layout.daemon_log}. Start it again with "
                f"`saasgen sandbox up{self._layout.option}`."
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
