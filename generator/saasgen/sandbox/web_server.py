"""The HTTP server of the sandbox's own ports: Werkzeug's, with requests and responses as values.

WSGI joins repeated headers and loses the case of their names. API Gateway hands both to a function,
so the server passes a request's headers beside the WSGI environment.
"""

import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug import exceptions, wrappers
from werkzeug.serving import WSGIRequestHandler, make_server

from saasgen.sandbox import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)
_HEADERS = "saasgen.headers"
_MAX_WAITING = 128


@dataclass(frozen=True)
class Request:
    """An HTTP request; header names keep their case, look them up with `header`."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = LOOPBACK
    too_large: bool = False

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None


Application = Callable[[Request], Response]


class WebServer:
    """Serves an application on a loopback port from background threads.

    Args:
        application: answers one request; called from many threads.
        port: 0 for any free port.
        max_body_bytes: a larger body is not read; the request then says `too_large`.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self, application: Application, port: int = 0, max_body_bytes: int = 64 * 2**20
    ) -> None:
        # bound here: Werkzeug ends the process when a port is taken
        with socket.create_server((LOOPBACK, port), backlog=_MAX_WAITING) as listening:
            self._server = make_server(
                LOOPBACK,
                port,
                _as_wsgi(application, max_body_bytes),
                threaded=True,
                request_handler=_Handler,
                fd=listening.fileno(),
            )
        self.port: int = self._server.port

    def start(self) -> None:
        """Answer requests from now on."""
        Thread(target=self._server.serve_forever, daemon=True, name=f"web-{self.port}").start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(WSGIRequestHandler):
    def make_environ(self) -> "WSGIEnvironment":
        return {**super().make_environ(), _HEADERS: tuple(self.headers.items())}

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002, ARG002 - its caller's
        _log.debug(message, *args)


def _as_wsgi(application: Application, max_body_bytes: int) -> "WSGIApplication":
    def respond(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        request = _request(wrappers.Request(environ), max_body_bytes)
        try:
            response = application(request)
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            response = Response(500, b'{"message": "Internal server error"}')
        answer = wrappers.Response(response.body, response.status)
        answer.headers.remove("Content-Type")
        for name, value in response.headers:
            answer.headers.add(name, value)
        return answer(environ, start)

    return respond


def _request(received: wrappers.Request, max_body_bytes: int) -> Request:
    received.max_content_length = max_body_bytes
    try:
        body, too_large = received.get_data(), False
    except exceptions.RequestEntityTooLarge:
        body, too_large = b"", True
    return Request(
        method=received.method,
        path=received.path,
        headers=received.environ[_HEADERS],
        query=tuple(received.args.items(multi=True)),
        body=body,
        source_ip=received.remote_addr or LOOPBACK,
        too_large=too_large,
    )
