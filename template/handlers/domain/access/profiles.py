"""Profiles: how an administrator likes the console, and when to be written to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from psycopg.types.json import Jsonb

from handlers.catalog.preferences import (
    NOTIFICATION_CATEGORIES,
    DateFormat,
    NotificationFrequency,
    NotificationMethod,
    Theme,
    TimeFormat,
)
from handlers.domain.access.administrators import Administrator
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base.ids import AdministratorId, TenantId
from handlers.platform.database.sessions import Session

_SELECT: Final = """
    SELECT notifications, timezone, language, date_format, time_format, currency, theme,
           default_environment, sidebar_collapsed, table_rows_per_page, updated_at
      FROM administrator_profiles
     WHERE tenant_id = %(tenant)s AND administrator_id = %(id)s
"""
_STORE: Final = """
    INSERT INTO administrator_profiles (tenant_id, administrator_id, notifications, timezone,
                                        language, date_format, time_format, currency, theme,
                                        default_environment, sidebar_collapsed,
                                        table_rows_per_page, updated_at)
    VALUES (%(tenant)s, %(id)s, %(notifications)s, %(timezone)s, %(language)s, %(date_format)s,
            %(time_format)s, %(currency)s, %(theme)s, %(default_environment)s,
            %(sidebar_collapsed)s, %(table_rows_per_page)s, %(now)s)
    ON CONFLICT (tenant_id, administrator_id) DO UPDATE
       SET notifications = excluded.notifications, timezone = excluded.timezone,
           language = excluded.language, date_format = excluded.date_format,
           time_format = excluded.time_format, currency = excluded.currency,
           theme = excluded.theme, default_environment = excluded.default_environment,
           sidebar_collapsed = excluded.sidebar_collapsed,
           table_rows_per_page = excluded.table_rows_per_page, updated_at = excluded.updated_at
"""


class QuietHours(NamedTuple):
    """When no mail is sent, in the profile's time zone; ``HH:MM``, possibly over midnight."""

    begin: str
    end: str


class Notifications(NamedTuple):
    """What an administrator is told, how and when."""

    method: NotificationMethod = "email"
    frequency: NotificationFrequency = "immediate"
    categories: Mapping[str, bool] = dict.fromkeys(NOTIFICATION_CATEGORIES, True)
    quiet_hours: QuietHours | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what was stored; a category that is newer than the profile is wanted."""
        quiet = stored.get("quiet_hours")
        categories = dict.fromkeys(NOTIFICATION_CATEGORIES, True) | stored["categories"]
        quiet_hours = None if quiet is None else QuietHours(**quiet)
        return cls(stored["method"], stored["frequency"], categories, quiet_hours)

    def to_json(self) -> dict[str, Any]:
        """Write what is stored."""
        quiet = self.quiet_hours
        return self._asdict() | {"quiet_hours": None if quiet is None else quiet._asdict()}


class Profile(NamedTuple):
    """An administrator's preferences; ``timezone`` is an IANA name."""

    notifications: Notifications
    timezone: str
    language: str
    date_format: DateFormat
    time_format: TimeFormat
    currency: str
    theme: Theme
    default_environment: str
    sidebar_collapsed: bool
    table_rows_per_page: int


def default(environment: str) -> Profile:
    """Make the profile of somebody who has said nothing yet."""
    return Profile(
        notifications=Notifications(),
        timezone="America/New_York",
        language="en",
        date_format="MM/DD/YYYY",
        time_format="12h",
        currency="USD",
        theme="system",
        default_environment=environment,
        sidebar_collapsed=False,
        table_rows_per_page=25,
    )


def read(
    session: Session, tenant_id: TenantId, administrator_id: AdministratorId, environment: str
) -> Profile:
    """Read an administrator's preferences."""
    row = session.one(_SELECT, {"tenant": tenant_id, "id": administrator_id})
    if row is None:
        return default(environment)
    row.pop("updated_at")
    notifications = Notifications.from_json(row.pop("notifications"))
    return Profile(notifications=notifications, **row)


def replace(
    session: Session,
    now: datetime,
    owner: Administrator,
    was: Profile,
    wanted: Profile,
    origin: Origin,
) -> None:
    """Store an administrator's preferences, all of them."""
    if wanted == was:
        return
    values = wanted._asdict() | {"notifications": Jsonb(wanted.notifications.to_json())}
    key = {"tenant": owner.tenant_id, "id": owner.administrator_id, "now": now}
    session.execute(_STORE, values | key)
    publish_change(
        session,
        now,
        "administrator.profile_changed",
        {"administratorId": str(owner.administrator_id)},
        origin,
        before=_state(was),
        after=_state(wanted),
    )


def _state(profile: Profile) -> Mapping[str, Any]:
    return profile._asdict() | {"notifications": profile.notifications.to_json()}
