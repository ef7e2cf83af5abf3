"""The stand-in on a loopback port, for functions in other processes."""

from collections.abc import Callable, Mapping
from typing import Any

import requests

from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.clock import Clock, system_clock
from saasgen.sandbox.gate import Gate
from saasgen.sandbox.stripe.account import API_KEY, StripeAccount
from saasgen.sandbox.stripe.store import Resource
from saasgen.sandbox.stripe.webhook_endpoints import register
from saasgen.sandbox.stripe.webhooks import Courier, Due, Webhooks
from saasgen.sandbox.web_server import Request, Response, WebServer

_PATIENCE_S = 30.0


class StripeServer:
    """A stand-in that answers over HTTP and delivers webhooks in the background.

    Args:
        port: 0 for any free port.
        courier: how webhooks are delivered; at once and once each by default.
        clock: the time that it stamps on what happens.
        gate: what requests pass.
    """

    def __init__(
        self,
        port: int = 0,
        courier: Callable[[Webhooks], Courier] = Courier,
        clock: Clock = system_clock,
        gate: Gate | None = None,
    ) -> None:
        self.account = StripeAccount(clock)
        self._courier = courier(Webhooks(self.account.store, _post))
        self._gate = gate or Gate()
        self._web = WebServer(self._answer, port)
        self.endpoint = f"http://{LOOPBACK}:{self._web.port}"

    def start(self) -> None:
        """Answer from now on."""
        self._web.start()

    def stop(self) -> None:
        """Stop answering and delivering."""
        self._web.stop()
        self._courier.stop()

    @property
    def deliveries(self) -> Backlog[Due]:
        """The webhooks that are still to be delivered."""
        return self._courier.backlog

    def dump(self) -> dict[str, Any]:
        """The account and its deliveries, while these are held and no request runs."""
        return {"account": self.account.dump(), "due": self._courier.backlog.dump()}

    def restore(self, kept: Mapping[str, Any], moved: tuple[str, str]) -> None:
        """Go on from the state of another stand-in, and hold its deliveries until they are resumed.

        Args:
            kept: what `dump` gave there.
            moved: from which address to which one the API moved: its webhooks move along.
        """
        self.account.restore(kept["account"])
        for endpoint in self.account.store.every("webhook_endpoint"):
            if endpoint["url"].startswith(f"{moved[0]}/"):
                endpoint["url"] = moved[1] + endpoint["url"].removeprefix(moved[0])
        self._courier.backlog.restore(kept["due"])

    def listen(self, url: str) -> dict[str, Any]:
        """Tell an address of every event; returns what the stack's secret must hold."""
        with self.account.store.lock:
            endpoint = self._endpoint(url) or register(self.account.store, url)
            return {"apiKey": API_KEY, "webhookSecrets": list(endpoint["secrets"])}

    def _endpoint(self, url: str) -> Resource | None:
        return next(self.account.store.every("webhook_endpoint", url=url), None)

    def _answer(self, request: Request) -> Response:
        with self._gate.passage():
            response = self.account(request)
            self._courier.collect()
        return response


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    # no redirects: Stripe follows none
    answer = requests.post(
        url, data=body, headers=headers, timeout=_PATIENCE_S, allow_redirects=False
    )
    return answer.status_code
