"""What the caller, an administrator, was told."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from pydantic import Field

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.preferences import NotificationCategory, NotificationPriority
from handlers.domain.notifications.administrators import reading as domain

_THROTTLE: Final = Throttle(rate=25, burst=50)


class NotificationQuery(PageQuery):
    """Which notifications to list."""

    unread: bool | None = Field(default=None, description="Only unread ones, or only read ones.")
    category: NotificationCategory | None = None


class Notification(Answer):
    """What an administrator was told; the link is a page of the app."""

    notification_id: UUID
    category: NotificationCategory
    priority: NotificationPriority
    title: str
    message: str
    link_path: str
    link_label: str
    created_at: datetime
    expires_at: datetime
    read_at: datetime | None = None
    dismissed_at: datetime | None = None

    @classmethod
    def of(cls, notification: domain.AdministratorNotification) -> Self:
        """Show a notification."""
        return cls.model_validate(notification)


class NotificationList(Answer):
    """A page of notifications, the newest first."""

    items: list[Notification]
    next_cursor: str | None = None


class UnreadCount(Answer):
    """How many notifications are neither read nor dismissed."""

    unread: int


@route(
    "GET",
    "/v1/admin/notifications",
    permission="admin:read",
    query=NotificationQuery,
    answer=NotificationList,
    throttle=_THROTTLE,
)
def list_notifications(call: Call, query: NotificationQuery) -> NotificationList:
    """List one's own notifications, the newest first, without those that were dismissed."""
    page = domain.find_all(
        call.session,
        call.now,
        call.administrator,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        unread=query.unread,
        category=query.category,
    )
    return NotificationList(
        items=[Notification.of(notification) for notification in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "GET",
    "/v1/admin/notifications/unread-count",
    permission="admin:read",
    answer=UnreadCount,
    throttle=_THROTTLE,
)
def count_unread_notifications(call: Call) -> UnreadCount:
    """Count one's own unread notifications."""
    return UnreadCount(unread=domain.count_unread(call.session, call.now, call.administrator))


@route(
    "POST",
    "/v1/admin/notifications/{notificationId}/read",
    permission="admin:read",
    answer=Notification,
    throttle=_THROTTLE,
)
def mark_notification_read(call: Call, notification_id: UUID) -> Notification:
    """Mark one of one's own notifications as read."""
    marked = domain.mark_read(call.session, call.now, call.administrator, notification_id)
    return Notification.of(marked)


@route(
    "POST",
    "/v1/admin/notifications/{notificationId}/dismiss",
    permission="admin:read",
    answer=Notification,
    throttle=_THROTTLE,
)
def dismiss_notification(call: Call, notification_id: UUID) -> Notification:
    """Take one of one's own notifications off the list."""
    dismissed = domain.dismiss(call.session, call.now, call.administrator, notification_id)
    return Notification.of(dismissed)
