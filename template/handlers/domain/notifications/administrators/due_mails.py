"""Which notifications a mail holds, and what became of the mail.

    due ──put_in_mail──▶ in a mail ──▶ mailed
                             └─ given up: it may have left

Which notifications a mail holds is decided once, in a transaction, before it is sent. What was
read, dismissed or has expired meanwhile is not due any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from handlers.domain.access.administrators import Administrator
from handlers.domain.access.profiles import Profile
from handlers.domain.notifications.administrators import mail_times
from handlers.platform.base.ids import AdministratorId, TenantId, new_id
from handlers.platform.database.sessions import Row, Session

MOST_IN_A_MAIL: Final = 50
"""Notifications in one mail at most; the next mail holds the rest."""

_IS_DUE: Final = """
           n.mail_due_at <= %(now)s AND n.mailed_at IS NULL AND n.read_at IS NULL
           AND n.dismissed_at IS NULL AND n.expires_at > %(now)s
"""
_RECIPIENTS: Final = f"""
    SELECT DISTINCT n.tenant_id, n.administrator_id
      FROM administrator_notifications AS n
      JOIN administrators AS a USING (tenant_id, administrator_id)
     WHERE a.status = 'active' AND {_IS_DUE}
       AND (%(tenant)s::uuid IS NULL
            OR (n.tenant_id, n.administrator_id) > (%(tenant)s::uuid, %(id)s::uuid))
     ORDER BY n.tenant_id, n.administrator_id
     LIMIT %(limit)s
"""  # noqa: S608 - our own condition
_IN_NO_MAIL: Final = f"""
    SELECT n.notification_id, n.priority
      FROM administrator_notifications AS n
     WHERE n.tenant_id = %(tenant)s AND n.administrator_id = %(id)s AND {_IS_DUE}
       AND n.mail_id IS NULL
     ORDER BY n.notification_id
     LIMIT %(limit)s
       FOR UPDATE
"""  # noqa: S608 - our own condition
_IN_A_MAIL: Final = f"""
    SELECT n.notification_id, n.mail_id, n.priority, n.title, n.message, n.link_path
      FROM administrator_notifications AS n
     WHERE n.tenant_id = %(tenant)s AND n.administrator_id = %(id)s AND {_IS_DUE}
       AND n.mail_id IS NOT NULL
     ORDER BY n.mail_id, n.notification_id
"""  # noqa: S608 - our own condition
_PUT_IN_MAIL: Final = """
    UPDATE administrator_notifications SET mail_id = %(mail)s
     WHERE tenant_id = %(tenant)s AND notification_id = ANY(%(ids)s)
"""
_POSTPONE: Final = """
    UPDATE administrator_notifications SET mail_due_at = %(due_at)s
     WHERE tenant_id = %(tenant)s AND notification_id = %(notification)s
"""
_MARK_MAILED: Final = """
    UPDATE administrator_notifications SET mailed_at = %(now)s
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s AND mail_id = %(mail)s
"""
_GIVE_UP: Final = """
    UPDATE administrator_notifications SET mail_due_at = NULL
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s AND mail_id = %(mail)s
       AND mailed_at IS NULL
"""

Recipient = tuple[TenantId, AdministratorId]


def find_recipients(
    session: Session, now: datetime, limit: int, after: Recipient | None = None
) -> list[Recipient]:
    """List who has something due, in every tenant, in the order of their ids."""
    tenant_id, administrator_id = after or (None, None)
    values = {"tenant": tenant_id, "id": administrator_id, "now": now, "limit": limit}
    rows = session.all(_RECIPIENTS, values)
    return [(row["tenant_id"], row["administrator_id"]) for row in rows]


def put_in_mail(session: Session, now: datetime, owner: Administrator, profile: Profile) -> None:
    """Put what may go now in one mail; the run may be late, and quiet hours may have begun."""
    key = _key(owner, now)
    ready = []
    for row in session.all(_IN_NO_MAIL, key | {"limit": MOST_IN_A_MAIL}):
        notification_id = row["notification_id"]
        earliest = mail_times.earliest(now, row["priority"], profile)
        if earliest == now:
            ready.append(notification_id)
        else:
            postponed = {"notification": notification_id, "due_at": earliest}
            session.execute(_POSTPONE, key | postponed)
    if ready:
        session.execute(_PUT_IN_MAIL, key | {"mail": new_id(now), "ids": ready})


def unsent(
    session: Session, now: datetime, owner: Administrator, profile: Profile
) -> Mapping[UUID, Sequence[Row]]:
    """Read the mails that may go now: the new one, and those that were refused before.

    Returns:
        The rows of the notifications in each mail, by the mail's id.
    """
    rows = session.all(_IN_A_MAIL, _key(owner, now))
    mails = {mail: [*group] for mail, group in groupby(rows, key=lambda row: row["mail_id"])}
    return {
        mail: group
        for mail, group in mails.items()
        if any(mail_times.earliest(now, row["priority"], profile) == now for row in group)
    }


def mark_mailed(session: Session, now: datetime, owner: Administrator, mail_id: UUID) -> None:
    """Note that a mail has left."""
    session.execute(_MARK_MAILED, _key(owner, now) | {"mail": mail_id})


def give_up(session: Session, now: datetime, owner: Administrator, mail_id: UUID) -> None:
    """Never send a mail again that may have left."""
    session.execute(_GIVE_UP, _key(owner, now) | {"mail": mail_id})


def _key(owner: Administrator, now: datetime) -> dict[str, object]:
    return {"tenant": owner.tenant_id, "id": owner.administrator_id, "now": now}
