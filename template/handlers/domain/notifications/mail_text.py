"""How we write to people: paragraphs as plain text and as HTML; days, moments and roles in words.

What people typed, like the name of a tenant, is text: it is escaped in the HTML and cannot break
out of a line of the subject.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final, NamedTuple, Self

from handlers.platform.base.settings import Settings

ROLES: Final = {
    "super_admin": "super administrator",
    "admin": "administrator",
    "operator": "operator",
    "auditor": "auditor",
}
_LINK: Final = re.compile(r"https://[^\s<>\"]+")


class Sender(NamedTuple):
    """In whose name we write."""

    product_name: str
    company: str

    @classmethod
    def of(cls, config: Settings) -> Self:
        """Write in the name of the company that runs the stack."""
        return cls(config.product_name, config.company)


class MailText(NamedTuple):
    """What is written; text and HTML say the same."""

    subject: str
    text: str
    html: str


def write(subject: str, paragraphs: Sequence[str], sender: Sender) -> MailText:
    """Write a mail; a paragraph that is nothing but an address of ours becomes a link."""
    signed = [*paragraphs, sender.company]
    body = "".join(f"<p>{_paragraph(text)}</p>" for text in signed)
    return MailText(
        subject=" ".join(subject.split()),
        text="\n\n".join(signed) + "\n",
        html=f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{body}</body></html>',
    )


def moment(text: str) -> str:
    """Write an ISO 8601 time for people, in UTC."""
    return f"{day(text)}, {datetime.fromisoformat(text).astimezone(UTC):%H:%M} UTC"


def day(text: str) -> str:
    """Write the day of an ISO 8601 time for people."""
    date = datetime.fromisoformat(text)
    return f"{date.day} {date:%B %Y}"


def seats(count: int) -> str:
    """Write a number of seats for people."""
    return "1 seat" if count == 1 else f"{count} seats"


def _paragraph(text: str) -> str:
    shown = escape(text)
    return f'<a href="{shown}">{shown}</a>' if _LINK.fullmatch(text) else shown
