"""One way to declare a route: what is enforced at run time is what the API document says.

    @route(blueprint, "POST", "/v1/subscriptions", permission="subscriptions:write",
           body=CreateSubscription, answer=Subscription, status=201, throttle=Throttle(25, 50))
    def create_subscription(call: Call, body: CreateSubscription) -> Subscription: ...

A view gets its call, the ids of its path (UUIDs by default), its body and its query; it calls the
domain and shapes the answer. Everything around that is `handlers.api.http.serving`.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from chalice.app import Blueprint, Chalice, Request, Response

from handlers.api.http.models import Answer, Body, Query
from handlers.api.http.route import Method, PathId, Route, Throttle, View
from handlers.api.http.serving import serve
from handlers.catalog.tier import camel


def route(  # noqa: PLR0913 - the one place where a route's facts stand
    blueprint: Blueprint,
    method: Method,
    path: str,
    *,
    answer: type[Answer],
    permission: str | None,
    operator_permission: str | None = None,
    body: type[Body] | None = None,
    query: type[Query] | None = None,
    status: int = 200,
    location: str | None = None,
    throttle: Throttle | None = None,
    path_id: PathId = UUID,
    deferred: type[Answer] | None = None,
) -> Callable[[View], View]:
    """Register a view; the first line of its docstring is the summary in the API document."""

    def register(view: View) -> View:
        declared = Route(
            method=method,
            path=path,
            operation=camel(view.__name__),
            summary=(view.__doc__ or "").partition("\n")[0].rstrip("."),
            view=view,
            answer=answer,
            status=status,
            location=location,
            permission=permission,
            operator_permission=operator_permission,
            body=body,
            query=query,
            throttle=throttle,
            path_id=path_id,
            deferred=deferred,
        )
        # content_types=[]: media types are checked with the body, in our own words
        blueprint.route(path, methods=[method], content_types=[], name=view.__name__)(
            _Served(declared, blueprint)
        )
        return view

    return register


class _Served:
    """A view as Chalice calls it, with the route it was declared by."""

    def __init__(self, declared: Route, blueprint: Blueprint) -> None:
        self.route = declared
        self.__name__ = declared.view.__name__
        self._blueprint = blueprint

    def __call__(self, **parameters: str) -> Response:
        request: Request = self._blueprint.current_request
        return serve(self.route, request, parameters)


def routes_of(app: Chalice) -> Sequence[Route]:
    """List the routes that an app serves, in the order of their declaration."""
    entries: list[Any] = [entry for methods in app.routes.values() for entry in methods.values()]
    return [entry.view_function.route for entry in entries]
