import json
from typing import Any

import pytest

from tests.generator.sandbox.conftest import Aws

SCOPE = "aws.cognito.signin.user.admin"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "billing", "version": "1", "description": "Billing"},
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-gateway-responses": {
        "UNAUTHORIZED": {
            "statusCode": 401,
            "responseTemplates": {"application/json": '{"status": 401}'},
        }
    },
    "components": {
        "securitySchemes": {
            "cognito": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/p"],
                },
            }
        },
        "schemas": {"Tenant": {"type": "object", "required": ["name"]}},
    },
    "paths": {
        "/v1/tenants": {
            "post": {
                "operationId": "createTenant",
                "x-amazon-apigateway-request-validator": "all",
                "security": [{"cognito": [SCOPE]}],
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": True}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}
                    }
                },
                "responses": {"201": {"description": "created"}},
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
                },
            },
            "options": {
                "responses": {"204": {"description": "preflight"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 204}'},
                    "responses": {"default": {"statusCode": "204"}},
                },
            },
        }
    },
}


class Api:
    """An API in an account, made the way Terraform makes one."""

    def __init__(self, aws: Aws) -> None:
        self.client = aws("apigateway")
        self.id = self.client.create_rest_api(name="billing")["id"]
        self.put(DOCUMENT)

    def put(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.client.put_rest_api(restApiId=self.id, mode="overwrite", body=body)

    def method(self, verb: str) -> dict[str, Any]:
        resources = self.client.get_resources(restApiId=self.id)["items"]
        [resource] = [r["id"] for r in resources if r["path"] == "/v1/tenants"]
        return self.client.get_method(restApiId=self.id, resourceId=resource, httpMethod=verb)


@pytest.fixture
def api(aws: Aws) -> Api:
    return Api(aws)


def test_import_makes_the_authorizer_and_requires_its_scopes(api: Api) -> None:
    [authorizer] = api.client.get_authorizers(restApiId=api.id)["items"]
    method = api.method("POST")
    assert authorizer["type"] == "COGNITO_USER_POOLS"
    assert method["authorizationType"] == "COGNITO_USER_POOLS"
    assert method["authorizerId"] == authorizer["id"]
    assert method["authorizationScopes"] == [SCOPE]


def test_import_makes_validators_models_and_parameters(api: Api) -> None:
    [validator] = api.client.get_request_validators(restApiId=api.id)["items"]
    method = api.method("POST")
    assert validator["validateRequestBody"] is True
    assert method["requestValidatorId"] == validator["id"]
    assert method["requestModels"] == {"application/json": "Tenant"}
    assert method["requestParameters"] == {"method.request.header.Idempotency-Key": True}
    model = api.client.get_model(restApiId=api.id, modelName="Tenant")
    assert json.loads(model["schema"]) == {"type": "object", "required": ["name"]}


def test_import_makes_gateway_responses(api: Api) -> None:
    found = api.client.get_gateway_response(restApiId=api.id, responseType="UNAUTHORIZED")
    assert found["statusCode"] == "401"


def test_import_makes_mock_integrations(api: Api) -> None:
    integration = api.method("OPTIONS")["methodIntegration"]
    assert integration["type"] == "MOCK"
    assert integration["integrationResponses"]["204"]["statusCode"] == "204"


def test_second_import_replaces_the_first_and_keeps_the_root(api: Api) -> None:
    root = api.client.get_rest_api(restApiId=api.id)["rootResourceId"]
    api.put(DOCUMENT | {"x-amazon-apigateway-request-validators": {}})
    assert api.client.get_request_validators(restApiId=api.id)["items"] == []
    assert len(api.client.get_authorizers(restApiId=api.id)["items"]) == 1
    resources = {r["path"]: r["id"] for r in api.client.get_resources(restApiId=api.id)["items"]}
    assert resources["/"] == root


def test_disabled_default_endpoint_is_reported(api: Api) -> None:
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}
    api.client.update_rest_api(restApiId=api.id, patchOperations=[operation])
    assert api.client.get_rest_api(restApiId=api.id)["disableExecuteApiEndpoint"] is True


def test_method_settings_of_a_deep_resource_come_and_go(api: Api) -> None:
    deployment = api.client.create_deployment(restApiId=api.id)["id"]
    named = {"restApiId": api.id, "stageName": "dev"}
    api.client.create_stage(**named, deploymentId=deployment)
    path = "/v1~1tenants/POST"
    operation = {"op": "replace", "path": f"{path}/throttling/rateLimit", "value": "10"}
    api.client.update_stage(**named, patchOperations=[operation])
    settings = api.client.get_stage(**named)["methodSettings"]
    assert settings["v1/tenants/POST"]["throttlingRateLimit"] == 10.0
    api.client.update_stage(**named, patchOperations=[{"op": "remove", "path": path}])
    assert api.client.get_stage(**named).get("methodSettings", {}) == {}
