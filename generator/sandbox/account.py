"""The AWS account in the box: every part of a running sandbox, and what can be asked of it."""

from collections.abc import Mapping
from typing import Any

from generator.errors import UserError
from generator.sandbox.aws_server import AwsServer
from generator.sandbox.control import Operation
from generator.sandbox.layout import Layout
from generator.sandbox.models import SandboxStatus
from generator.sandbox.web import LOOPBACK, Request, Response, WebServer


class Account:
    """The parts of one sandbox, started and stopped together.

    Raises:
        UserError: the gateway's port is taken.
    """

    def __init__(self, layout: Layout, gateway_port: int) -> None:
        self._layout = layout
        self._gateway = _listen(self._answer, gateway_port)
        self.gateway_port = self._gateway.port
        self.aws = AwsServer()
        self.aws.start()

    def start(self) -> None:
        """Answer on every port."""
        self._gateway.start()

    def stop(self) -> None:
        """End everything that was started."""

    def operations(self) -> dict[str, Operation]:
        """What the control port offers, by name."""
        return {"status": self._status}

    def _answer(self, _: Request) -> Response:
        return Response(503, b'{"message": "nothing applied yet"}')

    def _status(self, _: Mapping[str, Any]) -> SandboxStatus:
        import os

        return SandboxStatus(
            pid=os.getpid(),
            endpoint=self.aws.endpoint,
            api_url=f"http://{LOOPBACK}:{self.gateway_port}",
        )


def _listen(application: Any, port: int) -> WebServer:
    try:
        return WebServer(application, port, max_body_bytes=10 * 2**20)
    except OSError as error:
        raise UserError(
            f"Port {port} on {LOOPBACK} is in use; stop what uses it, or choose another port "
            "with --port (without it, a free one is taken)."
        ) from error
