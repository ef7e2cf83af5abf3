"""The state bucket: made by a run that is killed, finished by the next, confirmed by any other."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from saasgen.sandbox.control.client import Sandbox
from tests.end_to_end.conftest import Stamp, as_json, saasgen

BUCKET = "acme-dev-terraform-state"
STATE = "bootstrap/terraform.tfstate"


@pytest.fixture(scope="module")
def stack(stamp: Stamp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = stamp(tmp_path_factory.mktemp("bootstrap") / "acme", "region=eu-central-1")
    try:
        yield path
    finally:
        Sandbox(path).stop()


@pytest.fixture(scope="module")
def done(stack: Path) -> dict[str, Any]:
    """What `saasgen bootstrap` said after an earlier one was killed with its Terraform."""
    _kill_while_it_applies(stack)
    finished = saasgen("bootstrap", str(stack), "--sandbox", "--json")
    assert finished.returncode == 0, finished.stderr
    return dict(as_json(finished))


@pytest.fixture
def aws(stack: Path, done: dict[str, Any]) -> Any:
    environment = Sandbox(stack).environment()

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return client


def test_a_killed_run_is_finished_by_the_next(done: dict[str, Any]):
    assert done["bucket_name"] == BUCKET
    assert done["created"] is False  # the killed run had made it
    assert done["changed"] > 0


def test_the_key_of_the_killed_run_which_no_state_knew_was_adopted(done: dict[str, Any], aws: Any):
    kms = aws("kms")
    found = [kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]]

    assert [k["Arn"] for k in found if BUCKET in k["Description"]] == [done["key_arn"]]


def test_the_bucket_is_where_its_stack_is_and_keeps_versions(aws: Any):
    s3 = aws("s3")

    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-central-1"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 365


def test_the_bucket_encrypts_with_a_key_of_its_own_that_rotates(done: dict[str, Any], aws: Any):
    encryption = aws("s3").get_bucket_encryption(Bucket=BUCKET)
    [rule] = encryption["ServerSideEncryptionConfiguration"]["Rules"]

    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": done["key_arn"],
    }
    assert aws("kms").get_key_rotation_status(KeyId=done["key_arn"])["KeyRotationEnabled"]


def test_the_bucket_is_closed_to_the_public_and_to_plain_text(aws: Any):
    s3 = aws("s3")
    access = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]

    assert all(access.values())
    assert len(access) == 4
    assert '"aws:SecureTransport"' in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]


def test_a_second_run_changes_nothing(stack: Path, done: dict[str, Any]):
    again = saasgen("bootstrap", str(stack), "--sandbox", "--json")

    assert again.returncode == 0, again.stderr
    assert as_json(again) == {**done, "created": False, "changed": 0}


def test_its_own_state_is_in_the_bucket_and_nothing_is_on_this_machine(stack: Path, aws: Any):
    found = aws("s3").head_object(Bucket=BUCKET, Key=STATE)

    assert found["ContentLength"] > 1000
    kept = [p for p in stack.rglob("*.tfstate*") if ".sandbox" not in p.parts]
    assert kept == []


def test_a_plan_works_on_the_bucket_and_encrypts_with_its_key(stack: Path, aws: Any):
    planned = saasgen("plan", str(stack), "--sandbox", "--json")

    assert planned.returncode == 2, planned.stderr
    assert as_json(planned)["counts"]["create"] > 150
    # The lock was in the bucket, and is gone: its versions tell.
    s3 = aws("s3")
    lock = "acme/dev/terraform.tfstate.tflock"
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix=lock)
    assert listed["DeleteMarkers"][0]["IsLatest"]
    version = listed["Versions"][0]["VersionId"]
    written = s3.head_object(Bucket=BUCKET, Key=lock, VersionId=version)
    assert written["ServerSideEncryption"] == "aws:kms"
    assert written["SSEKMSKeyId"] == f"alias/{BUCKET}"


def _kill_while_it_applies(stack: Path) -> None:
    """Begin, and kill the command with all its children once the bucket has its key."""
    run = subprocess.Popen(
        [sys.executable, "-m", "saasgen", "bootstrap", str(stack), "--sandbox"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = stack / ".saasgen/sandbox/bootstrap/apply.stdout"
    deadline = time.monotonic() + 120
    while not (journal.is_file() and _made_alias(journal.read_text("utf-8"))):
        assert run.poll() is None, "it ended before it was killed"
        assert time.monotonic() < deadline, "the apply did not begin"
        time.sleep(0.2)
    daemon = Sandbox(stack).status().pid
    for child in psutil.Process(run.pid).children(recursive=True):
        if child.pid != daemon:
            child.kill()
    run.kill()
    run.wait()


def _made_alias(journal: str) -> bool:
    return any(
        '"apply_complete"' in line and "aws_kms_alias" in line for line in journal.splitlines()
    )
