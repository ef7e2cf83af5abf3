"""An administrator's own notifications in the console: listed, counted, read, dismissed."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from handlers.catalog.preferences import NotificationCategory, NotificationPriority
from handlers.domain.access.administrators import Administrator
from handlers.domain.base.reading import Page, item_of, read_page
from handlers.platform.base.ids import NotificationId
from handlers.platform.database.sessions import Session

_READ: Final = """
    SELECT notification_id, category, priority, title, message, link_path, link_label, created_at,
           expires_at, read_at, dismissed_at
      FROM administrator_notifications
     WHERE tenant_id = %(tenant)s AND administrator_id = %(administrator)s
       AND expires_at > %(now)s AND notification_id = %(id)s
"""
_PAGE: Final = """
    SELECT notification_id, category, priority, title, message, link_path, link_label, created_at,
           expires_at, read_at, dismissed_at
      FROM administrator_notifications
     WHERE tenant_id = %(tenant)s AND administrator_id = %(administrator)s
       AND expires_at > %(now)s AND dismissed_at IS NULL
       AND (%(after)s::uuid IS NULL OR notification_id < %(after)s)
       AND (%(unread)s::boolean IS NULL OR (read_at IS NULL) = %(unread)s)
       AND (%(category)s::text IS NULL OR category = %(category)s)
     ORDER BY notification_id DESC
     LIMIT %(limit)s + 1
"""
_COUNT_UNREAD: Final = """
    SELECT count(*) AS unread
      FROM administrator_notifications
     WHERE tenant_id = %(tenant)s AND administrator_id = %(administrator)s
       AND expires_at > %(now)s AND dismissed_at IS NULL AND read_at IS NULL
"""
_MARK_READ: Final = """
    UPDATE administrator_notifications SET read_at = coalesce(read_at, %(now)s)
     WHERE tenant_id = %(tenant)s AND administrator_id = %(administrator)s
       AND expires_at > %(now)s AND notification_id = %(id)s
"""
_DISMISS: Final = """
    UPDATE administrator_notifications SET dismissed_at = coalesce(dismissed_at, %(now)s)
     WHERE tenant_id = %(tenant)s AND administrator_id = %(administrator)s
       AND expires_at > %(now)s AND notification_id = %(id)s
"""


class AdministratorNotification(NamedTuple):
    """What an administrator was told; ``link_path`` is a page of the app."""

    notification_id: NotificationId
    category: NotificationCategory
    priority: NotificationPriority
    title: str
    message: str
    link_path: str
    link_label: str
    created_at: datetime
    expires_at: datetime
    read_at: datetime | None
    dismissed_at: datetime | None


def find_all(
    session: Session,
    now: datetime,
    owner: Administrator,
    *,
    limit: int,
    after: UUID | None = None,
    unread: bool | None = None,
    category: NotificationCategory | None = None,
) -> Page[AdministratorNotification]:
    """List what an administrator was told and has not dismissed, the newest first."""
    values = _key(owner, now) | {"after": after, "unread": unread, "category": category}
    return read_page(session, _PAGE, values, limit, AdministratorNotification, "notification_id")


def count_unread(session: Session, now: datetime, owner: Administrator) -> int:
    """Count what an administrator has neither read nor dismissed."""
    row = session.one(_COUNT_UNREAD, _key(owner, now))
    return 0 if row is None else int(row["unread"])


def mark_read(
    session: Session, now: datetime, owner: Administrator, notification_id: UUID
) -> AdministratorNotification:
    """Mark one as read; the first time counts.

    Raises:
        NotFound: There is none with this id, it has expired, or it is somebody else's.
    """
    return _mark(session, _MARK_READ, now, owner, notification_id)


def dismiss(
    session: Session, now: datetime, owner: Administrator, notification_id: UUID
) -> AdministratorNotification:
    """Take one off the list; dismissing twice is dismissing once.

    Raises:
        NotFound: There is none with this id, it has expired, or it is somebody else's.
    """
    return _mark(session, _DISMISS, now, owner, notification_id)


def _mark(
    session: Session, mark: LiteralString, now: datetime, owner: Administrator, wanted: UUID
) -> AdministratorNotification:
    key = _key(owner, now) | {"id": wanted}
    session.execute(mark, key)
    return item_of(session.one(_READ, key), AdministratorNotification, "notification")


def _key(owner: Administrator, now: datetime) -> dict[str, object]:
    return {"tenant": owner.tenant_id, "administrator": owner.administrator_id, "now": now}
