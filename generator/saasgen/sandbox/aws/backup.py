"""AWS Backup: access policies of vaults, changes of plans, and selections, which moto lacks.

A vault that is emptied before it is deleted is asked for its recovery points; nothing in the
sandbox makes any. A plan that was deleted is gone: moto still answers with it. And the provider's
paths end without the slash by which moto finds whose tags are asked for.
"""

import json
import uuid
from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan, Vault
from moto.backup.responses import BackupResponse

from saasgen.sandbox.aws.patching import Function, action, around

_VAULT = "{0}/backup-vaults/(?P<name>[^/]+)"


def apply() -> None:
    """Add the actions and their paths."""
    for path in ("access-policy", "recovery-points", "recovery-points/"):
        urls.url_paths[f"{_VAULT}/{path}$"] = BackupResponse.dispatch
    _add_access_policies()
    _add_changes_of_plans()
    _add_selections()

    @around(BackupResponse, "list_tags")
    def list_tags(_original: Function, self: Any) -> str:
        arn = unquote(self.path.removeprefix("/tags/").rstrip("/"))
        return json.dumps({"Tags": self.backup_backend.list_tags(arn)})

    @action(BackupResponse)
    def list_recovery_points_by_backup_vault(self: Any) -> str:
        _vault(self)
        return json.dumps({"RecoveryPoints": []})


def _add_access_policies() -> None:
    @action(BackupResponse)
    def put_backup_vault_access_policy(self: Any) -> str:
        _vault(self).access_policy = json.loads(self.body)["Policy"]
        return "{}"

    @action(BackupResponse)
    def get_backup_vault_access_policy(self: Any) -> str:
        vault: Any = _vault(self)
        policy = getattr(vault, "access_policy", None)
        if policy is None:
            raise ResourceNotFoundException(msg=f"{vault.backup_vault_name} has no access policy")
        return json.dumps(vault.to_dict() | {"Policy": policy})

    @action(BackupResponse)
    def delete_backup_vault_access_policy(self: Any) -> str:
        _vault(self).access_policy = None
        return "{}"


def _add_changes_of_plans() -> None:
    @around(BackupBackend, "get_backup_plan")
    def get_backup_plan(original: Function, self: Any, *args: Any, **kwargs: Any) -> Any:
        plan = original(self, *args, **kwargs)
        if plan.deletion_date is not None:
            raise ResourceNotFoundException(msg=f"{plan.backup_plan_id} has been deleted")
        return plan

    @action(BackupResponse)
    def update_backup_plan(self: Any) -> str:
        plan = _plan(self)
        # a new plan knows what a rule that leaves something out has instead
        asked = json.loads(self.body)["BackupPlan"]
        changed = Plan(asked, plan.creator_request_id, self.backup_backend)
        plan.backup_plan, plan.version_id = changed.backup_plan, changed.version_id
        return json.dumps(plan.to_dict())


def _add_selections() -> None:
    @action(BackupResponse)
    def create_backup_selection(self: Any) -> str:
        plan = _plan(self)
        made = {
            "SelectionId": str(uuid.uuid4()),
            "BackupPlanId": plan.backup_plan_id,
            "CreationDate": plan.creation_date,
        }
        selection = json.loads(self.body)["BackupSelection"]
        _selections(plan)[made["SelectionId"]] = made | {"BackupSelection": selection}
        return json.dumps(made)

    @action(BackupResponse)
    def get_backup_selection(self: Any) -> str:
        plan, selection = _plan(self), self.path.rstrip("/").split("/")[-1]
        if selection not in _selections(plan):
            raise ResourceNotFoundException(msg=f"{selection} is no selection of the plan")
        return json.dumps(_selections(plan)[selection])

    @action(BackupResponse)
    def delete_backup_selection(self: Any) -> str:
        _selections(_plan(self)).pop(self.path.rstrip("/").split("/")[-1], None)
        return "{}"


def _vault(response: Any) -> Any:
    """The vault that the path begins with: /backup-vaults/NAME/..."""
    vault: Vault = response.backup_backend.describe_backup_vault(response.path.split("/")[2])
    return vault


def _plan(response: Any) -> Any:
    """The plan that the path begins with: /backup/plans/ID/..."""
    plan: Plan = response.backup_backend.get_backup_plan(response.path.split("/")[3], None)
    return plan


def _selections(plan: Any) -> dict[str, Any]:
    kept: dict[str, Any] = plan.__dict__.setdefault("selections", {})
    return kept
