"""A small HTTP server for the sandbox's own ports: requests in, responses out, no framework."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, unquote, urlsplit

_log = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
_WITHOUT_BODY = {204, 304}
_DISCARDED_BYTES = 64 * 2**20


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
        self._server = _Server((LOOPBACK, port), _Handler)
        self._server.application = application
        self._server.max_body_bytes = max_body_bytes
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        """Answer requests from now on."""
        Thread(target=self._server.serve_forever, daemon=True, name=f"web-{self.port}").start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    application: Application
    max_body_bytes: int


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "saasgen-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks for do_GET and its like; every method is answered alike.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(Response(411, b'{"message": "Send a Content-Length"}'))
            return
        request = self._request()
        try:
            response = self.server.application(request)
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            response = Response(500, b'{"message": "Internal server error"}')
        self._send(response)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        stated = self.headers.get("Content-Length") or "0"
        length = int(stated) if stated.isdecimal() else 0
        too_large = length > self.server.max_body_bytes
        if too_large or not stated.isdecimal():
            self.close_connection = True
        if too_large:
            self._discard(min(length, _DISCARDED_BYTES))
        return Request(
            method=self.command,
            path=unquote(parts.path),
            headers=tuple(self.headers.items()),
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            body=b"" if too_large else self.rfile.read(length),
            source_ip=self.client_address[0],
            too_large=too_large,
        )

    def _discard(self, length: int) -> None:
        """Read on for a while: a client hears an answer only after it has sent its body."""
        while length > 0 and (chunk := self.rfile.read(min(length, 64 * 1024))):
            length -= len(chunk)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status not in _WITHOUT_BODY:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status not in _WITHOUT_BODY:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        _log.debug(format, *args)
