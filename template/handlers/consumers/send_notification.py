"""Some events are told to the tenant by mail.

A mail cannot be part of a transaction: it goes out under a fenced lease (`platform.deliveries`),
keyed by the event, so that an event that comes again sends nothing again.
"""

from typing import Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.domain.notifications import Sender, compose
from handlers.platform import inbox, telemetry
from handlers.platform.deliveries import deliver, key_of
from handlers.platform.events import Event
from handlers.platform.mail import Mail, send_mail
from handlers.platform.settings import settings

CONSUMER: Final = "send_notification"

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Send the mails of a batch of events."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.each(CONSUMER, event.to_dict()["Records"], notify)


def notify(event: Event) -> None:
    """Send the mail of one event, once.

    Raises:
        UnknownNotificationError: There is no text for such an event.
    """
    config = settings()
    sender = Sender(product_name=config.product_name, company=config.company)
    written = compose(event.event_type, event.data, sender)
    mail = Mail(written.recipient, written.subject, written.text, written.html)
    deliver(
        event.tenant_id,
        key_of(CONSUMER, event.event_id),
        "mail",
        written.recipient,
        lambda _key: send_mail(mail, config),
    )
