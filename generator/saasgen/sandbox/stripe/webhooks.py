"""Delivering events to webhook endpoints: signed, at least once, in no particular order."""

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

from saasgen.sandbox.backlog import Backlog
from saasgen.sandbox.stripe.store import Resource, Store
from saasgen.sandbox.stripe.webhook_endpoints import hears

Post = Callable[[str, bytes, dict[str, str]], int]
"""Sends a body with headers to an address and returns the status of the answer."""

_log = logging.getLogger(__name__)
_PAUSES_S: Final = (1, 2, 5, 10, 30)
"""After each failure; Stripe's own grow to hours over three days."""


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    event: Resource
    endpoint: Resource

    @property
    def body(self) -> bytes:
        """What is sent."""
        return json.dumps(self.event, indent=2).encode()

    def headers(self) -> dict[str, str]:
        """The headers, signed with each of the endpoint's secrets, by the real time."""
        from stripe import WebhookSignature

        moment = int(time.time())
        signed = [
            WebhookSignature.generate_signature_header(self.body.decode(), secret, moment)
            for secret in self.endpoint["secrets"]
        ]
        signatures = [header.partition(",")[2] for header in signed]
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": ",".join([f"t={moment}", *signatures]),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }


class Webhooks:
    """Keeps what is to be delivered.

    Args:
        store: whose events.
        post: the way to the endpoints.
    """

    def __init__(self, store: Store, post: Post) -> None:
        self._store = store
        self._post = post
        self._waiting: list[Delivery] = []
        self._lock = Lock()
        store.on_event = self._take

    def _take(self, event: Resource) -> None:
        for endpoint in self._store.every("webhook_endpoint"):
            if hears(endpoint, event):
                event["pending_webhooks"] += 1
                with self._lock:
                    self._waiting.append(Delivery(event, endpoint))

    def take_waiting(self) -> list[Delivery]:
        """Take out what waits, in the order it happened."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def send(self, delivery: Delivery) -> bool:
        """Deliver once; tells whether the endpoint took it."""
        status = self._post(delivery.endpoint["url"], delivery.body, delivery.headers())
        return 200 <= status < 300

    def deliver(self, *, shuffle: random.Random | None = None, copies: int = 1) -> list[Delivery]:
        """Deliver what waits, and return what was not taken.

        Args:
            shuffle: puts them in another order.
            copies: how often each is delivered.
        """
        taken = self.take_waiting() * copies
        if shuffle is not None:
            shuffle.shuffle(taken)
        return [delivery for delivery in taken if not self.send(delivery)]


class Due(NamedTuple):
    """A delivery, and how often it has failed."""

    delivery: Delivery
    failures: int = 0


class Courier:
    """Delivers in the background, and again what was not taken.

    Args:
        webhooks: what is to be delivered.
        delay_s: how long each event waits at most, drawn anew for each: so their order changes.
        duplicates: the share of events that are delivered twice.
    """

    def __init__(self, webhooks: Webhooks, delay_s: float = 0.0, duplicates: float = 0.0) -> None:
        self._webhooks = webhooks
        self._delay_s = delay_s
        self._duplicates = duplicates
        self._chance = random.Random()  # noqa: S311 - the order of webhooks is no secret
        self.backlog: Backlog[Due] = Backlog(self._deliver, 1, "stripe-webhooks")
        """Deliveries that are neither taken nor given up."""

    def stop(self) -> None:
        """Deliver nothing more."""
        self.backlog.close()

    def collect(self) -> None:
        """Send off what waits; called after each request."""
        for delivery in self._webhooks.take_waiting():
            for _ in range(2 if self._chance.random() < self._duplicates else 1):
                self.backlog.add(Due(delivery), self._chance.uniform(0, self._delay_s))

    def _deliver(self, due: Due) -> tuple[Due, float] | None:
        delivery, failures = due
        if self._taken(delivery):
            delivery.event["pending_webhooks"] = max(0, delivery.event["pending_webhooks"] - 1)
        elif failures < len(_PAUSES_S):
            return Due(delivery, failures + 1), _PAUSES_S[failures]
        else:
            _log.warning("webhook of %s given up", delivery.event["id"])
        return None

    def _taken(self, delivery: Delivery) -> bool:
        try:
            return self._webhooks.send(delivery)
        except OSError as error:
            _log.info("webhook of %s not delivered: %s", delivery.event["id"], error)
            return False
