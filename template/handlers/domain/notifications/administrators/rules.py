"""Which events administrators are told about: who hears of it, in which words, how urgently.

Nobody is told what they did themselves. Of what follows for one administrator, that one is told in
other words than the rest, and the first occasion that fits is the one.

Deliberately not here: `tenant.created`, when there is no administrator yet,
`administrator.profile_changed`, which nobody can do to somebody else, and `invoice.generated`, a
draft that nobody has to pay.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from handlers.catalog.permissions import allows
from handlers.catalog.preferences import NotificationCategory, NotificationPriority
from handlers.domain.access.administrators import Administrator
from handlers.domain.notifications.administrators import texts
from handlers.domain.notifications.administrators.texts import Data, Words

LIFE: Final = timedelta(days=90)
"""How long a notification stays, unless what it is about ends before."""

Audience = Callable[[Data, Administrator], bool]
PriorityRule = NotificationPriority | Callable[[Data], NotificationPriority]


class UnknownOccasionError(Exception):
    """Nothing is said about an event; telling nobody would go unnoticed."""


class Notice(NamedTuple):
    """What one administrator is told about one event."""

    category: NotificationCategory
    priority: NotificationPriority
    words: Words
    expires_at: datetime


class Occasion(NamedTuple):
    """One way of telling about an event; `end` is the field of the event's data that ends it."""

    category: NotificationCategory
    priority: PriorityRule
    audience: Audience
    write: Callable[[Data], Words]
    end: str | None = None


def notice_for(
    event_type: str, data: Data, now: datetime, administrator: Administrator
) -> Notice | None:
    """Tell what an administrator is told about an event; None for nothing.

    Raises:
        UnknownOccasionError: There is no occasion for such an event.
    """
    for occasion in _occasions(event_type):
        if _is_actor(data, administrator):
            return None
        if occasion.audience(data, administrator):
            return _notice(occasion, data, now)
    return None


def _notice(occasion: Occasion, data: Data, now: datetime) -> Notice:
    priority, end = occasion.priority, occasion.end
    return Notice(
        category=occasion.category,
        priority=priority if isinstance(priority, str) else priority(data),
        words=occasion.write(data),
        expires_at=now + LIFE if end is None else datetime.fromisoformat(data[end]),
    )


def _is_actor(data: Data, administrator: Administrator) -> bool:
    sub = administrator.cognito_sub
    return sub is not None and data.get("actor") == f"user:{sub}"


# --- Who -----------------------------------------------------------------------------------------


def _whom(field: str) -> Audience:
    """Tell the administrator whose id stands in a field."""
    return lambda data, administrator: data[field] == str(administrator.administrator_id)


def _who_may(permission: str, *, except_for: str | None = None) -> Audience:
    """Tell who holds a permission, but the administrator whose id stands in a field."""

    def hears(data: Data, administrator: Administrator) -> bool:
        concerned = None if except_for is None else data[except_for]
        return concerned != str(administrator.administrator_id) and allows(
            [administrator.role], permission
        )

    return hears


# --- How urgently --------------------------------------------------------------------------------


def _critical_for_super_admins(otherwise: NotificationPriority) -> PriorityRule:
    """Whoever becomes super administrator may do everything: if it was a thief, minutes count."""
    return lambda data: "critical" if data["role"] == "super_admin" else otherwise


def _as_requested(data: Data) -> NotificationPriority:
    priority: NotificationPriority = data["priority"]
    return priority


def _critical_when_spent(data: Data) -> NotificationPriority:
    return "critical" if data["threshold"] >= 100 else "high"


# --- Which ---------------------------------------------------------------------------------------

_OTHERS: Final = _who_may("admin:write", except_for="administratorId")
_CONCERNED: Final = _whom("administratorId")
_REQUESTER: Final = _whom("requestedBy")
_APPROVERS: Final = _who_may("approvals:process", except_for="requestedBy")

