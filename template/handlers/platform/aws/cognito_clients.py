"""What machines sign in with (OAuth's client credentials): made, read and deleted in Cognito.

A secret is Cognito's alone: it is read when somebody asks for it, and kept nowhere.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from handlers.catalog.machine_scopes import MachineScope, in_tokens
from handlers.platform.base.errors import NotFound, ServiceUnavailable
from handlers.platform.base.ids import MachineClientId
from handlers.platform.base.settings import settings
from handlers.platform.base.telemetry import log

_UNAVAILABLE: Final = "The sign-in service cannot be reached right now. Try again in a few seconds."
_MINUTES_OF_A_TOKEN: Final = 60


def make(machine_client_id: MachineClientId, scopes: Sequence[MachineScope]) -> str:
    """Make a client that may ask for these scopes; making it again makes another one.

    Returns:
        Its client_id.

    Raises:
        ServiceUnavailable: Cognito did not answer.
    """
    from botocore.exceptions import BotoCoreError

    try:
        answer = _cognito().create_user_pool_client(
            UserPoolId=_pool(),
            ClientName=f"machine-{machine_client_id}",
            GenerateSecret=True,
            # the least Cognito accepts; client credentials use none
            ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[in_tokens(scope) for scope in scopes],
            AccessTokenValidity=_MINUTES_OF_A_TOKEN,
            TokenValidityUnits={"AccessToken": "minutes"},
            PreventUserExistenceErrors="ENABLED",
            EnableTokenRevocation=True,
        )
    except BotoCoreError as error:
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error
    return str(answer["UserPoolClient"]["ClientId"])


def secret_of(client_id: str) -> str:
    """Read a client's secret.

    Raises:
        NotFound: Cognito has no such client (any more).
        ServiceUnavailable: Cognito did not answer.
    """
    from botocore.exceptions import BotoCoreError

    try:
        answer = _cognito().describe_user_pool_client(UserPoolId=_pool(), ClientId=client_id)
    except _cognito().exceptions.ResourceNotFoundException as error:
        raise NotFound.of("machine client") from error
    except BotoCoreError as error:
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error
    return str(answer["UserPoolClient"]["ClientSecret"])


def delete(client_id: str) -> None:
    """Delete a client, or find that it is gone."""
    try:
        _cognito().delete_user_pool_client(UserPoolId=_pool(), ClientId=client_id)
    except _cognito().exceptions.ResourceNotFoundException:
        log.info("client was deleted already", clientId=client_id)


def _pool() -> str:
    return settings().required("user_pool_id")


@cache
def _cognito() -> Any:
    import boto3
    from botocore.config import Config

    # One attempt: a second one could make a second client.
    patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    return boto3.client("cognito-idp", config=patience)
