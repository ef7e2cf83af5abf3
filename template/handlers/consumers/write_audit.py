"""Every event leaves an entry in its tenant's audit trail."""

from datetime import datetime

from handlers.domain import audit
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.consumer import ALL, consumer_in_transaction
from handlers.platform.messaging.events import Event


def effect(session: Session, event: Event, now: datetime) -> None:
    """Write the entry of one event."""
    audit.record(session, now, event)


handler = consumer_in_transaction("write_audit", effect, accepts=ALL)
