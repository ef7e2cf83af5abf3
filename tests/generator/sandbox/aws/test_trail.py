"""The trail of AWS calls says who called what."""

import logging
from collections.abc import Iterator

import pytest

from saasgen.sandbox.aws.trail import TRAIL
from tests.generator.sandbox.conftest import Aws


@pytest.fixture
def trail(aws: Aws, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    TRAIL.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, TRAIL.name):
        yield caplog
    TRAIL.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "action"),
    [
        ("sqs", "list_queues", {}, "sqs:ListQueues"),
        ("ec2", "describe_vpcs", {}, "ec2:DescribeVpcs"),
        ("lambda", "list_functions", {}, "lambda:ListFunctions"),
        ("cloudwatch", "describe_alarms", {}, "monitoring:DescribeAlarms"),
        ("s3", "list_objects_v2", {"Bucket": "nobodys"}, "s3:ListBucket"),
    ],
)
def test_a_call_is_noted_even_if_it_fails(
    aws: Aws,
    trail: pytest.LogCaptureFixture,
    service: str,
    operation: str,
    arguments: dict[str, str],
    action: str,
) -> None:
    try:
        getattr(aws(service), operation)(**arguments)
    except aws(service).exceptions.ClientError:
        assert service == "s3"

    assert f"other {action}" in trail.messages


def test_terraform_s_calls_are_told_from_others(aws: Aws, trail: pytest.LogCaptureFixture) -> None:
    client = aws("sqs")
    client.meta.events.register(
        "before-send.sqs.*",
        lambda request, **_: request.headers.__setitem__(
            "User-Agent", "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/5.100.0"
        ),
    )
    client.list_queues()

    assert trail.messages == ["terraform sqs:ListQueues"]
