"""Which events administrators are told about: who hears of it, in which words, how urgently.

Nobody is told what they did themselves. Of what follows for one administrator, that one is told in
other words than the rest, and the first occasion that fits is the one.

Deliberately not here: `tenant.created`, when there is no administrator yet, and
`administrator.profile_changed`, which nobody can do to somebody else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from handlers.catalog.permissions import allows
from handlers.catalog.preferences import NotificationCategory, NotificationPriority
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.domain.administrators import Administrator
from handlers.domain.letters import ROLES, day, moment, seats
from handlers.platform.money import Money

LIFE: Final = timedelta(days=90)
"""How long a notification stays, unless what it is about ends before."""

Data = Mapping[str, Any]
Audience = Callable[[Data, Administrator], bool]
Priority = NotificationPriority | Callable[[Data], NotificationPriority]


class UnknownOccasionError(Exception):
    """Nothing is said about an event; telling nobody would go unnoticed."""


class Words(NamedTuple):
    """What is told, and the page of the app that shows more."""

    title: str
    message: str
    link_path: str
    link_label: str


class Notice(NamedTuple):
    """What one administrator is told about one event."""

    category: NotificationCategory
    priority: NotificationPriority
    words: Words
    expires_at: datetime


class Occasion(NamedTuple):
    """One way of telling about an event; `end` is the field of the event's data that ends it."""

    category: NotificationCategory
    priority: Priority
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
    priority = occasion.priority
    return Notice(
        category=occasion.category,
        priority=priority if isinstance(priority, str) else priority(data),
        words=occasion.write(data),
        expires_at=now + LIFE
        if occasion.end is None
        else datetime.fromisoformat(data[occasion.end]),
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


def _critical_for_super_admins(otherwise: NotificationPriority) -> Priority:
    """Whoever becomes super administrator may do everything: if it was a thief, minutes count."""
    return lambda data: "critical" if data["role"] == "super_admin" else otherwise


def _as_requested(data: Data) -> NotificationPriority:
    priority: NotificationPriority = data["priority"]
    return priority


# --- In which words ------------------------------------------------------------------------------


def _tenant_updated(data: Data) -> Words:
    changed = ", ".join(sorted(data.get("after") or ["details"]))
    return Words(
        "Your organisation was changed", f"What changed: {changed}.", "/settings", "Show settings"
    )


def _tenant_suspended(data: Data) -> Words:
    return Words(
        f"{data['name']} is suspended",
        "Everything can still be read; nothing can be changed until the suspension is lifted.",
        "/",
        "Open the console",
    )


def _tenant_reactivated(data: Data) -> Words:
    return Words(
        f"{data['name']} is active again",
        "The suspension was lifted: everything works as before.",
        "/",
        "Open the console",
    )


def _subscription_created(data: Data) -> Words:
    plan = SUBSCRIPTION_TIERS[data["planId"]].display_name
    return Words(
        f"New subscription: {plan}",
        f"{seats(data['seatCount'])} from {day(data['periodStart'])} to {day(data['periodEnd'])} "
        f"for {Money(data['amount'], data['currency'])}.",
        f"/subscriptions/{data['subscriptionId']}",
        "Show the subscription",
    )


def _invoice_generated(data: Data) -> Words:
    return Words(
        f"Invoice {data['number']} is ready",
        f"{Money(data['amount'], data['currency'])}, due on {day(data['dueAt'])}.",
        f"/invoices/{data['invoiceId']}",
        "Show the invoice",
    )


def _billing_settings_changed(data: Data) -> Words:
    changed = ", ".join(sorted(data.get("after") or ["details"]))
    return Words(
        "Billing settings were changed",
        f"What changed: {changed}.",
        "/billing/settings",
        "Show billing settings",
    )


def _invitation(what: str) -> Callable[[Data], Words]:
    return lambda data: Words(
        f"Invitation {what}: {data['email']}",
        f"{data['email']} as {ROLES[data['role']]}, invited by {data['invitedBy']}.",
        f"/invitations/{data['invitationId']}",
        "Show the invitation",
    )


def _administrator(what: str) -> Callable[[Data], Words]:
    return lambda data: Words(
        f"{data['name']} {what.format(role=ROLES[data['role']])}",
        "If you did not expect this, look into the audit trail.",
        f"/administrators/{data['administratorId']}",
        "Show the administrator",
    )


def _you(what: str) -> Callable[[Data], Words]:
    return lambda data: Words(
        what.format(role=ROLES[data["role"]]),
        "Another administrator did this. If you did not expect it, ask them.",
        "/profile",
        "Show your profile",
    )


def _approval_requested(data: Data) -> Words:
    message = f"{data['requestedByName']} asks for it. Decide until {moment(data['expiresAt'])}."
    return _approval("Approval wanted", message, data)


def _decided(what: str) -> Callable[[Data], Words]:
    def words(data: Data) -> Words:
        reason = f" The reason: {data['reason']}" if data.get("reason") else ""
        return _approval(what, f"By {data['decidedByName']}.{reason}", data)

    return words


def _approval(title: str, message: str, data: Data) -> Words:
    return Words(
        f"{title}: {data['action']} of {data['resourceType']} {data['resourceId']}",
        message,
        f"/approvals/{data['approvalId']}",
        "Show the request",
    )


def _deployment(what: str) -> Callable[[Data], Words]:
    return lambda data: Words(
        f"Version {data['version']} {what.format_map({**data, **data['after']})}",
        "It is on its way.",
        f"/deployments/{data['deploymentId']}",
        "Show the deployment",
    )


# --- Which ---------------------------------------------------------------------------------------

_OTHERS: Final = _who_may("admin:write", except_for="administratorId")
_CONCERNED: Final = _whom("administratorId")
_REQUESTER: Final = _whom("requestedBy")
_APPROVERS: Final = _who_may("approvals:process", except_for="requestedBy")

OCCASIONS: Final[Mapping[str, tuple[Occasion, ...]]] = {
    "tenant.updated": (Occasion("system", "low", _who_may("tenants:write"), _tenant_updated),),
    "tenant.suspended": (
        Occasion("alert", "critical", _who_may("tenants:read"), _tenant_suspended),
    ),
    "tenant.reactivated": (
        Occasion("alert", "high", _who_may("tenants:read"), _tenant_reactivated),
    ),
    "subscription.created": (
        Occasion("billing", "medium", _who_may("billing:read"), _subscription_created),
    ),
    "invoice.generated": (
        Occasion("billing", "medium", _who_may("billing:read"), _invoice_generated),
    ),
    "billing_settings.changed": (
        Occasion("billing", "high", _who_may("billing:read"), _billing_settings_changed),
    ),
    "invitation.created": (
        Occasion("security", "low", _who_may("admin:write"), _invitation("sent")),
    ),
    "invitation.resent": (
        Occasion("security", "low", _who_may("admin:write"), _invitation("sent again")),
    ),
    "invitation.revoked": (
        Occasion("security", "low", _who_may("admin:write"), _invitation("revoked")),
    ),
    "administrator.created": (
        Occasion(
            "security",
            _critical_for_super_admins("medium"),
            _OTHERS,
            _administrator("has joined as {role}"),
        ),
    ),
    "administrator.updated": (
        Occasion("security", "low", _CONCERNED, _you("Your name was changed")),
    ),
    "administrator.role_changed": (
        Occasion("security", "high", _CONCERNED, _you("You are {role} now")),
        Occasion(
            "security",
            _critical_for_super_admins("high"),
            _OTHERS,
            _administrator("is {role} now"),
        ),
    ),
    "administrator.deactivated": (
        Occasion("security", "high", _OTHERS, _administrator("was deactivated")),
    ),
    "administrator.reactivated": (
        Occasion("security", "medium", _CONCERNED, _you("Your account is active again")),
        Occasion("security", "medium", _OTHERS, _administrator("is active again")),
    ),
    "administrator.deleted": (
        Occasion("security", "high", _OTHERS, _administrator("was deleted")),
    ),
    "approval.requested": (
        Occasion(
            "approval",
            _as_requested,
            _APPROVERS,
            _approval_requested,
            end="expiresAt",
        ),
    ),
    "approval.approved": (Occasion("approval", "high", _REQUESTER, _decided("Approved")),),
    "approval.rejected": (Occasion("approval", "high", _REQUESTER, _decided("Rejected")),),
    "approval.cancelled": (
        Occasion("approval", "medium", _REQUESTER, _decided("Request cancelled")),
        Occasion("approval", "low", _APPROVERS, _decided("Request cancelled")),
    ),
    "deployment.approved": (
        Occasion(
            "deployment",
            "medium",
            _who_may("deployments:read"),
            _deployment("is approved for {environment}"),
        ),
    ),
    "deployment.promoted": (
        Occasion(
            "deployment",
            "medium",
            _who_may("deployments:read"),
            _deployment("goes on from {environment} to {promotedTo}"),
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
