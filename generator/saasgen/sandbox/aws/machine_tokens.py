"""Cognito: access tokens of machines, which moto cannot sign because they have no user.

Claims as in "Understanding the access token", Amazon Cognito developer guide.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Any

import jwt

from saasgen.sandbox.aws.token_trigger import ask_for_machine, merge

_UNITS_S = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_DEFAULT_VALIDITY_S = 3600


def issue(pool: Any, client: Any, scopes: Sequence[str]) -> tuple[str, int]:
    """Sign an access token of a client; return it, and the seconds it is good for.

    Args:
        pool: moto's user pool.
        client: one of its clients.
        scopes: what it is granted.

    Raises:
        JsonRESTError: the pool's trigger failed.
    """
    now, valid_s = int(time.time()), _validity_s(client)
    claims: dict[str, Any] = {
        "iss": f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.id}",
        "sub": client.id,
        "client_id": client.id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iat": now,
        "exp": now + valid_s,
        "version": 2,
        "jti": str(uuid.uuid4()),
    }
    answer = ask_for_machine(pool, client.id, scopes)
    if answer:
        claims = merge(claims, answer, "access")
    key = pool.json_web_key.as_pem(private=True)
    headers = {"kid": "dummy"}  # the id under which moto publishes the pool's key
    return jwt.encode(claims, key, algorithm="RS256", headers=headers), valid_s


def _validity_s(client: Any) -> int:
    stated = client.extended_config.get("AccessTokenValidity")
    if not stated:
        return _DEFAULT_VALIDITY_S
    unit = (client.extended_config.get("TokenValidityUnits") or {}).get("AccessToken", "hours")
    return int(stated) * _UNITS_S[unit]
