"""The one middleware of every API function: problem documents, headers, the log of the request."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from chalice.app import Chalice, Request, Response

from handlers.api.http import encoding
from handlers.platform.base import telemetry
from handlers.platform.base.errors import NotFound, Problem
from handlers.platform.base.settings import settings

GetResponse = Callable[[Request], Response]

HEADERS: Final = {
    "Access-Control-Expose-Headers": "Location,Retry-After,X-Request-Id",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class MethodNotAllowed(Problem):
    """The path exists, but not with this method."""

    status = 405
    title = "Method Not Allowed"

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method} is not possible here; {', '.join(allowed)} is.")
        self._allowed = allowed

    def headers(self) -> dict[str, str]:
        """Name the methods that are possible (RFC 9110, 15.5.6)."""
        return {**super().headers(), "Allow": ", ".join(self._allowed)}


def install(app: Chalice) -> None:
    """Put the envelope around every route of an app."""

    def middleware(request: Request, get_response: GetResponse) -> Response:
        started = perf_counter()
        request_id = _begin(request)
        try:
            _require_route(app, request)
            response = get_response(request)
        except Problem as problem:
            telemetry.bind(error=problem.detail)
            document = encoding.encode(problem.document(request_id))
            response = Response(document, {**problem.headers()}, problem.status)
        # the gateway's own answers name the same origin (terraform/modules/api/cors.tf)
        origin = {"Access-Control-Allow-Origin": settings().required("allowed_origin")}
        response.headers = {**HEADERS, **origin, "X-Request-Id": request_id, **response.headers}
        _log(request, response, started)
        return response

    app.register_middleware(middleware, "http")


def _begin(request: Request) -> str:
    context: dict[str, Any] = request.context
    request_id = str(context.get("requestId") or "")
    telemetry.begin(request.lambda_context, requestId=request_id)
    return request_id


def _require_route(app: Chalice, request: Request) -> None:
    """Look the route up before Chalice does, which answers 405 to a path it does not know."""
    methods = app.routes.get(request.path)
    if not methods:
        raise NotFound("There is nothing at this path.")
    if request.method not in methods:
        raise MethodNotAllowed(request.method, sorted(methods))


def _log(request: Request, response: Response, started: float) -> None:
    telemetry.log.info(
        "Request completed",
        httpMethod=request.method,
        path=request.path,
        statusCode=response.status_code,
        duration=round((perf_counter() - started) * 1000, 1),
    )
