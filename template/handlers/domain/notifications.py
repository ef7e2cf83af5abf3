"""What is written to a tenant when something happened: subject, plain text and HTML.

What people typed, like the name of a tenant, is text: it is escaped in the HTML and cannot break
out of a line of the subject.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final, NamedTuple

from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.platform.money import Money


class UnknownNotificationError(Exception):
    """There is no text for an event; writing something vague would be worse than failing."""


class Notification(NamedTuple):
    """A message to a tenant; text and HTML say the same."""

    recipient: str
    subject: str
    text: str
    html: str


class _Draft(NamedTuple):
    subject: str
    paragraphs: Sequence[str]


class Sender(NamedTuple):
    """In whose name we write."""

    product_name: str
    company: str


def recipient_of(event_type: str, data: Mapping[str, Any]) -> str:
    """Tell to whom the message about an event goes.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    recipient: str = data[_kind(event_type).recipient]
    return recipient


def compose(event_type: str, data: Mapping[str, Any], sender: Sender) -> Notification:
    """Write the message about an event.

    Args:
        event_type: Such as `invoice.generated`.
        data: The event's; for an invitation with `acceptUrl`, which no event carries.
        sender: In whose name it is written.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    draft = _kind(event_type).write(data, sender)
    paragraphs = [*draft.paragraphs, sender.company]
    return Notification(
        recipient=recipient_of(event_type, data),
        subject=" ".join(draft.subject.split()),
        text="\n\n".join(paragraphs) + "\n",
        html=_html(paragraphs),
    )


def _html(paragraphs: Sequence[str]) -> str:
    body = "".join(f"<p>{_paragraph(text)}</p>" for text in paragraphs)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{body}</body></html>'


def _paragraph(text: str) -> str:
    """Escape a paragraph; one that is nothing but an address of ours becomes a link."""
    shown = escape(text)
    return f'<a href="{shown}">{shown}</a>' if _LINK.fullmatch(text) else shown


_LINK: Final = re.compile(r"https://[^\s<>\"]+")


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
    seats = "1 seat" if data["seatCount"] == 1 else f"{data['seatCount']} seats"
    return _Draft(
        subject=f"Your {sender.product_name} subscription: {plan}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"your {plan} plan with {seats} runs from {_day(data['periodStart'])} to "
            f"{_day(data['periodEnd'])} and costs {price} for this time, billed "
            f"{'yearly' if data['billingCycle'] == 'annual' else 'monthly'}.",
        ),
    )


def _invoice_generated(data: Mapping[str, Any], sender: Sender) -> _Draft:
    return _Draft(
        subject=f"Invoice {data['number']} from {sender.company}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"invoice {data['number']} for {sender.product_name} is ready: "
            f"{Money(data['amount'], data['currency'])}, due on {_day(data['dueAt'])}.",
        ),
    )


def _invitation(data: Mapping[str, Any], sender: Sender) -> _Draft:
    words = [f'{data["invitedBy"]} writes: "{data["message"]}"'] if data.get("message") else []
    return _Draft(
        subject=f"You are invited to {sender.product_name}",
        paragraphs=(
            f"{data['invitedBy']} invites you to {sender.product_name} as {_ROLES[data['role']]}.",
            *words,
            f"Accept the invitation until {_moment(data['expiresAt'])}:",
            data["acceptUrl"],
            "The link works once. If you did not expect it, ignore this mail.",
        ),
    )


_ROLES: Final = {
    "super_admin": "super administrator",
    "admin": "administrator",
    "operator": "operator",
    "auditor": "auditor",
}


def _moment(text: str) -> str:
    return f"{_day(text)}, {datetime.fromisoformat(text).astimezone(UTC):%H:%M} UTC"


def _day(moment: str) -> str:
    day = datetime.fromisoformat(moment)
    return f"{day.day} {day:%B %Y}"


class _Kind(NamedTuple):
    recipient: str
    """The field of the event's data that holds the address."""
    write: Callable[[Mapping[str, Any], Sender], _Draft]


_KINDS: Final = {
    "tenant.created": _Kind("email", _tenant_created),
    "subscription.created": _Kind("tenantEmail", _subscription_created),
    "invoice.generated": _Kind("tenantEmail", _invoice_generated),
    "invitation.created": _Kind("email", _invitation),
    "invitation.resent": _Kind("email", _invitation),
}


def _kind(event_type: str) -> _Kind:
    try:
        return _KINDS[event_type]
    except KeyError as error:
        raise UnknownNotificationError(
            f"no notification is defined for events of type {event_type}"
        ) from error
