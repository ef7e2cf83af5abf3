from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.generator.sandbox.conftest import Aws

RULE = {
    "RuleName": "daily",
    "TargetBackupVaultName": "billing",
    "ScheduleExpression": "cron(0 7 * * ? *)",
}
ROLE = "arn:aws:iam::123456789012:role/backup"
CLUSTER = "arn:aws:rds:us-east-1:123456789012:cluster:billing"


@pytest.fixture
def backup(aws: Aws) -> Any:
    """AWS Backup with a vault."""
    backup = aws("backup")
    backup.create_backup_vault(BackupVaultName="billing")
    return backup


@pytest.fixture
def plan(backup: Any) -> str:
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "billing", "Rules": [RULE]})
    return str(made["BackupPlanId"])


def test_a_vault_keeps_its_access_policy(backup: Any) -> None:
    missing = backup.exceptions.ResourceNotFoundException
    with pytest.raises(missing):
        backup.get_backup_vault_access_policy(BackupVaultName="billing")
    backup.put_backup_vault_access_policy(BackupVaultName="billing", Policy='{"Version": "x"}')
    found = backup.get_backup_vault_access_policy(BackupVaultName="billing")
    assert (found["BackupVaultName"], found["Policy"]) == ("billing", '{"Version": "x"}')
    backup.delete_backup_vault_access_policy(BackupVaultName="billing")
    with pytest.raises(missing):
        backup.get_backup_vault_access_policy(BackupVaultName="billing")


def test_a_vault_has_no_recovery_points(backup: Any) -> None:
    found = backup.list_recovery_points_by_backup_vault(BackupVaultName="billing")
    assert found["RecoveryPoints"] == []


def test_a_plan_can_be_changed(backup: Any, plan: str) -> None:
    changed = RULE | {"Lifecycle": {"DeleteAfterDays": 7}}
    before = backup.get_backup_plan(BackupPlanId=plan)["VersionId"]
    backup.update_backup_plan(
        BackupPlanId=plan, BackupPlan={"BackupPlanName": "billing", "Rules": [changed]}
    )
    found = backup.get_backup_plan(BackupPlanId=plan)
    assert found["BackupPlan"]["Rules"][0]["Lifecycle"] == {"DeleteAfterDays": 7}
    assert found["VersionId"] != before


def test_a_plan_that_was_deleted_is_gone(backup: Any, plan: str) -> None:
    backup.delete_backup_plan(BackupPlanId=plan)
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_backup_plan(BackupPlanId=plan)


def test_a_plan_has_selections(backup: Any, plan: str) -> None:
    selection = {"SelectionName": "cluster", "IamRoleArn": ROLE, "Resources": [CLUSTER]}
    made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
    which = {"BackupPlanId": plan, "SelectionId": made["SelectionId"]}
    assert backup.get_backup_selection(**which)["BackupSelection"] == selection
    backup.delete_backup_selection(**which)
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_backup_selection(**which)


@pytest.mark.parametrize("ending", ["", "/"])
def test_tags_are_found_whatever_the_path_ends_with(aws: Aws, ending: str) -> None:
    made = aws("backup").create_backup_vault(
        BackupVaultName="billing", BackupVaultTags={"stack": "acme"}
    )
    path = f"/tags/{quote(made['BackupVaultArn'], safe='')}{ending}"
    credential = "Credential=test/20260101/us-east-1/backup/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {credential}", "x-moto-account-id": aws.account}
    answer = requests.get(aws.endpoint + path, headers=headers, timeout=10)
    assert answer.json() == {"Tags": {"stack": "acme"}}
