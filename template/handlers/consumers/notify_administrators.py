"""Administrators are told what happened, each by their preferences.

What they see in the console is made with the mark "processed", in one transaction. What is to be
mailed at once is mailed after it; what is not, because it broke off or was refused, is due and goes
out with the next run of `jobs.mail_administrators`.
"""

from typing import Final

from handlers.domain.notifications.administrators import creation
from handlers.domain.notifications.administrators.rules import OCCASIONS
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import AdministratorId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import tenant_session
from handlers.platform.messaging import inbox
from handlers.platform.messaging.consumer import consumer_with_deadline
from handlers.platform.messaging.events import Event
from handlers.services.notifications import administrator_mails

CONSUMER: Final = "notify_administrators"
_RESERVE_MS: Final = 12_000
"""Longer than one mail may take: what does not fit is left to the job."""


def notify(event: Event, context: telemetry.LambdaContext, clock: Clock = system_clock) -> None:
    """Make the notifications of one event, then mail what cannot wait."""
    for administrator_id in _create(event, clock):
        if context.get_remaining_time_in_millis() < _RESERVE_MS:
            return
        try:
            administrator_mails.mail_what_is_due(event.tenant_id, administrator_id, clock)
        except Exception:  # the event is done: the job mails what is due
            telemetry.log.exception("mail failed", administratorId=administrator_id)


def _create(event: Event, clock: Clock) -> list[AdministratorId]:
    now = clock()
    with tenant_session(event.tenant_id) as session:
        if inbox.process_once(session, CONSUMER, event.event_id, now):
            return creation.create(session, now, event, settings().environment)
    telemetry.log.info("event already processed")
    return []


handler = consumer_with_deadline(CONSUMER, notify, accepts=OCCASIONS.keys())
