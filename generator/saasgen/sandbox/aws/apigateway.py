"""API Gateway: REST APIs imported from an OpenAPI document.

The provider sends `body` with PutRestApi and expects everything API Gateway reads from it:
authorizers, scopes, request validators, models, gateway responses. moto takes paths and
integrations only, so that an API without any authorizer looks fine to the next plan.
"""

import json
from typing import Any

from moto.apigateway.models import APIGatewayBackend, RestAPI

from saasgen.sandbox.aws.patching import Function, around, attribute

_VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
_ANY = "x-amazon-apigateway-any-method"
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}


def apply() -> None:
    """Import the whole document, and honour a disabled default endpoint."""

    def put_rest_api(
        backend: Any,
        function_id: str,
        api_doc: dict[str, Any],
        fail_on_warnings: bool,  # noqa: ARG001 - moto's signature; the document is trusted
        mode: str = "merge",
    ) -> Any:
        api = backend.get_rest_api(function_id)
        if mode == "overwrite":
            _empty(api)
        _Import(backend, api, api_doc).run()
        return api

    attribute(APIGatewayBackend, "put_rest_api", put_rest_api)

    @around(RestAPI, "apply_patch_operations")
    def apply_patch_operations(original: Function, self: Any, operations: list[Any]) -> None:
        original(self, operations)
        for operation in operations:
            if operation["path"] == "/disableExecuteApiEndpoint":
                wanted = str(operation.get("value")).lower()
                self.disableExecuteApiEndpoint = wanted == "true"


def _empty(api: Any) -> None:
    """Drop everything but the root resource, whose id callers already know."""
    api.resources = {}
    root = api.add_child("/")
    del api.resources[root.id]
    root.id = api.root_resource_id
    api.resources[root.id] = root
    api.default = root
    for kept in ("authorizers", "models", "request_validators", "gateway_responses"):
        setattr(api, kept, {})


