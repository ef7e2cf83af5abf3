"""The bucket that backend.hcl names: made once, and never somebody else's."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from moto import mock_aws

from saasgen.errors import UserError
from saasgen.stack import Stack
from saasgen.terraform.process import Finished
from saasgen.terraform.state_bucket import StateBucket
from saasgen.terraform.workspace import _failure, _init_problem


class _NoBody:
    def stream(self) -> list[bytes]:
        return []


EVERYWHERE = pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def _named(stack: Stack, text: str) -> Stack:
    (stack.terraform_dir / "backend.hcl").write_text(text)
    return stack


def test_is_the_one_backend_hcl_names(tiny_stack: Stack):
    hcl = '# bucket = "old"\nbucket = "acme-states"\nkey = "acme"\nregion       = "eu-central-1"\n'

    bucket = StateBucket.of(_named(tiny_stack, hcl))

    assert bucket == StateBucket("acme-states", "eu-central-1")
    assert bucket.key_alias == "alias/acme-states"


def test_is_in_the_stacks_region_unless_backend_hcl_names_one(tiny_stack: Stack):
    named = _named(tiny_stack, 'bucket = "acme-states"\n')

    assert StateBucket.of(named).region == tiny_stack.region


def test_a_backend_without_a_bucket_is_refused_by_its_path(tiny_stack: Stack):
    with pytest.raises(UserError, match=r"backend\.hcl names no bucket"):
        StateBucket.of(tiny_stack)


@EVERYWHERE
def test_is_made_once_and_confirmed_ever_after(region: str):
    bucket = StateBucket("acme-states", region)

    assert [bucket.ensure({}), bucket.ensure({})] == [True, False]
    boto3.client("s3", region_name=region).head_bucket(Bucket="acme-states")


def test_has_no_key_until_one_has_its_alias():
    bucket = StateBucket("acme-states", "us-east-1")
    kms = boto3.client("kms", region_name="us-east-1")
    assert bucket.key_id({}) is None

    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/acme-states", TargetKeyId=key)

    assert bucket.key_id({}) == key


def test_a_bucket_in_another_region_is_refused():
    StateBucket("acme-states", "eu-central-1").ensure({})

    with pytest.raises(UserError, match=r"is in eu-central-1, and .* says eu-west-1"):
        StateBucket("acme-states", "eu-west-1").ensure({})


def test_a_name_another_account_has_is_refused(monkeypatch: pytest.MonkeyPatch):
    """moto lets every account use every bucket; S3 answers 403."""
    owners: list[str] = []

    def refuse(request: AWSRequest, **_: object) -> AWSResponse:
        owners.append(request.headers["x-amz-expected-bucket-owner"].decode())
        return AWSResponse(request.url, 403, {}, _NoBody())

    session = boto3.Session()
    session.events.register_first("before-send.s3.HeadBucket", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)

    with pytest.raises(UserError, match="belongs to another account"):
        StateBucket("acme-states", "eu-central-1").ensure({})

    assert set(owners) == {"123456789012"}


def test_a_missing_bucket_names_the_command_that_makes_it():
    ended = Finished(1, "", 'Error: S3 bucket "acme-states" does not exist.')

    assert "`saasgen bootstrap`" in _init_problem(ended)


def test_a_missing_key_names_the_command_that_makes_it(tmp_path: Path):
    words = "Error acquiring the state lock: KMS.NotFoundException: alias/acme-states is not found"

    assert "`saasgen bootstrap`" in str(_failure("plan", Finished(1, "", words)))
