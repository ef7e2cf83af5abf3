"""What is written to a tenant, or to somebody invited, when something happened.

What its administrators are told, and when, is `domain.notifications.administrators`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.domain.notifications.mail_text import ROLES, Sender, day, moment, seats, write
from handlers.platform.base.money import Money


class UnknownNotificationError(Exception):
    """There is no text for an event; writing something vague would be worse than failing."""


class TenantMail(NamedTuple):
    """A message to a tenant; text and HTML say the same."""

    recipient: str
    subject: str
    text: str
    html: str


class _Draft(NamedTuple):
    subject: str
    paragraphs: Sequence[str]


def recipient_of(event_type: str, data: Mapping[str, Any]) -> str:
    """Tell to whom the message about an event goes.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    recipient: str = data[_kind(event_type).recipient]
    return recipient


def compose(event_type: str, data: Mapping[str, Any], sender: Sender) -> TenantMail:
    """Write the message about an event.

    Args:
        event_type: Such as `invoice.finalized`.
        data: The event's, with what no event carries: for an invitation `acceptUrl`, for what is
            about an invoice `invoiceUrl`.
        sender: In whose name it is written.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    draft = _kind(event_type).write(data, sender)
    letter = write(draft.subject, draft.paragraphs, sender)
    return TenantMail(recipient_of(event_type, data), *letter)


def _tenant_created(data: Mapping[str, Any], sender: Sender) -> _Draft:
    return _Draft(
        subject=f"Welcome to {sender.product_name}",
        paragraphs=(
            f"Hello {data['name']},",
            f"your organisation now has its place in {sender.product_name}. The next step is to "
            "choose a plan.",
        ),
    )


def _subscription_created(data: Mapping[str, Any], sender: Sender) -> _Draft:
    plan = SUBSCRIPTION_TIERS[data["planId"]].display_name
    price = Money(data["amount"], data["currency"])
    return _Draft(
        subject=f"Your {sender.product_name} subscription: {plan}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"your {plan} plan with {seats(data['seatCount'])} runs from "
            f"{day(data['periodStart'])} to {day(data['periodEnd'])} and costs {price} for this "
            f"time, billed {'yearly' if data['billingCycle'] == 'annual' else 'monthly'}.",
        ),
    )


def _invoice_finalized(data: Mapping[str, Any], sender: Sender) -> _Draft:
    return _Draft(
        subject=f"Invoice {data['number']} from {sender.company}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"invoice {data['number']} for {sender.product_name} is ready: {_due(data)}. "
            "You find it here:",
            data["invoiceUrl"],
        ),
    )


def _invoice_overdue(data: Mapping[str, Any], sender: Sender) -> _Draft:
    return _Draft(
        subject=f"Reminder {data['reminder']}: invoice {data['number']} from {sender.company}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"invoice {data['number']} for {sender.product_name} is not paid yet: {_due(data)}. "
            "You find it here:",
            data["invoiceUrl"],
            "If you have paid it in the last days, ignore this mail.",
        ),
    )


def _invoice_credited(data: Mapping[str, Any], sender: Sender) -> _Draft:
    amount = Money(-data["amount"], data["currency"])
    return _Draft(
        subject=f"Credit note {data['number']} from {sender.company}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"credit note {data['number']} gives back {amount} of invoice "
            f"{data['creditedNumber']} for {sender.product_name}. The reason: {data['note']}",
            "You find it here:",
            data["invoiceUrl"],
        ),
    )


def _due(data: Mapping[str, Any]) -> str:
    still_open = Money(data.get("openAmount", data["amount"]), data["currency"])
    return f"{still_open}, due on {day(data['dueAt'])}"


def _invitation(data: Mapping[str, Any], sender: Sender) -> _Draft:
    words = [f'{data["invitedBy"]} writes: "{data["message"]}"'] if data.get("message") else []
    return _Draft(
        subject=f"You are invited to {sender.product_name}",
        paragraphs=(
            f"{data['invitedBy']} invites you to {sender.product_name} as {ROLES[data['role']]}.",
            *words,
            f"Accept the invitation until {moment(data['expiresAt'])}:",
            data["acceptUrl"],
            "The link works once. If you did not expect it, ignore this mail.",
        ),
    )


class _Kind(NamedTuple):
    recipient: str
    """The field of the event's data that holds the address."""
    write: Callable[[Mapping[str, Any], Sender], _Draft]


_KINDS: Final = {
    "tenant.created": _Kind("email", _tenant_created),
    "subscription.created": _Kind("tenantEmail", _subscription_created),
    "invoice.finalized": _Kind("tenantEmail", _invoice_finalized),
    "invoice.overdue": _Kind("tenantEmail", _invoice_overdue),
    "invoice.credited": _Kind("tenantEmail", _invoice_credited),
    "invitation.created": _Kind("email", _invitation),
    "invitation.resent": _Kind("email", _invitation),
}
"""The events that there is a mail about, by type."""

EVENT_TYPES: Final = _KINDS.keys()
"""The events that there is a text for."""


def _kind(event_type: str) -> _Kind:
    try:
        return _KINDS[event_type]
    except KeyError as error:
        raise UnknownNotificationError(
            f"no notification is defined for events of type {event_type}"
        ) from error
