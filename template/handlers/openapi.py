"""The API document: OpenAPI 3.0.1 out of the routes themselves, as API Gateway imports it.

``python -m handlers.openapi`` prints it. Terraform adds what only it knows: integrations,
authorizer, validators, gateway responses. Each operation says for that: ``x-function`` which
function serves it, ``x-permission`` what the caller needs, ``x-throttle`` how often it may be
called.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handlers.api.http.models import Answer
from handlers.api.http.parsing import MAX_BODY_BYTES
from handlers.api.http.route import ACCEPTED, Route
from handlers.api.http.routing import routes_of
from handlers.app import FUNCTIONS, create_app
from handlers.catalog.machine_scopes import granting

Document = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_PROBLEM_JSON: Final = "application/problem+json"
_PATH_ID: Final = re.compile(r"{(\w+)}")

# An access token of a signed-in person carries this scope, one of a machine those it was given; one
# of an operation's scopes is enough. API Gateway takes identity tokens only where an operation
# names no scope at all.
_USER_SCOPE: Final = "aws.cognito.signin.user.admin"

_PROBLEM: Final = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

_REFUSALS: Final = {
    400: "The request cannot be read, or has a field that is unknown or wrong.",
    401: "There is no valid access token.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "It contradicts the state of things.",
    413: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    415: "The body is not application/json.",
    422: "The request can be read, and makes no sense.",
    429: "Too many requests; try again after the seconds of Retry-After.",
    500: "A fault of ours.",
    503: "Something we need cannot be reached now; try again after the seconds of Retry-After.",
}

_UNKNOWN_KEYS: Final = frozenset({"title", "const", "propertyNames"})

_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeating a request with the same key and body gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document() -> Document:
    """Describe every route of every API function."""
    served = [
        (function, route) for function in FUNCTIONS for route in routes_of(create_app(function))
    ]
    schemas = _schemas([route for _, route in served])
    paths: dict[str, dict[str, Any]] = {}
    for function, route in sorted(served, key=lambda pair: pair[1].path):
        operation = _operation(function, route, schemas)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    queries = {route.query.__name__ for _, route in served if route.query}
    return {
        "openapi": "3.0.1",
        "info": {"title": "Billing API", "version": "v1"},
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": _PROBLEM,
                **{name: schema for name, schema in schemas.items() if name not in queries},
            },
            "securitySchemes": {
                "cognito": {"type": "apiKey", "name": "Authorization", "in": "header"}
            },
        },
    }


def _operation(function: str, route: Route, schemas: Mapping[str, Any]) -> Document:
    parameters = [*_parameters(route, schemas)]
    operation: Document = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": [route.path.split("/")[2]],
        "parameters": parameters,
        "responses": {
            str(route.status): _success(route, route.answer),
            **({} if route.deferred is None else {str(ACCEPTED): _success(route, route.deferred)}),
            **_refusals(route),
        },
        "security": [{"cognito": _scopes(route.permission)}] if route.permission else [],
        "x-function": function,
        "x-amazon-apigateway-request-validator": "all" if route.body else "params",
    }
    if route.body:
        content = {_JSON: {"schema": _ref(route.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.permission:
        operation["x-permission"] = route.permission
    if route.operator_permission:
        operation["x-operator-permission"] = route.operator_permission
    if route.throttle:
        operation["x-throttle"] = {"rate": route.throttle.rate, "burst": route.throttle.burst}
    return operation


def _scopes(permission: str) -> list[str]:
    """Which scopes open a route: that of people, and that of machines if there is one."""
    of_machines = granting(permission)
    return [_USER_SCOPE] if of_machines is None else [_USER_SCOPE, of_machines]


def _success(route: Route, answer: type[Answer]) -> Document:
    success: Document = {
        "description": "Done." if answer is route.answer else "Taken, and done soon.",
        "content": {_JSON: {"schema": _ref(answer)}},
    }
    if route.location:
        where = {"description": "The path of what was created.", "schema": {"type": "string"}}
        success["headers"] = {"Location": where}
    return success


def _parameters(route: Route, schemas: Mapping[str, Any]) -> Iterator[Document]:
    for name in _PATH_ID.findall(route.path):
        # no format: what cannot be an id is one that does not exist, and answered by us
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.query:
        for name, schema in schemas[route.query.__name__]["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}
    if route.method == "POST" and route.permission is not None:
        yield _IDEMPOTENCY_KEY


def _refusals(route: Route) -> dict[str, Document]:
    statuses = {400, 429, 500, 503}
    if route.permission:
        statuses |= {401, 403}
    if _PATH_ID.search(route.path):
        statuses.add(404)
    if route.is_mutating:
        statuses |= {409, 413, 415, 422}
    content = {_PROBLEM_JSON: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        str(status): {"description": _REFUSALS[status], "content": content}
        for status in sorted(statuses)
    }


def _schemas(routes: list[Route]) -> dict[str, Any]:
    taken: list[tuple[type[BaseModel], Any]] = []
    for route in routes:
        taken += [(model, "serialization") for model in (route.answer, route.deferred) if model]
        taken += [(model, "validation") for model in (route.body, route.query) if model]
    _, generated = models_json_schema([*dict.fromkeys(taken)], by_alias=True, ref_template=_REF)
    return {name: _plain(schema) for name, schema in generated["$defs"].items()}


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": _REF.format(model=model.__name__)}


def _plain(schema: Any) -> Any:
    """Take JSON Schema 2020-12 back to what OpenAPI 3.0 and API Gateway's models know.

    A field that may be missing is never null: bodies refuse null, and answers leave it out.
    """
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if key not in _UNKNOWN_KEYS}
    if "properties" in schema:
        # below it, keys are names of fields and not keywords
        plain["properties"] = {name: _plain(s) for name, s in schema["properties"].items()}
    if "const" in schema:
        plain["enum"] = [schema["const"]]
    if plain.get("default", ...) is None:
        del plain["default"]
    return _without_null(plain)


def _without_null(schema: Document) -> Document:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if not choices:
        # OpenAPI 3.0 ignores what stands beside a $ref
        return (
            {"allOf": [{"$ref": rest.pop("$ref")}], **rest}
            if len(rest) > 1 and "$ref" in rest
            else rest
        )
    if len(choices) > 1:
        return {**rest, "anyOf": choices}
    return _without_null({**choices[0], **rest})


def main() -> None:
    """Print the document."""
    json.dump(document(), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
