"""Making notifications from events: one for an administrator and an event, or none."""

from datetime import datetime
from textwrap import shorten
from typing import Final

from handlers.domain.access import administrators, profiles
from handlers.domain.access.administrators import Administrator
from handlers.domain.notifications.administrators import mail_times
from handlers.domain.notifications.administrators.rules import Notice, notice_for
from handlers.platform.base.ids import AdministratorId, new_id
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.events import Event

_TITLE_LENGTH: Final = 200

_INSERT: Final = """
    INSERT INTO administrator_notifications (tenant_id, notification_id, administrator_id, event_id,
                                             category, priority, title, message, link_path,
                                             link_label, created_at, expires_at, mail_due_at)
    VALUES (%(tenant)s, %(id)s, %(administrator)s, %(event)s, %(category)s, %(priority)s, %(title)s,
            %(message)s, %(link_path)s, %(link_label)s, %(now)s, %(expires_at)s, %(mail_due_at)s)
    ON CONFLICT (tenant_id, event_id, administrator_id) DO NOTHING
"""
_DELETE_EXPIRED: Final = """
    DELETE FROM administrator_notifications WHERE (tenant_id, notification_id) IN (
        SELECT tenant_id, notification_id FROM administrator_notifications
         WHERE expires_at <= %(before)s
         ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def create(
    session: Session, now: datetime, event: Event, environment: str
) -> list[AdministratorId]:
    """Make the notifications of an event; what has ended meanwhile is not told any more.

    Args:
        session: In the tenant's context.
        now: The present moment.
        event: What happened.
        environment: The stack's, for the preferences of who has said nothing.

    Returns:
        Who has something to be mailed at once.

    Raises:
        UnknownOccasionError: It is not said whom to tell about such an event.
    """
    urgent = []
    for administrator in administrators.find_active(session, event.tenant_id):
        notice = notice_for(event.event_type, event.data, now, administrator)
        if notice is None or notice.expires_at <= now:
            continue
        if _create(session, now, event, administrator, notice, environment):
            urgent.append(administrator.administrator_id)
    return urgent


def delete_expired(session: Session, before: datetime, limit: int) -> int:
    """Delete notifications that had expired by then, in a service session; returns how many."""
    return session.execute(_DELETE_EXPIRED, {"before": before, "limit": limit})


def _create(
    session: Session,
    now: datetime,
    event: Event,
    administrator: Administrator,
    notice: Notice,
    environment: str,
) -> bool:
    """Make one, unless its category is switched off; tell whether it is to be mailed at once."""
    owner = administrator.administrator_id
    profile = profiles.read(session, event.tenant_id, owner, environment)
    if not profile.notifications.categories[notice.category]:
        return False
    mail_due_at = mail_times.due_at(now, notice.priority, profile)
    values = {
        "tenant": event.tenant_id,
        "id": new_id(now),
        "administrator": owner,
        "event": event.event_id,
        "category": notice.category,
        "priority": notice.priority,
        **notice.words._asdict(),
        "title": shorten(notice.words.title, _TITLE_LENGTH, placeholder=" …"),
        "now": now,
        "expires_at": notice.expires_at,
        "mail_due_at": mail_due_at,
    }
    return session.execute(_INSERT, values) == 1 and mail_due_at == now
