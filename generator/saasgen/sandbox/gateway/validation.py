"""Request validators: required parameters, and the body against its JSON schema (draft 4)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]

from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.gateway.routes import Match, Route
from saasgen.sandbox.web_server import Request

_VALIDATOR = "x-amazon-apigateway-request-validator"


class Validation:
    """Validates requests as a document says."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._default = document.get(_VALIDATOR)
        self._validators = document.get(f"{_VALIDATOR}s", {})
        self._components = document.get("components", {})
        self._schemas: dict[tuple[str, str, str], Draft4Validator] = {}

    def check(self, match: Match, request: Request) -> None:
        """Let a valid request pass.

        Raises:
            RejectionError: BAD_REQUEST_PARAMETERS or BAD_REQUEST_BODY.
        """
        name = match.route.operation.get(_VALIDATOR, self._default)
        checks = self._validators.get(name, {})
        if checks.get("validateRequestParameters"):
            _check_parameters(match, request)
        if checks.get("validateRequestBody"):
            self._check_body(match.route, request)

    def _check_body(self, route: Route, request: Request) -> None:
        media_type = (request.header("Content-Type") or "application/json").split(";")[0].strip()
        content = route.operation.get("requestBody", {}).get("content", {})
        schema = content.get(media_type, {}).get("schema")
        if schema is None:
            return  # API Gateway validates the media types it has a model for
        try:
            body = json.loads(request.body)
        except ValueError as error:
            message = f"[body is not JSON: {error}]"
            raise RejectionError("BAD_REQUEST_BODY", validation_error=message) from error
        key = (route.path, route.verb, media_type)
        if key not in self._schemas:
            self._schemas[key] = Draft4Validator({**schema, "components": self._components})
        errors = sorted(self._schemas[key].iter_errors(body), key=lambda e: list(map(str, e.path)))
        if errors:
            found = ", ".join(_describe(error) for error in errors)
            raise RejectionError("BAD_REQUEST_BODY", validation_error=f"[{found}]")


def _check_parameters(match: Match, request: Request) -> None:
    missing = [
        parameter["name"]
        for parameter in match.route.parameters
        if parameter.get("required") and not _value(parameter, match, request)
    ]
    if missing:
        message = f"Missing required request parameters: [{', '.join(missing)}]"
        raise RejectionError("BAD_REQUEST_PARAMETERS", message)


def _value(parameter: Mapping[str, Any], match: Match, request: Request) -> str | None:
    name = parameter["name"]
    if parameter["in"] == "path":
        return match.path_parameters.get(name)
    if parameter["in"] == "header":
        return request.header(name)
    return dict(request.query).get(name)


def _describe(error: ValidationError) -> str:
    """An error in the words of API Gateway's validator, which names no field but its own way."""
    value: Any = error.validator_value
    if error.validator == "required":
        missing = sorted(name for name in value if name not in error.instance)
        return f"object has missing required properties ({_quoted(missing)})"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        extra = sorted(name for name in error.instance if name not in known)
        return (
            f"object instance has properties which are not allowed by the schema: {_quoted(extra)}"
        )
    where = "".join(f"/{part}" for part in error.absolute_path)
    return f"{where or '/'}: {error.message}"


def _quoted(names: Iterable[str]) -> str:
    return json.dumps(list(names), separators=(",", ":"))
