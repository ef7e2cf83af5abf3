"""An account: takes a request as Stripe's API does, and gives its answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qsl

from saasgen.sandbox.clock import system_clock
from saasgen.sandbox.stripe import (
    credit_notes,
    customers,
    events,
    invoice_items,
    invoices,
    payment_methods,
    refunds,
    webhook_endpoints,
)
from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.idempotency import IdempotencyKeys
from saasgen.sandbox.stripe.parameters import check, decode
from saasgen.sandbox.stripe.rendering import render
from saasgen.sandbox.stripe.routing import Route
from saasgen.sandbox.stripe.store import Params, Resource, Store
from saasgen.sandbox.web_server import Request, Response

API_KEY: Final = "sk_test_sandbox"
"""Opens nothing but a stand-in."""

_ROUTES: Final = (
    *customers.ROUTES,
    *payment_methods.ROUTES,
    *invoice_items.ROUTES,
    *invoices.ROUTES,
    *credit_notes.ROUTES,
    *refunds.ROUTES,
    *events.ROUTES,
    *webhook_endpoints.ROUTES,
)


class StripeAccount:
    """One account with its state.

    Args:
        clock: the time.
    """

    def __init__(self, clock: Callable[[], datetime] = system_clock) -> None:
        from stripe import api_version

        self.store = Store(clock, api_version)
        self.api_keys = {API_KEY}
        """What opens it; add and remove to rotate."""
        self._version = api_version
        self._keys = IdempotencyKeys(self.store.now)
        self._requests = count(1)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        request_id = f"req_{next(self._requests):08d}"
        headers = {"Content-Type": "application/json", "Request-Id": request_id}
        key = request.header("Idempotency-Key")
        try:
            self._admit(request)
            status, body, is_replayed = self._answer(request, request_id, key)
        except Fault as fault:
            status, body, is_replayed = fault.status, _json(fault.body), False
        if key:
            headers["Idempotency-Key"] = key
        if is_replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(status, body, tuple(headers.items()))

    def dump(self) -> dict[str, Any]:
        """Its state; no request may run meanwhile."""
        return {
            "store": self.store.dump(),
            "idempotency_keys": self._keys.dump(),
            "api_keys": self.api_keys,
            "request": next(self._requests),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from the state of another one."""
        self.store.restore(kept["store"])
        self._keys.restore(kept["idempotency_keys"])
        self.api_keys = kept["api_keys"]
        self._requests = count(kept["request"])

    def _admit(self, request: Request) -> None:
        presented = (request.header("Authorization") or "").removeprefix("Bearer ")
        if presented not in self.api_keys:
            raise Fault(f"Invalid API Key provided: {presented[:8]}***", status=401)
        version = request.header("Stripe-Version")
        if version not in (None, self._version):
            raise Fault(f"Invalid Stripe API version: {version}")

    def _answer(
        self, request: Request, request_id: str, key: str | None
    ) -> tuple[int, bytes, bool]:
        route, ids = _route(request)
        params = _params(route, request)
        cause = {"id": request_id, "idempotency_key": key}
        if request.method != "POST" or not key:
            return *self._run(route, params, ids, cause), False
        with self._keys.claim(key, _fingerprint(request)) as claim:
            if claim.answer is not None:
                return *claim.answer, True
            answer = self._run(route, params, ids, cause)
            claim.keep(*answer)
            return *answer, False

    def _run(
        self, route: Route, params: Params, ids: Sequence[str], cause: Resource
    ) -> tuple[int, bytes]:
        with self.store.lock:
            self.store.cause = {"id": None, "idempotency_key": None}
            refunds.settle_due(self.store)
            self.store.cause = cause
            try:
                found = route.operation(self.store, params, ids)
                return 200, _json(render(self.store, found, params.get("expand", ())))
            except Fault as fault:
                return fault.status, _json(fault.body)


def _route(request: Request) -> tuple[Route, Sequence[str]]:
    for route in _ROUTES:
        ids = route.ids(request.method, request.path)
        if ids is not None:
            return route, ids
    raise Fault(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)


def _params(route: Route, request: Request) -> dict[str, Any]:
    pairs = [*request.query]
    if request.method == "POST":
        pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
    params = check(route.params, decode(pairs))
    route.refuse_unread(params)
    return params


def _fingerprint(request: Request) -> str:
    return sha256(b"\n".join([request.path.encode(), request.body])).hexdigest()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, default=str).encode()
