"""Which events administrators are told about: who hears of it, in which words, how urgently.

Nobody is told what they did themselves. Of what follows for one administrator, that one is told in
other words than the rest, and the first rule that fits is the one.

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
from handlers.domain.notifications.administrators.texts import Data, NotificationText

LIFE: Final = timedelta(days=90)
"""How long a notification stays, unless what it is about ends before."""

Audience = Callable[[Data, Administrator], bool]
PriorityRule = NotificationPriority | Callable[[Data], NotificationPriority]


class UnknownEventTypeError(Exception):
    """No rule names an event; telling nobody would go unnoticed."""


class Notice(NamedTuple):
    """What one administrator is told about one event."""

    category: NotificationCategory
    priority: NotificationPriority
    words: NotificationText
    expires_at: datetime


class Rule(NamedTuple):
    """One way of telling about an event; `end` is the field of the event's data that ends it."""

    category: NotificationCategory
    priority: PriorityRule
    audience: Audience
    write: Callable[[Data], NotificationText]
    end: str | None = None


def notice_for(
    event_type: str, data: Data, now: datetime, administrator: Administrator
) -> Notice | None:
    """Tell what an administrator is told about an event; None for nothing.

    Raises:
        UnknownEventTypeError: There is no rule for such an event.
    """
    for rule in _rules(event_type):
        if _is_actor(data, administrator):
            return None
        if rule.audience(data, administrator):
            return _notice(rule, data, now)
    return None


def _notice(rule: Rule, data: Data, now: datetime) -> Notice:
    priority, end = rule.priority, rule.end
    return Notice(
        category=rule.category,
        priority=priority if isinstance(priority, str) else priority(data),
        words=rule.write(data),
        expires_at=now + LIFE if end is None else datetime.fromisoformat(data[end]),
    )


def _is_actor(data: Data, administrator: Administrator) -> bool:
    sub = administrator.cognito_sub
    return sub is not None and data.get("actor") == f"user:{sub}"


# --- Who -----------------------------------------------------------------------------------------


def _administrator_in(field: str) -> Audience:
    """Notify the administrator whose id stands in a field."""
    return lambda data, administrator: data[field] == str(administrator.administrator_id)


def _holders_of(permission: str, *, except_for: str | None = None) -> Audience:
    """Notify the holders of a permission, except the administrator whose id stands in a field."""

    def is_in_audience(data: Data, administrator: Administrator) -> bool:
        concerned = None if except_for is None else data[except_for]
        return concerned != str(administrator.administrator_id) and allows(
            [administrator.role], permission
        )

    return is_in_audience


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

_OTHERS: Final = _holders_of("admin:write", except_for="administratorId")
_CONCERNED: Final = _administrator_in("administratorId")
_REQUESTER: Final = _administrator_in("requestedBy")
_APPROVERS: Final = _holders_of("approvals:process", except_for="requestedBy")

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "tenant.updated": (Rule("system", "low", _holders_of("tenants:write"), texts.tenant_updated),),
    "tenant.suspended": (
        Rule("alert", "critical", _holders_of("tenants:read"), texts.tenant_suspended),
    ),
    "tenant.reactivated": (
        Rule("alert", "high", _holders_of("tenants:read"), texts.tenant_reactivated),
    ),
    "subscription.created": (
        Rule("billing", "medium", _holders_of("billing:read"), texts.subscription_created),
    ),
    "invoice.finalized": (
        Rule("billing", "medium", _holders_of("billing:read"), texts.invoice_finalized),
    ),
    "invoice.overdue": (
        Rule("billing", "high", _holders_of("billing:read"), texts.invoice("is overdue")),
    ),
    "invoice.paid": (
        Rule("billing", "low", _holders_of("billing:read"), texts.invoice("is paid")),
    ),
    "invoice.voided": (
        Rule("billing", "medium", _holders_of("billing:read"), texts.invoice("is cancelled")),
    ),
    "invoice.credited": (
        Rule("billing", "medium", _holders_of("billing:read"), texts.invoice_credited),
    ),
    "budget.reached": (
        Rule("billing", _critical_when_spent, _holders_of("billing:read"), texts.budget_reached),
    ),
    "invoice.payment_failed": (
        Rule("alert", "high", _holders_of("billing:read"), texts.payment_failed),
    ),
    "reconciliation.differed": (
        Rule("alert", "high", _holders_of("billing:read"), texts.payments_differ),
    ),
    "refund.failed": (Rule("alert", "high", _holders_of("billing:read"), texts.refund_failed),),
    "billing_settings.changed": (
        Rule("billing", "high", _holders_of("billing:read"), texts.billing_settings_changed),
    ),
    "invitation.created": (
        Rule("security", "low", _holders_of("admin:write"), texts.invitation("sent")),
    ),
    "invitation.resent": (
        Rule("security", "low", _holders_of("admin:write"), texts.invitation("sent again")),
    ),
    "invitation.revoked": (
        Rule("security", "low", _holders_of("admin:write"), texts.invitation("revoked")),
    ),
    "machine_client.created": (
        Rule("security", "medium", _holders_of("admin:write"), texts.machine_client("created")),
    ),
    "machine_client.secret_read": (
        Rule("security", "low", _holders_of("admin:write"), texts.machine_client("secret read")),
    ),
    "machine_client.revoked": (
        Rule("security", "low", _holders_of("admin:write"), texts.machine_client("revoked")),
    ),
    "administrator.created": (
        Rule(
            "security",
            _critical_for_super_admins("medium"),
            _OTHERS,
            texts.administrator("has joined as {role}"),
        ),
    ),
    "administrator.updated": (
        Rule("security", "low", _CONCERNED, texts.about_recipient("Your name was changed")),
    ),
    "administrator.role_changed": (
        Rule("security", "high", _CONCERNED, texts.about_recipient("You are {role} now")),
        Rule(
            "security",
            _critical_for_super_admins("high"),
            _OTHERS,
            texts.administrator("is {role} now"),
        ),
    ),
    "administrator.deactivated": (
        Rule("security", "high", _OTHERS, texts.administrator("was deactivated")),
    ),
    "administrator.reactivated": (
        Rule(
            "security", "medium", _CONCERNED, texts.about_recipient("Your account is active again")
        ),
        Rule("security", "medium", _OTHERS, texts.administrator("is active again")),
    ),
    "administrator.deleted": (
        Rule("security", "high", _OTHERS, texts.administrator("was deleted")),
    ),
    "approval.requested": (
        Rule(
            "approval",
            _as_requested,
            _APPROVERS,
            texts.approval_requested,
            end="expiresAt",
        ),
    ),
    "approval.approved": (Rule("approval", "high", _REQUESTER, texts.decided("Approved")),),
    "approval.rejected": (Rule("approval", "high", _REQUESTER, texts.decided("Rejected")),),
    "approval.cancelled": (
        Rule("approval", "medium", _REQUESTER, texts.decided("Request cancelled")),
        Rule("approval", "low", _APPROVERS, texts.decided("Request cancelled")),
    ),
    "deployment.approved": (
        Rule(
            "deployment",
            "medium",
            _holders_of("deployments:read"),
            texts.deployment("is approved for {environment}"),
        ),
    ),
    "deployment.promoted": (
        Rule(
            "deployment",
            "medium",
            _holders_of("deployments:read"),
            texts.deployment("goes on from {environment} to {promotedTo}"),
        ),
    ),
}


def _rules(event_type: str) -> tuple[Rule, ...]:
    try:
        return RULES[event_type]
    except KeyError as error:
        raise UnknownEventTypeError(
            f"it is not said whom to tell about events of type {event_type}"
        ) from error