OCCASIONS: Final[Mapping[str, tuple[Occasion, ...]]] = {
    "tenant.updated": (Occasion("system", "low", _who_may("tenants:write"), texts.tenant_updated),),
    "tenant.suspended": (
        Occasion("alert", "critical", _who_may("tenants:read"), texts.tenant_suspended),
    ),
    "tenant.reactivated": (
        Occasion("alert", "high", _who_may("tenants:read"), texts.tenant_reactivated),
    ),
    "subscription.created": (
        Occasion("billing", "medium", _who_may("billing:read"), texts.subscription_created),
    ),
    "invoice.finalized": (
        Occasion("billing", "medium", _who_may("billing:read"), texts.invoice_finalized),
    ),
    "invoice.overdue": (
        Occasion("billing", "high", _who_may("billing:read"), texts.invoice("is overdue")),
    ),
    "invoice.paid": (
        Occasion("billing", "low", _who_may("billing:read"), texts.invoice("is paid")),
    ),
    "invoice.voided": (
        Occasion("billing", "medium", _who_may("billing:read"), texts.invoice("is cancelled")),
    ),
    "invoice.credited": (
        Occasion("billing", "medium", _who_may("billing:read"), texts.invoice_credited),
    ),
    "budget.reached": (
        Occasion("billing", _critical_when_spent, _who_may("billing:read"), texts.budget_reached),
    ),
    "invoice.payment_failed": (
        Occasion("alert", "high", _who_may("billing:read"), texts.payment_failed),
    ),
    "reconciliation.differed": (
        Occasion("alert", "high", _who_may("billing:read"), texts.payments_differ),
    ),
    "refund.failed": (Occasion("alert", "high", _who_may("billing:read"), texts.refund_failed),),
    "billing_settings.changed": (
        Occasion("billing", "high", _who_may("billing:read"), texts.billing_settings_changed),
    ),
    "invitation.created": (
        Occasion("security", "low", _who_may("admin:write"), texts.invitation("sent")),
    ),
    "invitation.resent": (
        Occasion("security", "low", _who_may("admin:write"), texts.invitation("sent again")),
    ),
    "invitation.revoked": (
        Occasion("security", "low", _who_may("admin:write"), texts.invitation("revoked")),
    ),
    "machine_client.created": (
        Occasion("security", "medium", _who_may("admin:write"), texts.machine_client("created")),
    ),
    "machine_client.secret_read": (
        Occasion("security", "low", _who_may("admin:write"), texts.machine_client("secret read")),
    ),
    "machine_client.revoked": (
        Occasion("security", "low", _who_may("admin:write"), texts.machine_client("revoked")),
    ),
    "administrator.created": (
        Occasion(
            "security",
            _critical_for_super_admins("medium"),
            _OTHERS,
            texts.administrator("has joined as {role}"),
        ),
    ),
    "administrator.updated": (
        Occasion("security", "low", _CONCERNED, texts.you("Your name was changed")),
    ),
    "administrator.role_changed": (
        Occasion("security", "high", _CONCERNED, texts.you("You are {role} now")),
        Occasion(
            "security",
            _critical_for_super_admins("high"),
            _OTHERS,
            texts.administrator("is {role} now"),
        ),
    ),
    "administrator.deactivated": (
        Occasion("security", "high", _OTHERS, texts.administrator("was deactivated")),
    ),
    "administrator.reactivated": (
        Occasion("security", "medium", _CONCERNED, texts.you("Your account is active again")),
        Occasion("security", "medium", _OTHERS, texts.administrator("is active again")),
    ),
    "administrator.deleted": (
        Occasion("security", "high", _OTHERS, texts.administrator("was deleted")),
    ),
    "approval.requested": (
        Occasion(
            "approval",
            _as_requested,
            _APPROVERS,
            texts.approval_requested,
            end="expiresAt",
        ),
    ),
    "approval.approved": (Occasion("approval", "high", _REQUESTER, texts.decided("Approved")),),
    "approval.rejected": (Occasion("approval", "high", _REQUESTER, texts.decided("Rejected")),),
    "approval.cancelled": (
        Occasion("approval", "medium", _REQUESTER, texts.decided("Request cancelled")),
        Occasion("approval", "low", _APPROVERS, texts.decided("Request cancelled")),
    ),
    "deployment.approved": (
        Occasion(
            "deployment",
            "medium",
            _who_may("deployments:read"),
            texts.deployment("is approved for {environment}"),
        ),
    ),
    "deployment.promoted": (
        Occasion(
            "deployment",
            "medium",
            _who_may("deployments:read"),
            texts.deployment("goes on from {environment} to {promotedTo}"),
        ),
    ),
}


def _occasions(event_type: str) -> tuple[Occasion, ...]:
    try:
        return OCCASIONS[event_type]
    except KeyError as error:
        raise UnknownOccasionError(
            f"it is not said whom to tell about events of type {event_type}"
        ) from error
