"""Notifications in the console: one's own, until they are dismissed or expire."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from handlers.domain.access.administrators import Administrator
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database import sessions

from .conftest import Caller, Client, Reply

PATH = "/v1/admin/notifications"

Tell = Callable[..., UUID]


@pytest.fixture
def ada(tenant: TenantId, make_administrator: Callable[..., Administrator]) -> Administrator:
    return make_administrator(tenant, "auditor")


@pytest.fixture
def hers(ada: Administrator, caller: Caller) -> Client:
    return signed_in(caller, ada)


def signed_in(caller: Caller, who: Administrator) -> Client:
    return caller(who.tenant_id, who.role, sub=who.cognito_sub)


@pytest.fixture
def tell() -> Tell:
    """Make a notification; the API's time is the system's."""

    def tell(whom: Administrator, title: str, category: str = "system", *, days: int = 90) -> UUID:
        now = datetime.now(UTC)
        notification_id = new_id(now)
        with sessions.tenant_session(whom.tenant_id) as session:
            session.execute(
                "INSERT INTO administrator_notifications (tenant_id, notification_id,"
                " administrator_id, event_id, category, priority, title, message, link_path,"
                " link_label, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, 'low', %s,"
                " 'More.', '/settings', 'Show settings', %s, %s)",
                [
                    whom.tenant_id,
                    notification_id,
                    whom.administrator_id,
                    uuid4(),
                    category,
                    title,
                    now,
                    now + timedelta(days=days),
                ],
            )
        return notification_id

    return tell


def titles(client: Client, **query: str) -> list[str]:
    reply = client.get(PATH, query=dict(query))
    assert reply.status == 200, reply.text
    return [item["title"] for item in reply.json["items"]]


def unread(client: Client) -> int:
    count: int = client.get(f"{PATH}/unread-count").json["unread"]
    return count


def act(client: Client, notification_id: UUID, action: str) -> Reply:
    return client.post(f"{PATH}/{notification_id}/{action}")


def test_a_notification_says_what_happened_and_where_to_look(
    ada: Administrator, hers: Client, tell: Tell
) -> None:
    notification_id = tell(ada, "News")
    (item,) = hers.get(PATH).json["items"]
    assert item.keys() >= {"createdAt", "expiresAt"}
    assert {key: item[key] for key in item if not key.endswith("At")} == {
        "notificationId": str(notification_id),
        "category": "system",
        "priority": "low",
        "title": "News",
        "message": "More.",
        "linkPath": "/settings",
        "linkLabel": "Show settings",
    }


def test_the_newest_come_first_and_pages_follow_each_other(
    ada: Administrator, hers: Client, tell: Tell
) -> None:
    for title in ("A", "B", "C"):
        tell(ada, title)
    first = hers.get(PATH, query={"limit": "2"}).json
    assert [item["title"] for item in first["items"]] == ["C", "B"]
    assert titles(hers, limit="2", cursor=first["nextCursor"]) == ["A"]


def test_the_list_can_be_narrowed(ada: Administrator, hers: Client, tell: Tell) -> None:
    read = tell(ada, "Read", "billing")
    tell(ada, "New", "billing")
    tell(ada, "Other", "security")
    act(hers, read, "read")
    assert titles(hers) == ["Other", "New", "Read"]
    assert titles(hers, unread="true") == ["Other", "New"]
    assert titles(hers, unread="false") == ["Read"]
    assert titles(hers, unread="true", category="billing") == ["New"]
    assert hers.get(PATH, query={"category": "gossip"}).status == 400


def test_reading_counts_down_once(ada: Administrator, hers: Client, tell: Tell) -> None:
    one, _other = tell(ada, "A"), tell(ada, "B")
    assert unread(hers) == 2
    first = act(hers, one, "read")
    again = act(hers, one, "read")
    assert (first.status, again.status) == (200, 200)
    assert first.json["readAt"] == again.json["readAt"]
    assert unread(hers) == 1


def test_what_is_dismissed_is_off_the_list_and_stays_off(
    ada: Administrator, hers: Client, tell: Tell
) -> None:
    one, _other = tell(ada, "A"), tell(ada, "B")
    first = act(hers, one, "dismiss")
    again = act(hers, one, "dismiss")
    assert (first.status, again.status) == (200, 200)
    assert first.json["dismissedAt"] == again.json["dismissedAt"]
    assert (titles(hers), unread(hers)) == (["B"], 1)


def test_what_has_expired_is_gone(ada: Administrator, hers: Client, tell: Tell) -> None:
    old = tell(ada, "Old", days=-1)
    assert (titles(hers), unread(hers)) == ([], 0)
    assert [act(hers, old, action).status for action in ("read", "dismiss")] == [404, 404]


@pytest.mark.parametrize("action", ["read", "dismiss"])
def test_somebody_elses_is_not_there_in_the_same_words(
    ada: Administrator,
    hers: Client,
    tell: Tell,
    action: str,
    make_tenant: Callable[..., TenantId],
    make_administrator: Callable[..., Administrator],
    caller: Caller,
) -> None:
    theirs = tell(ada, "News")
    colleague = make_administrator(ada.tenant_id, "super_admin")
    stranger = make_administrator(make_tenant("Globex"), "super_admin")

    def body(reply: Reply) -> dict[str, Any]:
        return {key: value for key, value in reply.json.items() if key != "requestId"}

    nothing = act(hers, uuid4(), action)
    assert nothing.status == 404
    for person in (colleague, stranger):
        client = signed_in(caller, person)
        reply = act(client, theirs, action)
        assert (reply.status, body(reply)) == (404, body(nothing))
        assert (titles(client), unread(client)) == ([], 0)
    (item,) = hers.get(PATH).json["items"]
    assert item.keys().isdisjoint({"readAt", "dismissedAt"})


def test_who_is_no_administrator_has_no_notifications(tenant: TenantId, caller: Caller) -> None:
    reply = caller(tenant, "admin").get(PATH)
    assert reply.status == 403
    assert "no administrator" in reply.json["detail"]
