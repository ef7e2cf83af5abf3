"""Mails administrators what is due: digests, and what waited or failed before."""

from collections.abc import Iterator
from typing import Any, Final

from handlers.domain.notifications.administrators import due_mails
from handlers.domain.notifications.administrators.due_mails import Recipient
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.database.sessions import service_session
from handlers.services.notifications import administrator_mails

_BATCH: Final = 100
_RESERVE_MS: Final = 15_000
"""Longer than one mail may take."""


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Mail as far as time allows; answers how many mails left."""
    telemetry.begin(context)
    sent = mail_all(system_clock, context)
    telemetry.log.info("administrators mailed", sent=sent)
    return {"sent": sent}


def mail_all(clock: Clock, context: telemetry.LambdaContext, batch: int = _BATCH) -> int:
    """Mail one administrator after the other; one that fails does not keep the others waiting."""
    sent = 0
    for tenant_id, administrator_id in _waiting(clock, batch):
        if context.get_remaining_time_in_millis() < _RESERVE_MS:
            break
        try:
            sent += administrator_mails.mail_what_is_due(tenant_id, administrator_id, clock)
        except Exception:  # whatever it is, the next run tries again
            telemetry.log.exception(
                "mail failed", tenantId=tenant_id, administratorId=administrator_id
            )
    return sent


def _waiting(clock: Clock, batch: int) -> Iterator[Recipient]:
    recipients: list[Recipient] = []
    while True:
        with service_session() as session:
            recipients = due_mails.find_recipients(
                session, clock(), batch, recipients[-1] if recipients else None
            )
        yield from recipients
        if len(recipients) < batch:
            return
