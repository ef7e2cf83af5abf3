"""Mailing what is due: a notification is in one mail, and a mail is sent at most once.

    due ──collect──▶ in a mail ──deliver──▶ mailed
                        │  refused: the same mail goes again, with the next run
                        └─ it may have left: given up; the console shows it anyway, and a person who
                           knows better sets the delivery to 'claimed' and `mail_due_at` again

Which notifications a mail holds is decided once, in a transaction, before it is sent. The mail then
goes out under a fenced lease (`platform.messaging.deliveries`) with a key of its own, so that a
second attempt, after a crash or at the same time, sends the same mail or none.

What was read, dismissed or has expired meanwhile is not mailed any more.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Final, LiteralString
from uuid import UUID

from handlers.domain.access import administrators, profiles
from handlers.domain.access.administrators import Administrator
from handlers.domain.access.profiles import Profile
from handlers.domain.notifications.administrators import mail_times
from handlers.domain.notifications.mail_text import Letter, Sender, write
from handlers.platform.aws.mail import Mail, send_mail
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import AdministratorId, TenantId, new_id
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Row, Session, tenant_session
from handlers.platform.messaging.deliveries import (
    DeliveryBusyError,
    DeliveryUncertainError,
    NotSentError,
    deliver,
)

MOST_IN_A_MAIL: Final = 50
"""Notifications in one mail at most; the next mail holds the rest."""

_IS_DUE: Final = """
       AND n.mail_due_at <= %(now)s AND n.mailed_at IS NULL AND n.read_at IS NULL
       AND n.dismissed_at IS NULL AND n.expires_at > %(now)s
"""
_WAITING: Final = """
    SELECT DISTINCT n.tenant_id, n.administrator_id
      FROM administrator_notifications AS n
      JOIN administrators AS a USING (tenant_id, administrator_id)
     WHERE a.status = 'active'
"""
_AFTER: Final = """
       AND (%(tenant)s::uuid IS NULL
            OR (n.tenant_id, n.administrator_id) > (%(tenant)s::uuid, %(id)s::uuid))
     ORDER BY n.tenant_id, n.administrator_id
     LIMIT %(limit)s
"""
_OWN: Final = """
    SELECT n.notification_id, n.mail_id, n.priority, n.title, n.message, n.link_path
      FROM administrator_notifications AS n
     WHERE n.tenant_id = %(tenant)s AND n.administrator_id = %(id)s
"""
_IN_NO_MAIL: Final = """
       AND n.mail_id IS NULL
     ORDER BY n.notification_id
     LIMIT %(limit)s
       FOR UPDATE
"""
_IN_A_MAIL: Final = " AND n.mail_id IS NOT NULL ORDER BY n.mail_id, n.notification_id"
_COLLECT: Final = """
    UPDATE administrator_notifications SET mail_id = %(mail)s
     WHERE tenant_id = %(tenant)s AND notification_id = ANY(%(ids)s)
"""
_POSTPONE: Final = """
    UPDATE administrator_notifications SET mail_due_at = %(due_at)s
     WHERE tenant_id = %(tenant)s AND notification_id = %(notification)s
"""
_MAILED: Final = """
    UPDATE administrator_notifications SET mailed_at = %(now)s
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s AND mail_id = %(mail)s
"""
_GIVE_UP: Final = """
    UPDATE administrator_notifications SET mail_due_at = NULL
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s AND mail_id = %(mail)s
       AND mailed_at IS NULL
