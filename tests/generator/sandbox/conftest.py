"""moto with the sandbox's changes, served from this process."""

from itertools import count
from typing import Any

import boto3
import pytest

from saasgen.sandbox.aws.server import AwsServer

REGION = "us-east-1"
_accounts = count(100_000_000_001)


class Aws:
    """An account of its own in the server, reached over HTTP, as Terraform does."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.account = str(next(_accounts))

    def __call__(self, service: str) -> Any:
        client = boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.meta.events.register("before-send.*.*", self._name_account)
        return client

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{REGION}:{self.account}:{resource}"

    def _name_account(self, request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = self.account


@pytest.fixture(scope="session")
def aws_server() -> AwsServer:
    server = AwsServer()
    server.start()
    return server


@pytest.fixture
def aws(aws_server: AwsServer) -> Aws:
    return Aws(aws_server.endpoint)
