"""Every event leaves an entry in its tenant's audit trail."""

from datetime import datetime
from typing import Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.domain import audit
from handlers.platform.base import telemetry
from handlers.platform.database.sessions import Session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.events import Event

CONSUMER: Final = "write_audit"

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Write the entries of a batch of events."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.batch(CONSUMER, event.to_dict()["Records"], effect)


def effect(session: Session, event: Event, now: datetime) -> None:
    """Write the entry of one event."""
    audit.record(session, now, event)