"""

Recipient = tuple[TenantId, AdministratorId]


def find_waiting(
    session: Session, now: datetime, limit: int, after: Recipient | None = None
) -> list[Recipient]:
    """List who has something due, in every tenant, in the order of their ids."""
    tenant_id, administrator_id = after or (None, None)
    values = {"tenant": tenant_id, "id": administrator_id, "now": now, "limit": limit}
    query = _WAITING + _IS_DUE + _AFTER
    return [(row["tenant_id"], row["administrator_id"]) for row in session.all(query, values)]


def mail_what_is_due(
    tenant_id: TenantId, administrator_id: AdministratorId, clock: Clock = system_clock
) -> int:
    """Send an administrator the mails that are due; outside any transaction.

    Returns:
        How many mails left.
    """
    now = clock()
    with tenant_session(tenant_id) as session:
        owner = administrators.read_any(session, tenant_id, administrator_id)
        if not owner.is_active:
            return 0
        environment = settings().environment
        profile = profiles.read(session, tenant_id, administrator_id, environment)
        _collect(session, now, owner, profile)
        mails = _collected(session, now, owner, profile)
    return sum(_send(owner, mail_id, rows, clock) for mail_id, rows in mails.items())


def compose(owner: Administrator, rows: Iterable[Row], sender: Sender, app_origin: str) -> Letter:
    """Write the mail about one notification, or the digest of several."""
    told = [*rows]
    subject = told[0]["title"] if len(told) == 1 else f"{len(told)} notifications"
    paragraphs = [f"Hello {owner.name},"]
    for row in told:
        paragraphs += [f"{row['title']}. {row['message']}", app_origin + row["link_path"]]
    paragraphs += ["Your profile says what is mailed to you, and when:", f"{app_origin}/profile"]
    return write(f"{sender.product_name}: {subject}", paragraphs, sender)


def _collect(session: Session, now: datetime, owner: Administrator, profile: Profile) -> None:
    """Put what may go now in one mail; the run may be late, and quiet hours may have begun."""
    key = _key(owner, now)
    found = session.all(_OWN + _IS_DUE + _IN_NO_MAIL, key | {"limit": MOST_IN_A_MAIL})
    ready = []
    for row in found:
        earliest = mail_times.earliest(now, row["priority"], profile)
        if earliest == now:
            ready.append(row["notification_id"])
        else:
            session.execute(
                _POSTPONE, key | {"notification": row["notification_id"], "due_at": earliest}
            )
    if ready:
        session.execute(_COLLECT, key | {"mail": new_id(now), "ids": ready})


def _collected(
    session: Session, now: datetime, owner: Administrator, profile: Profile
) -> Mapping[UUID, list[Row]]:
    """Read the mails that are still to be sent: the new one, and those that were refused before."""

    def may_go(rows: Iterable[Row]) -> bool:
        return any(mail_times.earliest(now, row["priority"], profile) == now for row in rows)

    rows = session.all(_OWN + _IS_DUE + _IN_A_MAIL, _key(owner, now))
    mails = {mail: [*group] for mail, group in groupby(rows, key=lambda row: row["mail_id"])}
    return {mail: group for mail, group in mails.items() if may_go(group)}


def _send(owner: Administrator, mail_id: UUID, rows: Iterable[Row], clock: Clock) -> bool:
    config, email = settings(), str(owner.email)
    sender = Sender.of(config)
    letter = compose(owner, rows, sender, config.required("app_origin"))
    mail = Mail(email, *letter)
    key = f"administrator_mail:{mail_id}"
    try:
        deliver(owner.tenant_id, key, "mail", email, lambda _key: send_mail(mail, config), clock)
    except (DeliveryBusyError, NotSentError) as error:
        telemetry.log.warning("mail is left to the next run", mailId=mail_id, reason=str(error))
        return False
    except DeliveryUncertainError as error:
        telemetry.log.error("mail given up", mailId=mail_id, reason=str(error))
        _settle(owner, mail_id, _GIVE_UP, clock())
        return False
    _settle(owner, mail_id, _MAILED, clock())
    return True


def _settle(owner: Administrator, mail_id: UUID, query: LiteralString, now: datetime) -> None:
    with tenant_session(owner.tenant_id) as session:
        session.execute(query, _key(owner, now) | {"mail": mail_id})


def _key(owner: Administrator, now: datetime) -> dict[str, object]:
    return {"tenant": owner.tenant_id, "id": owner.administrator_id, "now": now}
