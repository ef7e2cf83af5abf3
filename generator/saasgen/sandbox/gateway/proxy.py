"""The Lambda proxy integration: requests as events, answers as responses.

Source: "Lambda proxy integrations in API Gateway", API Gateway developer guide.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from saasgen.sandbox.gateway.authorizer import rendered
from saasgen.sandbox.gateway.context import Context
from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.web_server import Request, Response

_ANSWER_KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def event(context: Context) -> dict[str, Any]:
    """The event of a request."""
    request, api, match = context.request, context.api, context.match
    if match is None:
        raise ValueError("a request without a route has no event")
    headers = _forwarded(context)
    encoded = _is_binary(request, api.binary_media_types)
    return {
        "resource": match.route.path,
        "path": context.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": _all(headers),
        "queryStringParameters": _last(request.query),
        "multiValueQueryStringParameters": _all(request.query),
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(api.stage_variables) or None,
        "requestContext": _request_context(context, match.route.path),
        "body": _body(request, encoded),
        "isBase64Encoded": encoded,
    }


def response(answer: Any, context: Context) -> Response:
    """The response for what a function answered.

    Raises:
        RejectionError: the answer has not the shape of a proxy response.
    """
    if not isinstance(answer, dict) or answer.keys() - _ANSWER_KEYS:
        raise _malformed("it must be an object with no other keys than those of the format")
    status = answer.get("statusCode")
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise _malformed("statusCode must be a status code")
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise _malformed("body must be a string")
    headers = [*_single(answer.get("headers")), *_multiple(answer.get("multiValueHeaders"))]
    names = {name.lower() for name, _ in headers}
    if "content-type" not in names:
        headers.append(("Content-Type", "application/json"))
    headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
    headers.append(("x-amzn-RequestId", context.request_id))
    content = (body or "").encode()
    if answer.get("isBase64Encoded") and _answers_binary(headers, context):
        try:
            content = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise _malformed("body is not base64") from error
    return Response(status, content, tuple(headers))


def _malformed(reason: str) -> RejectionError:
    return RejectionError("DEFAULT_5XX", reason=f"malformed Lambda proxy response: {reason}")


def _forwarded(context: Context) -> list[tuple[str, str]]:
    """The request's headers and those that API Gateway adds."""
    request = context.request
    own = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"}
    headers = [(name, value) for name, value in request.headers if name.lower() not in own]
    port = (request.header("Host") or "").partition(":")[2] or "80"
    return [
        *headers,
        ("X-Amzn-Trace-Id", context.trace_header),
        ("X-Forwarded-For", request.source_ip),
        ("X-Forwarded-Port", port),
        ("X-Forwarded-Proto", "http"),
    ]


def _request_context(context: Context, resource_path: str) -> dict[str, Any]:
    api, request = context.api, context.request
    identity: dict[str, Any] = dict.fromkeys(_IDENTITY)
    identity["sourceIp"] = request.source_ip
    identity["userAgent"] = request.header("User-Agent")
    described: dict[str, Any] = {
        "accountId": context.account,
        "apiId": api.api_id,
        "domainName": request.header("Host"),
        "domainPrefix": api.api_id,
        "extendedRequestId": context.extended_id,
        "httpMethod": request.method,
        "identity": identity,
        "path": f"/{api.stage}{context.path}",
        "protocol": "HTTP/1.1",
        "requestId": context.request_id,
        "requestTime": context.variables()["requestTime"],
        "requestTimeEpoch": int(context.arrived.timestamp() * 1000),
        "resourceId": f"{abs(hash(resource_path)) % 36**6:06x}",
        "resourcePath": resource_path,
        "stage": api.stage,
    }
    if context.claims is not None:
        described["authorizer"] = {"claims": rendered(context.claims)}
    return described


def _last(pairs: Iterable[tuple[str, str]]) -> dict[str, str] | None:
    return dict(pairs) or None


def _all(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found or None


def _is_binary(request: Request, binary_media_types: Iterable[str]) -> bool:
    media_type = (request.header("Content-Type") or "").split(";")[0].strip()
    return bool(request.body) and _matches(media_type, binary_media_types)


def _answers_binary(headers: Iterable[tuple[str, str]], context: Context) -> bool:
    types = [value.split(";")[0] for name, value in headers if name.lower() == "content-type"]
    return any(_matches(kind, context.api.binary_media_types) for kind in types)


def _matches(media_type: str, patterns: Iterable[str]) -> bool:
    family = media_type.split("/", maxsplit=1)[0]
    return any(pattern in {"*/*", media_type, f"{family}/*"} for pattern in patterns)


def _body(request: Request, encoded: bool) -> str | None:
    if not request.body:
        return None
    if encoded:
        return base64.b64encode(request.body).decode()
    return request.body.decode("utf-8", "replace")


def _single(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, Mapping) or any(
        isinstance(v, (dict, list)) for v in headers.values()
    ):
        raise _malformed("headers must be an object of strings")
    return [(name, _text(value)) for name, value in headers.items() if value is not None]


def _multiple(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, Mapping) or any(not isinstance(v, list) for v in headers.values()):
        raise _malformed("multiValueHeaders must be an object of lists")
    return [(name, _text(value)) for name, values in headers.items() for value in values]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
