"""Reading the secrets that moto keeps, as RDS and its proxies read those of an account."""

import json
from collections.abc import Iterable
from typing import Any


def credentials(arn: str) -> dict[str, str] | None:
    """The user name and password in a secret; None if it has no value that a proxy could read."""
    from moto.secretsmanager.exceptions import SecretsManagerClientError
    from moto.secretsmanager.models import secretsmanager_backends

    _, _, _, region, account, *_ = arn.split(":")
    backend: Any = secretsmanager_backends[account][region]
    try:
        found: dict[str, str] = json.loads(backend.get_secret_value(arn, "", "")["SecretString"])
    except (SecretsManagerClientError, ValueError):
        return None
    return found


def password_of(login: str, arns: Iterable[str]) -> str | None:
    """The password of a login among secrets; None if none of them is the login's."""
    for found in filter(None, map(credentials, arns)):
        if found.get("username") == login:
            return found.get("password")
    return None
