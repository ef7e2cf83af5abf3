"""The stand-in on a loopback port, for functions in other processes."""

from collections.abc import Callable
from typing import Any

import requests

from generator.sandbox.clock import Clock, system_clock
from generator.sandbox.stripe.account import API_KEY, StripeAccount
from generator.sandbox.stripe.store import Resource
from generator.sandbox.stripe.webhook_endpoints import register
from generator.sandbox.stripe.webhooks import Courier, Webhooks
from generator.sandbox.web import LOOPBACK, Request, Response, WebServer

_PATIENCE_S = 30.0


class StripeServer:
    """A stand-in that answers over HTTP and delivers webhooks in the background.

    Args:
        port: 0 for any free port.
        courier: how webhooks are delivered; at once and once each by default.
        clock: the time that it stamps on what happens.
    """

    def __init__(
        self,
        port: int = 0,
        courier: Callable[[Webhooks], Courier] = Courier,
        clock: Clock = system_clock,
    ) -> None:
        self.account = StripeAccount(clock)
        self._courier = courier(Webhooks(self.account.store, _post))
        self._web = WebServer(self._answer, port)
        self.endpoint = f"http://{LOOPBACK}:{self._web.port}"

    def start(self) -> None:
        """Answer from now on."""
        self._courier.start()
        self._web.start()

    def stop(self) -> None:
        """Stop answering and delivering."""
        self._web.stop()
        self._courier.stop()

    @property
    def pending(self) -> int:
        """Webhooks that are still to be delivered."""
        return self._courier.pending

    def listen(self, url: str) -> dict[str, Any]:
        """Tell an address of every event; returns what the stack's secret must hold."""
        with self.account.store.lock:
            endpoint = self._endpoint(url) or register(self.account.store, url)
            return {"apiKey": API_KEY, "webhookSecrets": list(endpoint["secrets"])}

    def _endpoint(self, url: str) -> Resource | None:
        return next(self.account.store.every("webhook_endpoint", url=url), None)

    def _answer(self, request: Request) -> Response:
        response = self.account(request)
        self._courier.collect()
        return response


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    # no redirects: Stripe follows none
    answer = requests.post(
        url, data=body, headers=headers, timeout=_PATIENCE_S, allow_redirects=False
    )
    return answer.status_code
