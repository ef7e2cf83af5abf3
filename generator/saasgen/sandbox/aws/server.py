"""moto's AWS on a loopback port."""

import logging
from threading import Thread

from werkzeug.serving import make_server

from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.aws import apply_all
from saasgen.sandbox.aws.repeated_requests import AnsweredOnce
from saasgen.sandbox.gate import Gate, Gated

ACCOUNT = "123456789012"


def prepare() -> None:
    """Import what serving takes; that lasts longer than serving's own start."""
    apply_all()
    from moto.moto_server import werkzeug_app  # noqa: F401 - imported to be there


class AwsServer:
    """All AWS APIs of the sandbox, on one port.

    Args:
        gate: what requests pass.
    """

    def __init__(self, gate: Gate | None = None) -> None:
        apply_all()
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            LOOPBACK,
            0,
            Gated(AnsweredOnce(DomainDispatcherApplication(create_backend_app)), gate or Gate()),
            threaded=True,
            request_handler=MotoRequestHandler,
        )

    def start(self) -> None:
        """Serve from now on."""
        Thread(target=self._server.serve_forever, daemon=True, name="aws").start()

    @property
    def port(self) -> int:
        """The port."""
        return self._server.port

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL must be."""
        return f"http://{LOOPBACK}:{self.port}"
