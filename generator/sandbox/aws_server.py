"""moto's AWS on a loopback port."""

import logging

from generator.sandbox.aws import apply_all
from generator.sandbox.web import LOOPBACK

ACCOUNT = "123456789012"


class AwsServer:
    """All AWS APIs of the sandbox, on one port."""

    def __init__(self) -> None:
        apply_all()
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(LOOPBACK, 0, verbose=False)

    def start(self) -> None:
        """Serve from now on."""
        self._server.start()

    @property
    def port(self) -> int:
        """The port; known once started."""
        return int(self._server.get_host_and_port()[1])

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL must be."""
        return f"http://{LOOPBACK}:{self.port}"
