"""Some events are told to the tenant by mail.

A mail cannot be part of a transaction: it goes out under a fenced lease
(`platform.messaging.deliveries`), keyed by the event, so that a repeated event sends nothing again.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from handlers.domain.access import invitations
from handlers.domain.billing.documents.document import render
from handlers.domain.notifications.mail_text import Sender
from handlers.domain.notifications.tenant_mails import EVENT_TYPES, compose, recipient_of
from handlers.domain.terms import billing_settings
from handlers.platform.aws.mail import Attachment, Mail, send_mail
from handlers.platform.base import telemetry
from handlers.platform.base.clock import system_clock
from handlers.platform.base.ids import InvoiceId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import tenant_session
from handlers.platform.messaging.consumer import consumer
from handlers.platform.messaging.deliveries import NotSentError, deliver, key_of
from handlers.platform.messaging.events import Event

CONSUMER: Final = "send_notification"


class ObsoleteError(NotSentError):
    """What the mail would say is not true any more."""


def notify(event: Event) -> None:
    """Send the mail of one event, once."""
    key = key_of(CONSUMER, event.event_id)
    recipient = recipient_of(event.event_type, event.data)
    try:
        deliver(event.tenant_id, key, "mail", recipient, lambda _key: _send(event))
    except ObsoleteError as error:
        telemetry.log.info("nothing to send any more", reason=str(error))


def _send(event: Event) -> str:
    config = settings()
    sender = Sender.of(config)
    try:
        written = compose(event.event_type, _complete(event), sender)
        attachments = _attachments(event, sender)
    except ObsoleteError:
        raise
    except Exception as error:  # whatever it was, nothing has left
        raise NotSentError(str(error)) from error
    return send_mail(Mail(*written, attachments=attachments), config)


def _complete(event: Event) -> Mapping[str, Any]:
    """Add what no event carries: where the app shows what the mail is about."""
    kind = event.event_type.partition(".")[0]
    if kind == "invitation":
        return {**event.data, "acceptUrl": f"{_app()}/invite/accept?token={_token(event)}"}
    if kind == "invoice":
        return {**event.data, "invoiceUrl": f"{_app()}/invoices/{event.data['invoiceId']}"}
    return event.data


def _attachments(event: Event, sender: Sender) -> list[Attachment]:
    """Add the document of what the mail is about, where the tenant wants it by mail."""
    if not event.event_type.startswith("invoice."):
        return []
    invoice_id = InvoiceId(UUID(event.data["invoiceId"]))
    with tenant_session(event.tenant_id) as session:
        if not billing_settings.read(session, event.tenant_id, settings().currency).mail_documents:
            return []
        now = system_clock()
        document = render(session, now, event.tenant_id, invoice_id, sender, "pdf")
    return [Attachment(f"{document.title}.pdf", document.media_type, document.body)]


def _token(event: Event) -> str:
    """Make the secret of an invitation's link, which is never stored."""
    invitation_id, times_sent = UUID(event.data["invitationId"]), event.data["timesSent"]
    with tenant_session(event.tenant_id) as session:
        token = invitations.issue_token(
            session, system_clock(), event.tenant_id, invitation_id, times_sent
        )
    if token is None:
        raise ObsoleteError("the invitation was revoked, accepted or sent anew, or has expired")
    return token


def _app() -> str:
    return settings().required("app_origin")


handler = consumer(CONSUMER, notify, accepts=EVENT_TYPES)
