"""Machines get tokens as at Cognito: with their secret, their scopes, and what the trigger says."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest

from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.aws.invocations import handle_with
from saasgen.sandbox.gateway.authorizer import CognitoAuthorizer
from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.sign_in import token_endpoint
from saasgen.sandbox.sign_in.user_pools import MotoPools
from saasgen.sandbox.web_server import WebServer
from tests.generator.sandbox.aws.test_cognito import Trigger, with_trigger
from tests.generator.sandbox.conftest import REGION, Aws

READ, WRITE = "billing/billing.read", "billing/metering.write"


@dataclass(frozen=True)
class Pool:
    """A user pool with a machine in it, and the token endpoint before it."""

    cognito: Any
    pools: MotoPools
    pool_id: str
    client_id: str
    secret: str
    url: str

    def ask(self, *, basic: str | None = None, **form: str) -> tuple[int, dict[str, Any], Any]:
        """Post a form; an empty field is left out."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if basic is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(basic.encode()).decode()
        fields = {"grant_type": "client_credentials"} | form
        body = urlencode({name: value for name, value in fields.items() if value}).encode()
        return post(self.url, body, headers)

    def ask_well(self, **form: str) -> tuple[int, dict[str, Any], Any]:
        """Ask with the machine's own credentials."""
        return self.ask(basic=f"{self.client_id}:{self.secret}", **form)

    def verified(self, token: str, *scopes: str) -> dict[str, Any]:
        """The claims, as the gateway's authorizer reads them."""
        arn = f"arn:aws:cognito-idp:{REGION}:123456789012:userpool/{self.pool_id}"
        return CognitoAuthorizer([arn], self.pools).claims(f"Bearer {token}", scopes)


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any], Any]:
    try:
        with urlopen(HttpRequest(url, body, headers), timeout=10) as answer:
            return answer.status, json.load(answer), answer.headers
    except HTTPError as error:
        return error.code, json.load(error), error.headers


@pytest.fixture
def trigger() -> Trigger:
    """The pool's trigger; answers what a test wants."""
    made = Trigger({"accessTokenGeneration": {"claimsToAddOrOverride": {"tenant_id": "t-1"}}})
    handle_with(made)
    return made


@pytest.fixture
def pool(aws: Aws, trigger: Trigger) -> Iterator[Pool]:
    with served(aws, "V3_0") as made:
        yield made


@contextmanager
def served(aws: Aws, version: str) -> Iterator[Pool]:
    cognito = aws("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="users", **with_trigger(version))["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="meter",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[READ, WRITE],
        AccessTokenValidity=30,
        TokenValidityUnits={"AccessToken": "minutes"},
    )["UserPoolClient"]
    pools = MotoPools(aws.endpoint)
    server = WebServer(lambda request: token_endpoint.answer(request, pools.find(pool_id)))
    server.start()
    url = f"http://{LOOPBACK}:{server.port}{token_endpoint.PATH}"
    yield Pool(cognito, pools, pool_id, client["ClientId"], client["ClientSecret"], url)
    server.stop()


def test_a_token_says_which_machine_what_it_may_and_whose_it_is(
    pool: Pool, trigger: Trigger
) -> None:
    status, answer, headers = pool.ask_well(scope=WRITE)

    assert status == 200
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 1800)
    assert headers["Cache-Control"] == "no-store"
    claims = pool.verified(answer["access_token"], WRITE)
    assert claims["sub"] == claims["client_id"] == pool.client_id
    assert (claims["token_use"], claims["scope"]) == ("access", WRITE)
    assert claims["tenant_id"] == "t-1"
    assert "username" not in claims
    assert claims["exp"] - time.time() == pytest.approx(1800, abs=60)
    [event] = trigger.events
    assert (event["version"], event["triggerSource"]) == ("3", "TokenGeneration_ClientCredentials")
    assert event["callerContext"]["clientId"] == pool.client_id
    assert event["request"]["scopes"] == [WRITE]


