"""Webhook endpoints: who hears of which events, and the secrets that sign what they hear."""

import secrets
from collections.abc import Sequence

from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, merge_metadata, page

_URL = "/v1/webhook_endpoints"


def _create(store: Store, params: Params, _: Sequence[str]) -> Resource:
    endpoint = register(store, params["url"], params["enabled_events"])
    endpoint["description"] = params.get("description")
    merge_metadata(endpoint, params)
    # only this answer ever shows the secret
    return {**endpoint, "secret": endpoint["secrets"][0]}


def register(store: Store, url: str, enabled_events: Sequence[str] = ("*",)) -> Resource:
    """Tell an address of events from now on."""
    return store.add(
        "webhook_endpoint",
        "we",
        url=url,
        enabled_events=[*enabled_events],
        status="enabled",
        secrets=[_new_secret()],
    )


def roll_secret(endpoint: Resource, *, keep_old: bool) -> str:
    """Give an endpoint a new secret, as the dashboard does.

    Args:
        endpoint: whose.
        keep_old: whether events go on being signed with the old one too, for a time.
    """
    made = _new_secret()
    endpoint["secrets"] = [made, *endpoint["secrets"][:1]] if keep_old else [made]
    return made


def hears(endpoint: Resource, event: Resource) -> bool:
    """Tell whether an endpoint is told of an event."""
    enabled = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in enabled or event["type"] in enabled)


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(24)}"


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("webhook_endpoint", ids[0])


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    return page(store.every("webhook_endpoint"), params, _URL)


def _delete(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.remove(store.get("webhook_endpoint", ids[0]))


ROUTES = (
    Route(
        "POST",
        _URL,
        "WebhookEndpointCreateParams",
        _create,
        reading("url", "enabled_events", "description", "metadata"),
    ),
    Route("GET", _URL, "WebhookEndpointListParams", _list, reading("limit", "starting_after")),
    Route("GET", f"{_URL}/{{}}", "WebhookEndpointRetrieveParams", _retrieve),
    Route("DELETE", f"{_URL}/{{}}", "WebhookEndpointDeleteParams", _delete),
)
