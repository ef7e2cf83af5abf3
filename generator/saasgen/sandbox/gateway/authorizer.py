"""The Cognito authorizer of a REST API.

A method with scopes wants an access token that has one of them; a method without scopes wants an
identity token. Source: "Control access to REST APIs using Amazon Cognito user pools as an
authorizer", API Gateway developer guide.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import jwt

from saasgen.sandbox.gateway.rejection import RejectionError


class Pools(Protocol):
    """What the authorizer has to know about user pools."""

    def keys(self, pool_id: str) -> Sequence[Mapping[str, Any]]:
        """The public keys (JWK) with which a pool signs its tokens."""

    def clients(self, pool_id: str) -> frozenset[str]:
        """The ids of a pool's clients."""


class CognitoAuthorizer:
    """Verifies tokens of the pools that an authorizer names."""

    def __init__(self, provider_arns: Sequence[str], pools: Pools) -> None:
        self._pools = pools
        self._issuers: dict[str, str] = {}
        for arn in provider_arns:
            region, pool_id = arn.split(":")[3], arn.split("/")[-1]
            self._issuers[f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"] = pool_id

    def claims(self, authorization: str | None, scopes: Sequence[str]) -> dict[str, Any]:
        """The claims of the token in an Authorization header.

        Raises:
            RejectionError: UNAUTHORIZED without a valid token of the right kind, ACCESS_DENIED
                without one of the scopes.
        """
        token = (authorization or "").strip()
        if token.lower().startswith("bearer "):
            token = token[7:].strip()
        if not token:
            raise RejectionError("UNAUTHORIZED", reason="no token")
        claims = self._verified(token)
        wanted = "access" if scopes else "id"
        if claims.get("token_use") != wanted:
            reason = f"expected an {wanted} token, got {claims.get('token_use')!r}"
            raise RejectionError("UNAUTHORIZED", reason=reason)
        if scopes and not set(scopes) & set(str(claims.get("scope", "")).split()):
            raise RejectionError("ACCESS_DENIED", reason=f"none of the scopes {', '.join(scopes)}")
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            unverified = jwt.decode(token, options={"verify_signature": False})
            pool_id = self._issuers.get(str(unverified.get("iss")))
            if pool_id is None:
                raise RejectionError("UNAUTHORIZED", reason="another issuer")
            key = self._key(pool_id, jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=str(unverified["iss"]),
                options={"verify_aud": False, "require": ["exp", "iss", "sub", "token_use"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise RejectionError("UNAUTHORIZED", "The incoming token has expired") from error
        except jwt.PyJWTError as error:
            raise RejectionError("UNAUTHORIZED", reason=str(error)) from error
        client = claims.get("client_id") or claims.get("aud")
        if client not in self._pools.clients(pool_id):
            raise RejectionError("UNAUTHORIZED", reason="no such client in the pool")
        return claims

    def _key(self, pool_id: str, key_id: str | None) -> jwt.PyJWK:
        for key in self._pools.keys(pool_id):
            if key.get("kid") == key_id:
                return jwt.PyJWK(dict(key), algorithm="RS256")
        raise RejectionError("UNAUTHORIZED", reason=f"no key {key_id!r} in the pool")


def rendered(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims as API Gateway hands them to a function: every value a string.

    Lists are joined by commas, `exp` and `iat` are dates in words, as Java prints them.
    """
    return {name: _render(name, value) for name, value in claims.items()}


def _render(name: str, value: Any) -> str:
    if name in {"exp", "iat"} and isinstance(value, int):
        moment = datetime.fromtimestamp(value, UTC)
        return moment.strftime("%a %b %d %H:%M:%S UTC %Y")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
