"""What a plan would do, grouped so that a person can read it."""

from collections import defaultdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Action = Literal["create", "update", "replace", "delete", "read", "no-op", "forget"]

# Losing one of these loses data or identities that nothing else can restore.
STATEFUL = frozenset(
    {
        "aws_cognito_user_pool",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_kms_key",
        "aws_rds_cluster",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sqs_queue",
    }
)


class Change(BaseModel):
    """One resource a plan changes, and why it must be replaced if it must."""

    model_config = ConfigDict(frozen=True)

    address: str
    type: str
    module: str
    action: Action
    replaced_because: tuple[str, ...] = ()

    @property
    def destroys_state(self) -> bool:
        """Whether this would lose data."""
        return self.type in STATEFUL and self.action in {"delete", "replace"}


class PlanSummary(BaseModel):
    """All changes of a plan, in the order of their addresses."""

    model_config = ConfigDict(frozen=True)

    changes: tuple[Change, ...]

    @classmethod
    def of(cls, plan: dict[str, Any]) -> "PlanSummary":
        """Read `terraform show -json PLAN`."""
        changes = [_change(found) for found in plan.get("resource_changes", [])]
        kept = [c for c in changes if c.action not in {"no-op", "read"}]
        return cls(changes=tuple(sorted(kept, key=lambda c: c.address)))

    def count(self, action: Action) -> int:
        """How many resources have this action."""
        return sum(change.action == action for change in self.changes)

    @property
    def empty(self) -> bool:
        """Whether the plan changes nothing."""
        return not self.changes

    @property
    def destroyed_state(self) -> list[Change]:
        """The stateful resources this plan would delete or replace."""
        return [change for change in self.changes if change.destroys_state]

    def by_module(self) -> dict[str, dict[str, list[Change]]]:
        """Changes by module, then by action."""
        grouped: dict[str, dict[str, list[Change]]] = defaultdict(lambda: defaultdict(list))
        for change in self.changes:
            grouped[change.module][change.action].append(change)
        return {module: dict(actions) for module, actions in sorted(grouped.items())}


def _change(found: dict[str, Any]) -> Change:
    change = found["change"]
    paths = change.get("replace_paths") or []
    return Change(
        address=found["address"],
        type=found["type"],
        module=found.get("module_address", "").removeprefix("module.") or "root",
        action=_action(change["actions"]),
        replaced_because=tuple(".".join(str(part) for part in path) for path in paths),
    )


def _action(actions: list[str]) -> Action:
    if sorted(actions) == ["create", "delete"]:
        return "replace"
    only: Action = actions[0]  # type: ignore[assignment]
    return only
