"""The port that people and clients call: API, token endpoint, the sandbox's own pages."""

import json
from collections.abc import Callable
from typing import Any

from saasgen.sandbox.control import ports
from saasgen.sandbox.gate import Gate
from saasgen.sandbox.gateway.api import Gateway
from saasgen.sandbox.pages import Pages
from saasgen.sandbox.sign_in import token_endpoint
from saasgen.sandbox.web_server import Request, Response, WebServer

_MAX_REQUEST_BYTES = 10 * 2**20


class Entrance:
    """Answers requests from outside, or 503 while its gate is closed.

    Args:
        port: 0 for any free one.
        user_pool: finds the user pool whose machines sign in here; None before it is served.

    Raises:
        UserError: the port is taken.
    """

    def __init__(self, port: int, user_pool: Callable[[], Any | None]) -> None:
        self.gate = Gate()
        self.gateway: Gateway | None = None
        self.pages: Pages | None = None
        self._user_pool = user_pool
        try:
            self._server = WebServer(self._answer, port, max_body_bytes=_MAX_REQUEST_BYTES)
        except OSError as error:
            raise ports.refusal(port, error) from error
        self.port = self._server.port

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()

    def _answer(self, request: Request) -> Response:
        with self.gate.attempt() as admitted:
            if not admitted:
                return _unavailable("The sandbox is being saved.")
            return self._answer_admitted(request)

    def _answer_admitted(self, request: Request) -> Response:
        page = self.pages.answer(request) if self.pages is not None else None
        if page is not None:
            return page
        if request.path == token_endpoint.PATH and (pool := self._user_pool()) is not None:
            return token_endpoint.answer(request, pool)
        if self.gateway is None:
            return _unavailable("Nothing is served yet: run `saasgen sandbox up`.")
        return self.gateway(request)


def _unavailable(message: str) -> Response:
    headers = (("Content-Type", "application/json"), ("Retry-After", "1"))
    return Response(503, json.dumps({"message": message}).encode(), headers)
