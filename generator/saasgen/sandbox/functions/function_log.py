"""Where a function's output goes: a file for people, and its group in CloudWatch Logs."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from saasgen.sandbox.state.model import Function


class FunctionLog:
    """The log of one function; its processes write to it at the same time."""

    def __init__(self, function: Function, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._function = function
        self._path = folder / f"{function.name}.log"
        self._lock = Lock()

    def write(self, line: str) -> None:
        """Append one line to the file."""
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def platform(self, kind: str, request_id: str, record: dict[str, Any]) -> str:
        """What the Lambda service itself logs about an invocation, in the function's format."""
        if not self._function.json_logs:
            detail = "".join(f"\t{name}: {value}" for name, value in record.items())
            return f"{kind.upper()} RequestId: {request_id}{detail}"
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "type": f"platform.{kind}",
            "record": {"requestId": request_id} | record,
        }
        return json.dumps(entry)

    def publish(self, stream: str, lines: list[str]) -> None:
        """Put lines into the function's log group, if Terraform has made it."""
        from moto.logs.models import logs_backends

        _, _, _, region, account, *_ = self._function.arn.split(":")
        backend = logs_backends[account][region]
        group = backend.groups.get(self._function.log_group)
        if group is None or not lines:
            return
        if stream not in group.streams:
            backend.create_log_stream(self._function.log_group, stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        backend.put_log_events(self._function.log_group, stream, events)
