import json
import re
import time
from typing import Any

import jwt
import pytest

from saasgen.errors import UserError
from saasgen.sandbox.gateway.api import Gateway
from saasgen.sandbox.gateway.authorizer import rendered
from saasgen.sandbox.state.model import Throttle
from tests.generator.sandbox.gateway.small_api import (
    ISSUER,
    OTHER_KEY,
    Calls,
    Pools,
    api,
    ask,
    create,
    token,
)


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def gateway(calls: Calls) -> Gateway:
    return Gateway(api(), calls, Pools(), "123456789012")


def test_request_reaches_its_function_as_a_proxy_event(gateway: Gateway, calls: Calls) -> None:
    query = (("limit", "1"), ("tag", "a"), ("tag", "b"))
    answer = ask(
        gateway,
        "GET",
        "/v1/tenants",
        auth=f"Bearer {token()}",
        query=query,
        headers=[("X-Two", "1"), ("X-Two", "2")],
    )
    [event] = calls.events
    assert answer.status == 200
    assert event["resource"] == event["path"] == "/v1/tenants"
    assert event["queryStringParameters"] == {"limit": "1", "tag": "b"}
    assert event["multiValueQueryStringParameters"] == {"limit": ["1"], "tag": ["a", "b"]}
    assert event["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert event["stageVariables"] == {"alias": "live"}
    assert event["body"] is None
    context = event["requestContext"]
    assert context["resourcePath"] == "/v1/tenants"
    assert context["path"] == "/dev/v1/tenants"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] == answer.header("x-amzn-RequestId")
    assert context["authorizer"]["claims"]["tenant_id"] == "t-1"
    assert context["authorizer"]["claims"]["cognito:groups"] == "admin,auditor"


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/v1/tenants/42", "/v1/tenants/{id}", {"id": "42"}),
        ("/v1/tenants/self", "/v1/tenants/self", None),
        ("/v1/files/a/b", "/v1/files/{path+}", {"path": "a/b"}),
        ("/dev/v1/tenants/42", "/v1/tenants/{id}", {"id": "42"}),
    ],
)
def test_path_finds_its_resource(
    gateway: Gateway, calls: Calls, path: str, resource: str, parameters: dict[str, str] | None
) -> None:
    assert ask(gateway, "GET", path).status == 200
    assert calls.events[0]["resource"] == resource
    assert calls.events[0]["pathParameters"] == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("DELETE", "/v1/tenants"), ("GET", "/v1/tenants/1/2")],
)
def test_unknown_route_has_the_documents_gateway_response(
    gateway: Gateway, method: str, path: str
) -> None:
    answer = ask(gateway, method, path)
    assert answer.status == 404
    assert json.loads(answer.body) == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize(
    "auth",
    [
        None,
        "",
        "Bearer not-a-token",
        token(key=OTHER_KEY),
        token(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"),
        token(client_id="stranger"),
        token(token_use="id"),
        token(exp=None),
        jwt.encode({"iss": ISSUER, "sub": "x", "exp": 9999999999}, "", algorithm="none"),
        jwt.encode({"iss": ISSUER, "sub": "x", "exp": 9999999999}, "k" * 32, algorithm="HS256"),
    ],
)
def test_request_without_a_good_access_token_is_unauthorized(
    gateway: Gateway, calls: Calls, auth: str | None
) -> None:
    answer = ask(gateway, "GET", "/v1/tenants", auth=auth, headers=[("Origin", "https://app")])
    assert (answer.status, calls.events) == (401, [])
    assert json.loads(answer.body)["title"] == "Unauthorized"
    assert answer.header("Content-Type") == "application/problem+json"
    assert answer.header("X-Origin") == "https://app"


def test_expired_token_is_told_so(gateway: Gateway) -> None:
    answer = ask(gateway, "GET", "/v1/tenants", auth=token(exp=int(time.time()) - 1))
    assert answer.status == 401
    assert json.loads(answer.body)["title"] == "The incoming token has expired"


def test_token_without_any_of_the_scopes_is_denied(gateway: Gateway, calls: Calls) -> None:
    answer = ask(gateway, "GET", "/v1/tenants", auth=token(scope="billing/events.write openid"))
    assert (answer.status, calls.events) == (403, [])


def test_method_without_scopes_wants_an_identity_token(gateway: Gateway) -> None:
    identity = token(token_use="id", aud="web", client_id=None)
    assert ask(gateway, "GET", "/v1/me", auth=identity).status == 200
    assert ask(gateway, "GET", "/v1/me", auth=token()).status == 401


def test_claims_are_rendered_as_strings() -> None:
    claims = {
        "exp": 1499356157,
        "auth_time": 1499355547,
        "email_verified": True,
        "features": {"a": [1]},
        "plan_tier": "pro",
    }
    assert rendered(claims) == {
        "exp": "Thu Jul 06 15:49:17 UTC 2017",
        "auth_time": "1499355547",
        "email_verified": "true",
        "features": '{"a":[1]}',
        "plan_tier": "pro",
    }


def test_valid_body_passes(gateway: Gateway, calls: Calls) -> None:
    assert create(gateway, {"name": "Acme"}).status == 200
    assert json.loads(calls.events[0]["body"]) == {"name": "Acme"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": 1}, "/name: 1 is not of type 'string'"),
        ({"name": ""}, "/name"),
        ({"nome": "x"}, 'required properties (["name"])'),
        ({"name": "x", "tenantId": "y"}, 'not allowed by the schema: ["tenantId"]'),
        (b"{broken", "body is not JSON"),
        (b"", "body is not JSON"),
    ],
)
def test_body_that_does_not_match_its_schema_is_refused(
    gateway: Gateway, calls: Calls, body: Any, words: str
) -> None:
    answer = create(gateway, body)
    assert (answer.status, calls.events) == (400, [])
    assert words in json.loads(answer.body)["detail"]