class _Import:
    """One OpenAPI document on its way into a REST API."""

    def __init__(self, backend: Any, api: Any, document: dict[str, Any]) -> None:
        self.backend = backend
        self.api = api
        self.document = document
        self.components = document.get("components", {})
        self.authorizers: dict[str, Any] = {}
        self.validators: dict[str, Any] = {}

    def run(self) -> None:
        self._describe()
        for name, scheme in self.components.get("securitySchemes", {}).items():
            if "x-amazon-apigateway-authorizer" in scheme:
                self.authorizers[name] = self._authorizer(name, scheme)
        validators = self.document.get("x-amazon-apigateway-request-validators", {})
        for name, checks in validators.items():
            self.validators[name] = self._validator(name, checks)
        for name, schema in self.components.get("schemas", {}).items():
            self.backend.create_model(self.api.id, name, "application/json", "", json.dumps(schema))
        responses = self.document.get("x-amazon-apigateway-gateway-responses", {})
        for kind, response in responses.items():
            self._gateway_response(kind, response)
        for path, item in sorted(self.document["paths"].items()):
            self._path(path, item)

    def _describe(self) -> None:
        info, api = self.document.get("info", {}), self.api
        api.description = info.get("description") or api.description
        api.version = info.get("version") or api.version
        api.api_key_source = self.document.get(
            "x-amazon-apigateway-api-key-source", api.api_key_source
        )
        api.binaryMediaTypes = self.document.get(
            "x-amazon-apigateway-binary-media-types", api.binaryMediaTypes
        )

    def _authorizer(self, name: str, scheme: dict[str, Any]) -> Any:
        stated = scheme["x-amazon-apigateway-authorizer"]
        header = f"method.request.header.{scheme.get('name')}"
        return self.backend.create_authorizer(
            self.api.id,
            name,
            stated["type"].upper(),
            provider_arns=stated.get("providerARNs"),
            auth_type=scheme.get("x-amazon-apigateway-authtype"),
            authorizer_uri=stated.get("authorizerUri"),
            authorizer_credentials=stated.get("authorizerCredentials"),
            identity_source=stated.get("identitySource")
            or (header if scheme.get("in") == "header" else None),
            authorizer_result_ttl=stated.get("authorizerResultTtlInSeconds"),
        )

    def _validator(self, name: str, checks: dict[str, bool]) -> Any:
        return self.backend.create_request_validator(
            self.api.id,
            name,
            checks.get("validateRequestBody", False),
            checks.get("validateRequestParameters", False),
        )

    def _gateway_response(self, kind: str, response: dict[str, Any]) -> None:
        status = response.get("statusCode")
        self.backend.put_gateway_response(
            self.api.id,
            kind,
            str(status) if status else None,
            response.get("responseParameters", {}),
            response.get("responseTemplates", {}),
        )

    def _path(self, path: str, item: dict[str, Any]) -> None:
        resource, walked = self.api.get_resource_for_path("/"), ""
        for part in filter(None, path.split("/")):
            walked += f"/{part}"
            resource = self.api.get_resource_for_path(walked) or self.backend.create_resource(
                self.api.id, resource.id, part
            )
        for verb, operation in item.items():
            name = "ANY" if verb == _ANY else verb.upper()
            if name in (*_VERBS, "ANY"):
                self._method(resource, name, operation, item.get("parameters", []))

    def _method(
        self, resource: Any, verb: str, operation: dict[str, Any], shared: list[Any]
    ) -> None:
        security = {
            name: scopes
            for stated in operation.get("security", self.document.get("security", []))
            for name, scopes in stated.items()
        }
        guard = next((name for name in security if name in self.authorizers), None)
        authorizer = self.authorizers[guard] if guard else None
        key = "x-amazon-apigateway-request-validator"
        validator = self.validators.get(operation.get(key, self.document.get(key, "")))
        self.backend.put_method(
            self.api.id,
            resource.id,
            verb,
            _authorization(authorizer),
            api_key_required=any(self._is_api_key(name) for name in security),
            request_parameters=_parameters(shared + operation.get("parameters", [])) or None,
            request_models=_models(operation) or None,
            operation_name=operation.get("operationId"),
            authorizer_id=authorizer.id if authorizer else None,
            authorization_scopes=(security[guard] or None) if guard else None,
            request_validator_id=validator.id if validator else None,
        )
        for status in operation.get("responses", {}):
            self.backend.put_method_response(
                self.api.id,
                resource.id,
                verb,
                str(status),
                response_models=None,
                response_parameters=None,
            )
        if "x-amazon-apigateway-integration" in operation:
            self._integration(resource, verb, operation["x-amazon-apigateway-integration"])

    def _is_api_key(self, name: str) -> bool:
        scheme = self.components.get("securitySchemes", {}).get(name, {})
        return bool(scheme.get("name") == "x-api-key")

    def _integration(self, resource: Any, verb: str, stated: dict[str, Any]) -> None:
        self.backend.put_integration(
            self.api.id,
            resource.id,
            verb,
            stated["type"].upper(),
            stated.get("uri") or "",
            stated.get("httpMethod"),
            credentials=stated.get("credentials"),
            request_templates=stated.get("requestTemplates"),
            passthrough_behavior=(stated.get("passthroughBehavior") or "when_no_match").upper(),
            timeout_in_millis=stated.get("timeoutInMillis"),
            request_parameters=stated.get("requestParameters"),
            connection_type=stated.get("connectionType"),
        )
        for pattern, response in (stated.get("responses") or {}).items():
            self.backend.put_integration_response(
                self.api.id,
                resource.id,
                verb,
                status_code=str(response["statusCode"]),
                selection_pattern="" if pattern == "default" else pattern,
                response_templates=response.get("responseTemplates") or {},
                response_parameters=response.get("responseParameters") or {},
                content_handling=None,
            )


def _authorization(authorizer: Any) -> str:
    if authorizer is None:
        return "NONE"
    return "COGNITO_USER_POOLS" if authorizer.type == "COGNITO_USER_POOLS" else "CUSTOM"


def _parameters(stated: list[dict[str, Any]]) -> dict[str, bool]:
    return {
        f"method.request.{_LOCATIONS[parameter['in']]}.{parameter['name']}": bool(
            parameter.get("required")
        )
        for parameter in stated
        if parameter.get("in") in _LOCATIONS
    }


def _models(operation: dict[str, Any]) -> dict[str, str]:
    content = operation.get("requestBody", {}).get("content", {})
    return {
        media_type: body.get("schema", {}).get("$ref", "").split("/")[-1] or "Empty"
        for media_type, body in content.items()
    }
