"""The passwords that RDS Proxy logs in with: made here, kept in Secrets Manager, shown to nobody.

Terraform makes the secrets empty, so that no password is ever in its state. The proxy reads
`username` and `password` of each (Aurora User Guide, "Setting up database credentials for RDS
Proxy").
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import sql

from handlers.platform.database.migrations import locked

_PASSWORD_BYTES: Final = 32


def provide(connection: psycopg.Connection[Any], secret_arns: Mapping[str, str]) -> None:
    """Give each login the password in its secret, and an empty secret a password first.

    A run that is cut short between the two leaves a password that the next run finds and sets. The
    other way round it would leave a login with a password that nobody knows.

    Args:
        connection: In autocommit mode, of a user who may act as these logins.
        secret_arns: The secrets by login.
    """
    import boto3

    client = boto3.client("secretsmanager")
    with locked(connection):
        for login, arn in sorted(secret_arns.items()):
            _set(
                connection,
                login,
                _read_password(client, arn) or _create_password(client, arn, login),
            )


def _read_password(client: Any, arn: str) -> str | None:
    try:
        secret = client.get_secret_value(SecretId=arn)
    except client.exceptions.ResourceNotFoundException:
        return None  # it has no value yet
    return str(json.loads(secret["SecretString"])["password"])


def _create_password(client: Any, arn: str, login: str) -> str:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    value = json.dumps({"username": login, "password": password})
    client.put_secret_value(SecretId=arn, SecretString=value)
    return password


def _set(connection: psycopg.Connection[Any], login: str, password: str) -> None:
    # Only the verifier travels, which the server may log: the password cannot be had from it
    verifier = connection.pgconn.encrypt_password(
        password.encode(), login.encode(), b"scram-sha-256"
    ).decode()
    name = sql.Identifier(login)
    with connection.transaction():
        # everybody may change their own password, so that nobody needs CREATEROLE for it
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier))
        connection.execute(change)
