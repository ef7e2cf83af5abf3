"""What checkov finds in the bootstrap root, and that no exception hides more than it says."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.policies.checkov import Finding, Scan, scan_folder, scan_plans
from tests.policies.exceptions import Accepted, Exceptions, unaccepted, unneeded
from tests.support import REPOSITORY

BUCKET = Finding("CKV_AWS_18", "access logging", 'module.a.aws_s3_bucket.this["b"]', "/plan.json")
ENTRY = {
    "check": "CKV_AWS_18",
    "resources": ["module.a.aws_s3_bucket.*"],
    "reason": "A reason that a reader understands.",
    "owner": "platform",
}


@pytest.fixture(scope="module")
def scan() -> Scan:
    return scan_folder(REPOSITORY / "template/terraform/bootstrap")


def test_nothing_is_found_in_the_bootstrap_root_but_what_was_accepted(scan: Scan):
    accepted = Exceptions.read().bootstrap

    assert scan.passed > 10
    assert unaccepted(scan.findings, accepted) == []
    assert unneeded(scan.findings, accepted) == []


def test_a_public_database_is_found(tmp_path: Any):
    (tmp_path / "main.tf").write_text(
        'resource "aws_db_instance" "x" { publicly_accessible = true }'
    )

    assert "CKV_AWS_17" in {finding.check for finding in scan_folder(tmp_path).findings}


def test_a_file_that_is_no_plan_is_an_error(tmp_path: Any):
    (tmp_path / "plan.json").write_text("{}")

    with pytest.raises(AssertionError):
        scan_plans(tmp_path / "plan.json")


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "because"},
        {"owner": "nobody"},
        {"resources": []},
        {"check": "CKV_*"},
        {"until": "2030"},
    ],
)
def test_an_exception_says_what_why_and_who(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        Accepted.model_validate(ENTRY | change)


@pytest.mark.parametrize("key", ["reason", "owner"])
def test_an_exception_without_reason_or_owner_is_refused(key: str):
    with pytest.raises(ValidationError, match=key):
        Accepted.model_validate({k: v for k, v in ENTRY.items() if k != key})


@pytest.mark.parametrize(
    ("change", "hides"),
    [
        ({}, True),
        ({"check": "CKV_AWS_19"}, False),
        ({"resources": ["module.b.aws_s3_bucket.*"]}, False),
    ],
)
def test_an_exception_is_about_its_check_and_resources(change: dict[str, Any], hides: bool):
    accepted = [Accepted.model_validate(ENTRY | change)]

    assert (unaccepted((BUCKET,), accepted) == []) is hides
    assert (unneeded((BUCKET,), accepted) == []) is hides
