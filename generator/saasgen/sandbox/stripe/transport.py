"""The way from the real SDK to a stand-in in the same process."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stripe import HTTPClient

from saasgen.sandbox.web_server import Application, Request


class InProcessTransport(HTTPClient):
    """Hands requests of the SDK to an application instead of the network.

    Args:
        application: a `StripeAccount`.
    """

    name = "in-process"

    def __init__(self, application: Application) -> None:
        super().__init__()
        self._application = application

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer one request of the SDK."""
        parts = urlsplit(url)
        body = post_data if isinstance(post_data, bytes) else (post_data or "").encode()
        response = self._application(
            Request(
                method=method.upper(),
                path=parts.path,
                headers=tuple((headers or {}).items()),
                query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                body=body,
            )
        )
        return response.body.decode(), response.status, dict(response.headers)

    def close(self) -> None:
        """There is nothing to close."""
