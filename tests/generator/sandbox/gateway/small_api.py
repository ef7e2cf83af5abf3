"""A small API and what stands behind it, for the tests of the gateway."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.gateway.api import Gateway
from saasgen.sandbox.state.model import Api
from saasgen.sandbox.web_server import Request, Response

POOL = "us-east-1_pool"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
SCOPE = "aws.cognito.signin.user.admin"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:tenants:live"
INTEGRATION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
    "timeoutInMillis": 300,
}
PROBLEM = (
    '{"status":401,"title":$context.error.messageString,"requestId":"$context.requestId",'
    '"detail":"$context.error.validationErrorString"}'
)
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "billing", "version": "1"},
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-gateway-responses": {
        kind: {
            "responseTemplates": {"application/json": PROBLEM},
            "responseParameters": {
                "gatewayresponse.header.Content-Type": "'application/problem+json'",
                "gatewayresponse.header.X-Origin": "method.request.header.Origin",
            },
        }
        for kind in ("UNAUTHORIZED", "BAD_REQUEST_BODY")
    }
    | {
        "THROTTLED": {"responseParameters": {"gatewayresponse.header.Retry-After": "'1'"}},
        "MISSING_AUTHENTICATION_TOKEN": {"statusCode": 404},
    },
    "components": {
        "securitySchemes": {
            "cognito": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{POOL}"],
                },
            }
        },
        "schemas": {
            "Name": {"type": "string", "minLength": 1},
            "Tenant": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"$ref": "#/components/schemas/Name"}},
            },
        },
    },
    "paths": {
        "/v1/tenants": {
            "get": {
                "security": [{"cognito": [SCOPE]}],
                "x-amazon-apigateway-integration": INTEGRATION,
            },
            "post": {
                "security": [{"cognito": [SCOPE, "billing/tenants.write"]}],
                "x-amazon-apigateway-request-validator": "all",
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": True}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}
                    }
                },
                "x-amazon-apigateway-integration": INTEGRATION,
            },
            "options": {
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 204}'},
                    "responses": {
                        "default": {
                            "statusCode": "204",
                            "responseParameters": {
                                "method.response.header.Access-Control-Allow-Origin": "'*'"
                            },
                        }
                    },
                }
            },
        },
        "/v1/tenants/{id}": {"get": {"x-amazon-apigateway-integration": INTEGRATION}},
        "/v1/tenants/self": {"get": {"x-amazon-apigateway-integration": INTEGRATION}},
        "/v1/me": {
            "get": {"security": [{"cognito": []}], "x-amazon-apigateway-integration": INTEGRATION}
        },
        "/v1/files/{path+}": {"get": {"x-amazon-apigateway-integration": INTEGRATION}},
    },
}


class Pools:
    def keys(self, pool_id: str) -> list[dict[str, Any]]:
        assert pool_id == POOL
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return [public | {"kid": "dummy", "alg": "RS256"}]

    def clients(self, pool_id: str) -> frozenset[str]:
        return frozenset({"web"})


def token(key: rsa.RSAPrivateKey = KEY, **claims: Any) -> str:
    stated = {
        "iss": ISSUER,
        "sub": "user-1",
        "client_id": "web",
        "token_use": "access",
        "scope": SCOPE,
        # parametrised tokens are made when tests are collected, long before the last one runs
        "exp": int(time.time()) + 24 * 3600,
        "tenant_id": "t-1",
        "cognito:groups": ["admin", "auditor"],
    }
    payload = {k: v for k, v in (stated | claims).items() if v is not None}
    return jwt.encode(payload, key, algorithm="RS256", headers={"kid": "dummy"})


class Calls:
    """The function behind the API: remembers events, answers what a test wants."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.traces: list[str] = []
        self.answer: Any = {"statusCode": 200, "body": "{}"}
        self.behave: Callable[[], None] = lambda: None
        self.error: str | None = None

    def __call__(self, function_arn: str, event: Any, trace_header: str) -> Outcome:
        assert function_arn == FUNCTION
        self.events.append(event)
        self.traces.append(trace_header)
        self.behave()
        return Outcome(json.dumps(self.answer), self.error)


def api(**settings: Any) -> Api:
    described = {
        "api_id": "abc123",
        "name": "billing",
        "document": DOCUMENT,
        "stage": "dev",
        "stage_variables": {"alias": "live"},
        "throttles": {},
        "binary_media_types": (),
    }
    return Api(**(described | settings))


def ask(
    gateway: Gateway,
    method: str,
    path: str,
    *,
    auth: str | None = None,
    body: Any = None,
    **more: Any,
) -> Response:
    headers = [("Host", "127.0.0.1:8000"), *more.pop("headers", ())]
    if auth is not None:
        headers.append(("Authorization", auth))
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    return gateway(Request(method, path, tuple(headers), body=content, **more))


def create(gateway: Gateway, body: Any, **more: Any) -> Response:
    headers = [("Content-Type", "application/json"), ("Idempotency-Key", "k-1")]
    return ask(
        gateway, "POST", "/v1/tenants", auth=f"Bearer {token()}", body=body, headers=headers, **more
    )
