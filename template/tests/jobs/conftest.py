"""An AWS account for the jobs, by moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from handlers.platform.messaging import dead_letters


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture
def sqs(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client of the account, in which the jobs look for dead letters without waiting."""
    monkeypatch.setattr(dead_letters, "_WAIT_S", 0)
    kept = (dead_letters._sqs, dead_letters._url)
    for adapter in kept:
        adapter.cache_clear()
    yield boto3.client("sqs")
    for adapter in kept:
        adapter.cache_clear()