def test_credentials_may_stand_in_the_form(pool: Pool) -> None:
    status, answer, _ = pool.ask(client_id=pool.client_id, client_secret=pool.secret)
    assert status == 200
    assert pool.verified(answer["access_token"], READ)["scope"] == f"{READ} {WRITE}"


def test_the_gateway_refuses_a_scope_that_was_not_granted(pool: Pool) -> None:
    _, answer, _ = pool.ask_well(scope=READ)
    with pytest.raises(RejectionError) as refusal:
        pool.verified(answer["access_token"], WRITE)
    assert refusal.value.kind == "ACCESS_DENIED"


def test_a_token_of_a_deleted_client_is_worth_nothing(pool: Pool) -> None:
    _, answer, _ = pool.ask_well()
    pool.cognito.delete_user_pool_client(UserPoolId=pool.pool_id, ClientId=pool.client_id)

    with pytest.raises(RejectionError) as refusal:
        pool.verified(answer["access_token"], WRITE)
    assert refusal.value.kind == "UNAUTHORIZED"
    assert pool.ask_well()[1]["error"] == "invalid_client"


@pytest.mark.parametrize("basic", ["nobody:secret", "{id}:wrong", "{id}:", "{id}", ":"])
def test_who_cannot_prove_it_gets_nothing(pool: Pool, basic: str) -> None:
    status, answer, headers = pool.ask(basic=basic.replace("{id}", pool.client_id))
    assert (status, answer["error"]) == (401, "invalid_client")
    assert headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"scope": "billing/billing.write"}, "invalid_scope"),
        ({"scope": f"{READ} openid"}, "invalid_scope"),
        ({"client_secret": "also here"}, "invalid_request"),
        ({"client_id": "another"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_named_as_the_standard_has_it(
    pool: Pool, trigger: Trigger, form: dict[str, str], error: str
) -> None:
    status, answer, _ = pool.ask_well(**form)
    assert (status, answer["error"]) == (400, error)
    assert trigger.events == []


def test_a_parameter_that_is_given_twice_is_refused(pool: Pool) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"grant_type=client_credentials&scope=a&scope=b"
    assert post(pool.url, body, headers)[1]["error"] == "invalid_request"


def test_what_is_no_form_is_refused(pool: Pool) -> None:
    headers = {"Content-Type": "application/json"}
    assert post(pool.url, b"{}", headers)[1]["error"] == "invalid_request"


def test_the_client_of_a_web_application_gets_no_token(pool: Pool) -> None:
    web = pool.cognito.create_user_pool_client(
        UserPoolId=pool.pool_id, ClientName="web", GenerateSecret=True, AllowedOAuthFlows=["code"]
    )["UserPoolClient"]
    _, answer, _ = pool.ask(basic=f"{web['ClientId']}:{web['ClientSecret']}")
    assert answer["error"] == "unauthorized_client"


def test_a_client_without_a_secret_gets_no_token(pool: Pool) -> None:
    public = pool.cognito.create_user_pool_client(
        UserPoolId=pool.pool_id, ClientName="public", AllowedOAuthFlows=["client_credentials"]
    )["UserPoolClient"]
    assert pool.ask(client_id=public["ClientId"])[1]["error"] == "invalid_client"


def test_a_trigger_that_fails_fails_the_request(pool: Pool, trigger: Trigger) -> None:
    trigger.error = "the database is down"
    status, answer, _ = pool.ask_well()
    assert (status, answer["error"]) == (400, "invalid_request")
    assert "the database is down" in answer["error_description"]


def test_an_older_trigger_is_not_asked_about_machines(aws: Aws, trigger: Trigger) -> None:
    with served(aws, "V2_0") as pool:
        _, answer, _ = pool.ask_well()
        assert "tenant_id" not in pool.verified(answer["access_token"], READ)
        assert trigger.events == []
