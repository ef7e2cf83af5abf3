"""Events, payment intents and charges: what can only be read."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from saasgen.sandbox.stripe.routing import Operation, Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, is_created, page


def _retrieve(kind: str) -> Operation:
    def retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
        return store.get(kind, ids[0])

    return retrieve


def _list_events(store: Store, params: Params, _: Sequence[str]) -> Resource:
    wanted = params.get("types", [params.get("type", "*")])
    found = (
        event
        for event in store.every("event")
        if any(fnmatchcase(event["type"], pattern) for pattern in wanted)
        and is_created(event, params.get("created", {}))
    )
    return page(found, params, "/v1/events")


def _list_charges(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {name: params[name] for name in ("customer", "payment_intent") if name in params}
    return page(store.every("charge", **fields), params, "/v1/charges")


ROUTES = (
    Route(
        "GET",
        "/v1/events",
        "EventListParams",
        _list_events,
        reading("type", "types", "created", "limit", "starting_after"),
    ),
    Route("GET", "/v1/events/{}", "EventRetrieveParams", _retrieve("event")),
    Route(
        "GET",
        "/v1/payment_intents/{}",
        "PaymentIntentRetrieveParams",
        _retrieve("payment_intent"),
    ),
    Route(
        "GET",
        "/v1/charges",
        "ChargeListParams",
        _list_charges,
        reading("customer", "payment_intent", "limit", "starting_after"),
    ),
    Route("GET", "/v1/charges/{}", "ChargeRetrieveParams", _retrieve("charge")),
)