def test_missing_required_parameter_is_refused(gateway: Gateway) -> None:
    answer = ask(gateway, "POST", "/v1/tenants", auth=token(), body={"name": "Acme"})
    assert answer.status == 400
    message = "Missing required request parameters: [Idempotency-Key]"
    assert json.loads(answer.body) == {"message": message}


def test_method_is_throttled_at_its_own_limit_and_the_rest_at_the_stages(calls: Calls) -> None:
    throttles = {
        "v1/tenants/{id}/GET": Throttle(rate=0.001, burst=2),
        "*/*": Throttle(rate=0.001, burst=3),
    }
    gateway = Gateway(api(throttles=throttles), calls, Pools(), "123456789012")
    own = [ask(gateway, "GET", f"/v1/tenants/{n}") for n in range(3)]
    rest = [ask(gateway, "GET", "/v1/tenants/self") for _ in range(4)]
    assert [answer.status for answer in own] == [200, 200, 429]
    assert [answer.status for answer in rest] == [200, 200, 200, 429]
    assert own[-1].header("Retry-After") == "1"


def test_too_large_a_request_is_refused(gateway: Gateway, calls: Calls) -> None:
    answer = create(gateway, None, too_large=True)
    assert (answer.status, calls.events) == (413, [])


def test_preflight_is_answered_by_the_mock(gateway: Gateway, calls: Calls) -> None:
    answer = ask(gateway, "OPTIONS", "/v1/tenants")
    assert (answer.status, answer.body, calls.events) == (204, b"", [])
    assert answer.header("Access-Control-Allow-Origin") == "*"


def test_answer_becomes_the_response(gateway: Gateway, calls: Calls) -> None:
    calls.answer = {
        "statusCode": "201",
        "headers": {"Location": "/v1/tenants/1", "X-Count": 3},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": '{"ü": 1}',
        "isBase64Encoded": False,
    }
    answer = ask(gateway, "GET", "/v1/tenants/1")
    assert (answer.status, answer.body) == (201, '{"ü": 1}'.encode())
    assert answer.header("X-Count") == "3"
    assert [v for k, v in answer.headers if k == "Set-Cookie"] == ["a=1", "b=2"]
    assert answer.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "text",
        {"body": "no status"},
        {"statusCode": "abc"},
        {"statusCode": 200, "body": {"not": "a string"}},
        {"statusCode": 200, "headers": {"X": ["list"]}},
        {"statusCode": 200, "headers": "text"},
        {"statusCode": 200, "multiValueHeaders": {"X": "text"}},
        {"statusCode": 200, "extra": 1},
    ],
)
def test_malformed_answer_is_a_bad_gateway(gateway: Gateway, calls: Calls, malformed: Any) -> None:
    calls.answer = malformed
    answer = ask(gateway, "GET", "/v1/tenants/1")
    assert answer.status == 502
    assert json.loads(answer.body) == {"message": "Internal server error"}


def test_failed_function_is_a_bad_gateway_without_its_words(gateway: Gateway, calls: Calls) -> None:
    calls.answer, calls.error = {"errorMessage": "password is hunter2"}, "Unhandled"
    answer = ask(gateway, "GET", "/v1/tenants/1")
    assert answer.status == 502
    assert b"hunter2" not in answer.body


def test_function_slower_than_the_integrations_timeout_is_given_up(
    gateway: Gateway, calls: Calls
) -> None:
    calls.behave = lambda: time.sleep(0.6)
    answer = ask(gateway, "GET", "/v1/tenants/1")
    assert answer.status == 504
    assert json.loads(answer.body) == {"message": "Endpoint request timed out"}


def test_integration_with_a_function_that_is_not_there_is_a_configuration_error(
    gateway: Gateway, calls: Calls
) -> None:
    def fail() -> None:
        raise UserError("no such function")

    calls.behave = fail
    assert ask(gateway, "GET", "/v1/tenants/1").status == 500


@pytest.mark.parametrize(("patterns", "encoded"), [((), False), (("image/*",), True)])
def test_binary_bodies_are_encoded_when_the_api_says_so(
    calls: Calls, patterns: tuple[str, ...], encoded: bool
) -> None:
    gateway = Gateway(api(binary_media_types=patterns), calls, Pools(), "123456789012")
    ask(gateway, "GET", "/v1/tenants/1", body=b"\xff\xd8", headers=[("Content-Type", "image/png")])
    assert calls.events[0]["isBase64Encoded"] is encoded
    assert calls.events[0]["body"] == ("/9g=" if encoded else "\ufffd\ufffd")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "Root=1-........-.{24};Sampled=1"),
        ("Root=1-2-3", "Root=1-2-3;Sampled=1"),
        ("Root=1-2-3;Parent=4;Sampled=0", "Root=1-2-3;Parent=4;Sampled=0"),
        ("nonsense", "Root=1-........-.{24};Sampled=1"),
    ],
)
def test_request_is_traced_as_its_caller_wants_or_else_sampled(
    gateway: Gateway, calls: Calls, given: str | None, expected: str
) -> None:
    headers = [] if given is None else [("X-Amzn-Trace-Id", given)]
    ask(gateway, "GET", "/v1/tenants", auth=f"Bearer {token()}", headers=headers)
    [trace] = calls.traces
    assert re.fullmatch(expected, trace)
    assert calls.events[0]["headers"]["X-Amzn-Trace-Id"] == trace
