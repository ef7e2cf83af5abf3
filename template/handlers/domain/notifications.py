"""What is written to a tenant when something happened: subject, plain text and HTML.

What people typed, like the name of a tenant, is text: it is escaped in the HTML and cannot break
out of a line of the subject.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
    recipient: str
    subject: str
    paragraphs: Sequence[str]


class Sender(NamedTuple):
    """In whose name we write."""

    product_name: str
    company: str


def compose(event_type: str, data: Mapping[str, Any], sender: Sender) -> Notification:
    """Write the message about an event.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    try:
        write = _TEXTS[event_type]
    except KeyError as error:
        raise UnknownNotificationError(
            f"no notification is defined for events of type {event_type}"
        ) from error
    draft = write(data, sender)
    paragraphs = [*draft.paragraphs, sender.company]
    return Notification(
        recipient=draft.recipient,
        subject=" ".join(draft.subject.split()),
        text="\n\n".join(paragraphs) + "\n",
        html=_html(paragraphs),
    )


def _html(paragraphs: Sequence[str]) -> str:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{body}</body></html>'


def _tenant_created(data: Mapping[str, Any], sender: Sender) -> _Draft:
    return _Draft(
        recipient=data["email"],
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
        recipient=data["tenantEmail"],
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
        recipient=data["tenantEmail"],
        subject=f"Invoice {data['number']} from {sender.company}",
        paragraphs=(
            f"Hello {data['tenantName']},",
            f"invoice {data['number']} for {sender.product_name} is ready: "
            f"{Money(data['amount'], data['currency'])}, due on {_day(data['dueAt'])}.",
        ),
    )


def _day(moment: str) -> str:
    day = datetime.fromisoformat(moment)
    return f"{day.day} {day:%B %Y}"


_TEXTS: Final = {
    "tenant.created": _tenant_created,
    "subscription.created": _subscription_created,
    "invoice.generated": _invoice_generated,
}
