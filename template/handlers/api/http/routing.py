"""One way to declare a route: what is enforced at run time is what the API document says.

    @route("POST", "/v1/subscriptions", permission="subscriptions:write",
           body=CreateSubscription, answer=Subscription, status=201, throttle=Throttle(25, 50))
    def create_subscription(call: Call, body: CreateSubscription) -> Subscription: ...

A view gets its call, the ids of its path (UUIDs by default), its body and its query; it calls the
domain and returns the answer. Everything around that is `handlers.api.http.serving`.

A declaration belongs to the module that it is in. `bind` adds the routes of a module to an app, as
often as it is called: no app shares anything with another one (docs/adr/0005).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from chalice.app import Chalice, Response
from pydantic.alias_generators import to_camel

from handlers.api.http.models import Answer, Body, Query
from handlers.api.http.route import Method, PathId, Route, Throttle, View
from handlers.api.http.serving import serve

_DECLARED: Final[defaultdict[str, list[Route]]] = defaultdict(list)


def route(  # noqa: PLR0913 - the one place where a route's facts stand
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
    """Declare a view; the first line of its docstring is the summary in the API document."""

    def declare(view: View) -> View:
        declared = Route(
            method=method,
            path=path,
            operation=to_camel(view.__name__),
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
        _DECLARED[view.__module__].append(declared)
        return view

    return declare


def bind(app: Chalice, module: str) -> None:
    """Add the routes that a module declares to an app.

    Args:
        app: The app that serves them.
        module: The module's whole name; it has been imported.
    """
    for declared in _DECLARED[module]:
        # content_types=[]: media types are checked with the body, in our own words
        app.route(
            declared.path,
            methods=[declared.method],
            content_types=[],
            name=declared.view.__name__,
        )(_Served(declared, app))


class _Served:
    """A view as Chalice calls it, with the route it was declared by."""

    def __init__(self, declared: Route, app: Chalice) -> None:
        self.route = declared
        self.__name__ = declared.view.__name__
        self._app = app

    def __call__(self, **parameters: str) -> Response:
        request: Any = self._app.current_request  # there is one while a view runs
        return serve(self.route, request, parameters)


def routes_of(app: Chalice) -> Sequence[Route]:
    """List the routes that an app serves, in the order of their declaration."""
    entries: list[Any] = [entry for methods in app.routes.values() for entry in methods.values()]
    return [entry.view_function.route for entry in entries]
