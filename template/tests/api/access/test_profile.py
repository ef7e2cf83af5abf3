"""Preferences: the defaults until somebody says otherwise, and only what there is."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import TenantId

from ..conftest import Caller, Client

PATH = "/v1/admin/profile"
CATEGORIES = ("security", "billing", "deployment", "approval", "system", "alert")
DEFAULTS = {
    "notifications": {
        "method": "email",
        "frequency": "immediate",
        "categories": dict.fromkeys(CATEGORIES, True),
    },
    "timezone": "America/New_York",
    "language": "en",
    "dateFormat": "MM/DD/YYYY",
    "timeFormat": "12h",
    "currency": "USD",
    "theme": "system",
    "defaultEnvironment": "dev",
    "sidebarCollapsed": False,
    "tableRowsPerPage": 25,
}


@pytest.fixture
def clerk(
    tenant: TenantId, make_administrator: Callable[..., Administrator], caller: Caller
) -> Client:
    return caller(tenant, "auditor", sub=make_administrator(tenant, "auditor").cognito_sub)


def test_who_has_said_nothing_has_the_defaults(clerk: Client) -> None:
    assert clerk.get(PATH).json == DEFAULTS


def test_what_was_said_stays_and_the_rest_is_wanted(clerk: Client) -> None:
    quiet = {"begin": "22:00", "end": "07:30"}
    notifications = {
        "method": "in_app",
        "frequency": "daily",
        "categories": {"billing": False},
        "quietHours": quiet,
    }
    wanted = DEFAULTS | {"timezone": "Europe/Berlin", "notifications": notifications}

    stored = clerk.request("PUT", PATH, wanted)

    assert stored.status == 200
    assert clerk.get(PATH).json == stored.json
    shown = stored.json["notifications"]
    assert shown["categories"] == dict.fromkeys(CATEGORIES, True) | {"billing": False}
    assert shown["quietHours"] == quiet


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timezone": "Europe/Atlantis"}, "/timezone"),
        ({"language": "xx"}, "/language"),
        ({"currency": "EURO"}, "/currency"),
        ({"dateFormat": "DD-MM"}, "/dateFormat"),
        ({"timeFormat": "25h"}, "/timeFormat"),
        ({"theme": "pink"}, "/theme"),
        ({"defaultEnvironment": "test"}, "/defaultEnvironment"),
        ({"tableRowsPerPage": 9}, "/tableRowsPerPage"),
        ({"sidebarCollapsed": "no"}, "/sidebarCollapsed"),
        (
            {"notifications": {"method": "email", "frequency": "hourly"}},
            "/notifications/frequency",
        ),
        (
            {
                "notifications": {
                    "method": "email",
                    "frequency": "daily",
                    "quietHours": {"begin": "24:00", "end": "07:00"},
                }
            },
            "/notifications/quietHours/begin",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_field(
    clerk: Client, change: dict[str, Any], field: str
) -> None:
    reply = clerk.request("PUT", PATH, DEFAULTS | change)
    assert reply.status in (400, 422)
    assert [error["field"] for error in reply.json["errors"]] == [field]
    assert clerk.get(PATH).json == DEFAULTS


def test_who_is_no_administrator_has_no_profile(tenant: TenantId, caller: Caller) -> None:
    reply = caller(tenant, "admin").get(PATH)
    assert reply.status == 403
    assert "no administrator" in reply.json["detail"]
