"""Cognito, played by moto: what machines sign in with."""

from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from handlers.platform.aws import cognito_clients
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import MachineClientId
from handlers.platform.base.settings import settings


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(cognito_clients, "_cognito", cognito_clients._cognito.__wrapped__)
    with mock_aws():
        made = boto3.client("cognito-idp").create_user_pool(PoolName="users")["UserPool"]["Id"]
        monkeypatch.setenv("USER_POOL_ID", made)
        settings.cache_clear()
        yield made


def test_a_client_may_ask_for_its_scopes_by_client_credentials_alone(pool: str) -> None:
    machine = MachineClientId(uuid4())
    client_id = cognito_clients.make(machine, ["metering.write", "billing.read"])

    cognito = boto3.client("cognito-idp")
    made = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    assert made["ClientName"] == f"machine-{machine}"
    assert made["AllowedOAuthFlows"] == ["client_credentials"]
    assert made["AllowedOAuthScopes"] == ["billing/metering.write", "billing/billing.read"]
    assert made["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert cognito_clients.secret_of(client_id) == made["ClientSecret"] != ""


def test_a_deleted_client_has_no_secret_and_can_be_deleted_again(pool: str) -> None:
    client_id = cognito_clients.make(MachineClientId(uuid4()), ["metering.write"])

    for _ in range(2):
        cognito_clients.delete(client_id)

    with pytest.raises(NotFound):
        cognito_clients.secret_of(client_id)
