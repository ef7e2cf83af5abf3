"""Cognito: the pre token generation trigger (V2_0, V3_0), which moto does not call.

Before Cognito signs the tokens of a sign-in it runs the function in the pool's `LambdaConfig` and
merges its answer into both tokens; a function that fails, fails the sign-in. From V3_0 on it asks
about machines, too.

Source: "Pre token generation Lambda trigger", Amazon Cognito developer guide.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool
from moto.core.exceptions import JsonRESTError

from saasgen.sandbox.aws.invocations import registered
from saasgen.sandbox.aws.patching import Function, around

_VERSIONS = {"V2_0": "2", "V3_0": "3"}
_GENERATION = {"access": "accessTokenGeneration", "id": "idTokenGeneration"}
_PROTECTED = frozenset(
    {"acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "cognito:username", "exp"}
    | {"iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use"}
    | {"username"}
)
_now = local()


def apply() -> None:
    """Run the trigger whenever tokens are made."""

    @around(CognitoIdpBackend, "_log_user_in")
    def log_user_in(original: Function, self: Any, *args: Any) -> Any:
        with _set("source", getattr(_now, "source", None) or "TokenGeneration_Authentication"):
            return original(self, *args)

    @around(CognitoIdpBackend, "respond_to_auth_challenge")
    def respond(original: Function, self: Any, *args: Any, **kwargs: Any) -> Any:
        challenge = kwargs.get("challenge_name") or args[2]
        is_new_password = challenge == "NEW_PASSWORD_REQUIRED"
        source = "TokenGeneration_NewPasswordChallenge" if is_new_password else None
        with _set("source", source):
            return original(self, *args, **kwargs)

    @around(CognitoIdpUserPool, "create_tokens_from_refresh_token")
    def create_tokens(original: Function, self: Any, refresh_token: str) -> Any:
        known = self.refresh_tokens.get(refresh_token)
        with _set("answer", ask_for_user(self, known[0], known[1]) if known else None):
            return original(self, refresh_token)

    @around(CognitoIdpUserPool, "create_jwt")
    def create_jwt(original: Function, self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = getattr(_now, "answer", None)
        if answer:
            token_use = kwargs.get("token_use") or args[2]
            claims = merge(dict(kwargs.get("extra_data") or {}), answer, token_use)
            kwargs = kwargs | {"extra_data": claims}
        return original(self, *args, **kwargs)


def merge(claims: dict[str, Any], answer: dict[str, Any], token_use: str) -> dict[str, Any]:
    """Put what a trigger answered into the claims of one token; protected claims stay."""
    groups = (answer.get("groupOverrideDetails") or {}).get("groupsToOverride")
    if groups is not None:
        claims["cognito:groups"] = list(groups)
    stated = answer.get(_GENERATION[token_use]) or {}
    added = stated.get("claimsToAddOrOverride") or {}
    claims |= {name: value for name, value in added.items() if name not in _PROTECTED}
    for name in stated.get("claimsToSuppress") or ():
        if name not in _PROTECTED:
            claims.pop(name, None)
    if token_use == "access":  # noqa: S105 - a kind of token, not a secret
        dropped = set(stated.get("scopesToSuppress") or ())
        scopes = [scope for scope in claims.get("scope", "").split() if scope not in dropped]
        claims["scope"] = " ".join([*scopes, *(stated.get("scopesToAdd") or ())])
    return claims


def ask_for_user(pool: Any, client_id: str, username: str) -> dict[str, Any] | None:
    """Run the pool's trigger for a user; None if the pool has none.

    Raises:
        JsonRESTError: the function failed.
    """
    version, function_arn = _trigger(pool)
    if version is None:
        return None
    return _ask(function_arn, _event_of_user(pool, client_id, username, version))


def ask_for_machine(pool: Any, client_id: str, scopes: Sequence[str]) -> dict[str, Any] | None:
    """Run the pool's trigger for a client without a user; None if it is not asked about those.

    Raises:
        JsonRESTError: the function failed.
    """
    version, function_arn = _trigger(pool)
    if version != _VERSIONS["V3_0"]:
        return None
    request = {"userAttributes": {}, "groupConfiguration": {}, "scopes": list(scopes)}
    event = _event(pool, client_id, version, "TokenGeneration_ClientCredentials", request)
    return _ask(function_arn, event)


def _trigger(pool: Any) -> tuple[str | None, str]:
    """The version of the events that the pool's trigger takes, None without one; its function."""
    config = (pool.extended_config.get("LambdaConfig") or {}).get("PreTokenGenerationConfig") or {}
    return _VERSIONS.get(config.get("LambdaVersion", "")), config.get("LambdaArn", "")


def _ask(function_arn: str, event: dict[str, Any]) -> dict[str, Any]:
    text, error, _ = registered().request(function_arn, event)
    answer = json.loads(text)
    if error is not None:
        message = f"PreTokenGeneration failed with error {answer.get('errorMessage')}."
        raise JsonRESTError("UserLambdaValidationException", message)
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        message = "PreTokenGeneration invocation failed: unrecognizable lambda output"
        raise JsonRESTError("InvalidLambdaResponseException", message)
    details: dict[str, Any] = answer["response"].get("claimsAndScopeOverrideDetails") or {}
    return details


def _event_of_user(pool: Any, client_id: str, username: str, version: str) -> dict[str, Any]:
    user = pool._get_user(username)
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user.attributes}
    request = {
        "userAttributes": attributes | {"cognito:user_status": str(user.status)},
        "scopes": ["aws.cognito.signin.user.admin"],
        "groupConfiguration": {
            "groupsToOverride": [group.group_name for group in user.groups],
            "iamRolesToOverride": [],
            "preferredRole": None,
        },
    }
    source = getattr(_now, "source", None) or "TokenGeneration_RefreshTokens"
    return _event(pool, client_id, version, source, request) | {"userName": user.username}


def _event(
    pool: Any, client_id: str, version: str, source: str, request: dict[str, Any]
) -> dict[str, Any]:
    return {
        "version": version,
        "triggerSource": source,
        "region": pool.region,
        "userPoolId": pool.id,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "request": request,
        "response": {"claimsAndScopeOverrideDetails": None},
    }


@contextmanager
def _set(name: str, value: Any) -> Iterator[None]:
    """Remember something for this thread, which serves one request, until the block ends."""
    before = getattr(_now, name, None)
    setattr(_now, name, value)
    try:
        yield
    finally:
        setattr(_now, name, before)
