"""What an approval may do: one model of details per type, which checks and executes itself."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from handlers.domain.approvals.actions.action import Action
from handlers.domain.approvals.actions.administrators import UserRoleChange
from handlers.domain.approvals.actions.billing import BillingChange
from handlers.domain.approvals.actions.deployments import Promotion, VersionDeployment
from handlers.domain.approvals.actions.model_registry import ModelActivation, ProviderChange

ApprovalType = Literal[
    "deployment",
    "promotion",
    "model_activation",
    "provider_change",
    "user_role_change",
    "billing_change",
]

APPROVAL_TYPES: Final[tuple[ApprovalType, ...]] = get_args(ApprovalType)

ACTIONS: Final[Mapping[ApprovalType, type[Action]]] = {
    "deployment": VersionDeployment,
    "promotion": Promotion,
    "model_activation": ModelActivation,
    "provider_change": ProviderChange,
    "user_role_change": UserRoleChange,
    "billing_change": BillingChange,
}
