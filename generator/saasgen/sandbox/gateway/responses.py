"""Gateway responses and mock integrations: the answers API Gateway gives by itself."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from saasgen.sandbox.gateway.context import Context
from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.web_server import Response

_DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
_JSON = "application/json"


def rejected(context: Context, rejection: RejectionError) -> Response:
    """The gateway response for a rejected request, as the document defines it."""
    stated = context.api.document.get("x-amazon-apigateway-gateway-responses", {})
    family = "DEFAULT_4XX" if rejection.status < 500 else "DEFAULT_5XX"
    own, common = stated.get(rejection.kind, {}), stated.get(family, {})
    status = int(own.get("statusCode") or common.get("statusCode") or rejection.status)
    templates = own.get("responseTemplates") or common.get("responseTemplates") or {}
    parameters = own.get("responseParameters") or common.get("responseParameters") or {}
    media_type = _JSON if _JSON in templates or not templates else next(iter(templates))
    body = context.render(templates.get(media_type, _DEFAULT_TEMPLATE), rejection)
    headers = {"Content-Type": media_type, "x-amzn-ErrorType": _error_type(rejection.kind)}
    headers |= dict(_headers(context, parameters, "gatewayresponse.header."))
    return Response(status, body.encode(), tuple(headers.items()))


def mocked(context: Context, integration: Mapping[str, Any]) -> Response:
    """The answer of a mock integration.

    The request template only says which status to mock; the response for that status (or the
    default one) says what is answered.
    """
    template = (integration.get("requestTemplates") or {}).get(_JSON, '{"statusCode": 200}')
    try:
        status = str(json.loads(template)["statusCode"])
    except (ValueError, KeyError) as error:
        reason = "the mock's request template has no statusCode"
        raise RejectionError("API_CONFIGURATION_ERROR", reason=reason) from error
    responses = integration.get("responses") or {}
    chosen = next(
        (
            r
            for pattern, r in responses.items()
            if pattern != "default" and re.match(pattern, status)
        ),
        responses.get("default"),
    )
    if chosen is None:
        reason = f"the mock has no response for {status}"
        raise RejectionError("API_CONFIGURATION_ERROR", reason=reason)
    parameters = chosen.get("responseParameters") or {}
    headers = {"Content-Type": _JSON}
    headers |= dict(_headers(context, parameters, "method.response.header."))
    body = context.render((chosen.get("responseTemplates") or {}).get(_JSON) or "")
    return Response(int(chosen["statusCode"]), body.encode(), tuple(headers.items()))


def _headers(
    context: Context, parameters: Mapping[str, str], prefix: str
) -> Iterator[tuple[str, str]]:
    for target, source in parameters.items():
        if target.startswith(prefix):
            value = _value(context, source)
            if value is not None:
                yield target.removeprefix(prefix), value


def _value(context: Context, source: str) -> str | None:
    """A static value in quotes, or one mapped from the request or the context."""
    if source.startswith("'") and source.endswith("'"):
        return source[1:-1]
    if source.startswith("context."):
        return context.variables().get(source.removeprefix("context."))
    if source.startswith("method.request.header."):
        return context.request.header(source.removeprefix("method.request.header."))
    if source.startswith("method.request.querystring."):
        return dict(context.request.query).get(source.removeprefix("method.request.querystring."))
    return None


def _error_type(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_")) + "Exception"
