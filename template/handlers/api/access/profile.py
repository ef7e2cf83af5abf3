"""The caller's own preferences."""

import re
from datetime import time
from typing import Annotated, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from handlers.api.http.models import Answer, Body, Omittable
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.preferences import (
    CURRENCIES,
    LANGUAGES,
    ROWS_PER_PAGE,
    DateFormat,
    NotificationCategory,
    NotificationFrequency,
    NotificationMethod,
    Theme,
    TimeFormat,
)
from handlers.domain.access import profiles as domain
from handlers.platform.base.settings import settings

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no time zone of the IANA database, such as Europe/Berlin")
    return name


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError("is no language of ISO 639-1, such as en")
    return code


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is no currency of ISO 4217, such as USD")
    return code


def _time_of_day(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError("is no time of day such as 22:00")
    return time.fromisoformat(text).strftime("%H:%M")


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class QuietHours(Body):
    """From when to when no mail is sent, in the profile's time zone; over midnight too."""

    begin: TimeOfDay
    end: TimeOfDay


class Notifications(Body):
    """What to be told, how and when; a category left out is wanted."""

    method: NotificationMethod
    frequency: NotificationFrequency
    categories: dict[NotificationCategory, StrictBool] = Field(default={})
    quiet_hours: Omittable[QuietHours] = None


class ReplaceProfile(Body):
    """All preferences."""

    notifications: Notifications
    timezone: Annotated[str, AfterValidator(_time_zone)]
    language: Annotated[str, AfterValidator(_language)]
    date_format: DateFormat
    time_format: TimeFormat
    currency: Annotated[str, AfterValidator(_currency)]
    theme: Theme
    default_environment: Literal["dev", "staging", "prod"]
    sidebar_collapsed: StrictBool
    table_rows_per_page: Annotated[StrictInt, Field(ge=ROWS_PER_PAGE[0], le=ROWS_PER_PAGE[1])]


class QuietHoursShown(Answer):
    """When no mail is sent."""

    begin: str
    end: str


class NotificationsShown(Answer):
    """What is told, how and when."""

    method: NotificationMethod
    frequency: NotificationFrequency
    categories: dict[str, bool]
    quiet_hours: QuietHoursShown | None = None


class Profile(Answer):
    """The preferences of an administrator."""

    notifications: NotificationsShown
    timezone: str
    language: str
    date_format: DateFormat
    time_format: TimeFormat
    currency: str
    theme: Theme
    default_environment: str
    sidebar_collapsed: bool
    table_rows_per_page: int

    @classmethod
    def of(cls, profile: domain.Profile) -> Self:
        """Show a profile."""
        return cls.model_validate(profile)


@route("GET", "/v1/admin/profile", permission="admin:read", answer=Profile)
def read_profile(call: Call) -> Profile:
    """Read one's own preferences."""
    return Profile.of(_own(call))


@route(
    "PUT",
    "/v1/admin/profile",
    permission="admin:read",
    body=ReplaceProfile,
    answer=Profile,
)
def replace_profile(call: Call, body: ReplaceProfile) -> Profile:
    """Replace one's own preferences."""
    was, wanted = _own(call), _wanted(body)
    domain.replace(call.session, call.now, call.administrator, was, wanted, call.origin)
    return Profile.of(wanted)


def _own(call: Call) -> domain.Profile:
    owner = call.administrator
    environment = settings().environment
    return domain.read(call.session, owner.tenant_id, owner.administrator_id, environment)


def _wanted(body: ReplaceProfile) -> domain.Profile:
    given = body.notifications.model_dump()
    notifications = domain.Notifications.from_json(given)
    return domain.Profile(**body.model_dump(exclude={"notifications"}), notifications=notifications)
