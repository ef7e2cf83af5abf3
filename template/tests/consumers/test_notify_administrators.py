"""Each event tells the right people the right thing, once, as they like it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from handlers.consumers import notify_administrators
from handlers.domain import administrators
from handlers.domain.administrator_notifications.occasions import OCCASIONS
from handlers.domain.administrators import Administrator
from handlers.domain.origin import Origin
from handlers.platform import db
from handlers.platform.deliveries import NotSentError
from handlers.platform.events import Event
from handlers.platform.ids import TenantId

from .conftest import failed, make_event, published, sqs

Staff = dict[str, Administrator]

INVITATION = {
    "invitationId": "0193",
    "email": "bob@initech.example",
    "role": "auditor",
    "invitedBy": "Ada Byron",
}
APPROVAL = {
    "approvalId": "0194",
    "requestedByName": "Grace Hopper",
    "action": "deploy",
    "resourceType": "stack",
    "resourceId": "prod",
    "priority": "high",
    "expiresAt": "2026-03-02T12:00:00+00:00",
}
SUBSCRIPTION = {
    "subscriptionId": "0195",
    "planId": "TEAM",
    "seatCount": 3,
    "amount": 7500,
    "currency": "USD",
    "periodStart": "2026-03-01T12:00:00+00:00",
    "periodEnd": "2026-04-01T12:00:00+00:00",
}
INVOICE = {
    "invoiceId": "0196",
    "number": 12,
    "amount": 123456,
    "currency": "USD",
    "dueAt": "2026-03-15T12:00:00+00:00",
}
ALL = {"super", "admin", "operator", "auditor", "second"}
ABOVE = {"super", "admin", "second"}

# The event, what it says, who did it, who is told, and how. {admin} stands for the admin's id.
TOLD: list[tuple[str, dict[str, Any], str, set[str], str, set[str], str]] = [
    (
        "tenant.updated",
        {"after": {"name": "x"}},
        "admin",
        {"super", "second"},
        "system",
        {"low"},
        "Your organisation was changed",
    ),
    (
        "tenant.suspended",
        {"name": "Initech"},
        "",
        ALL,
        "alert",
        {"critical"},
        "Initech is suspended",
    ),
    (
        "tenant.reactivated",
        {"name": "Initech"},
        "",
        ALL,
        "alert",
        {"high"},
        "Initech is active again",
    ),
    (
        "subscription.created",
        SUBSCRIPTION,
        "super",
        ALL - {"super"},
        "billing",
        {"medium"},
        "New subscription: Team",
    ),
    ("invoice.generated", INVOICE, "", ALL, "billing", {"medium"}, "Invoice 12 is ready"),
    (
        "billing_settings.changed",
        {"after": {"taxPercent": 1}},
        "super",
        ALL - {"super"},
        "billing",
        {"high"},
        "Billing settings were changed",
    ),
    (
        "invitation.created",
        INVITATION,
        "admin",
        {"super", "second"},
        "security",
        {"low"},
        "Invitation sent: bob@initech.example",
    ),
    (
        "invitation.resent",
        INVITATION,
        "admin",
        {"super", "second"},
        "security",
        {"low"},
        "Invitation sent again: bob@initech.example",
    ),
    (
        "invitation.revoked",
        INVITATION,
        "admin",
        {"super", "second"},
        "security",
        {"low"},
        "Invitation revoked: bob@initech.example",
    ),
    (
        "administrator.created",
        {"administratorId": "{admin}", "name": "Ada", "role": "admin"},
        "",
        {"super", "second"},
        "security",
        {"medium"},
        "Ada has joined as administrator",
    ),
    (
        "administrator.created",
        {"administratorId": "{second}", "name": "Ada", "role": "super_admin"},
        "",
        {"super", "admin"},
        "security",
        {"critical"},
        "Ada has joined as super administrator",
    ),
    (
        "administrator.updated",
        {"administratorId": "{auditor}", "name": "Ada", "role": "auditor"},
        "admin",
        {"auditor"},
        "security",
        {"low"},
        "Your name was changed",
    ),
    (
        "administrator.updated",
        {"administratorId": "{admin}", "name": "Ada", "role": "admin"},
        "admin",
        set(),
        "",
        set(),
        "",
    ),
    (
        "administrator.deactivated",
        {"administratorId": "{operator}", "name": "Ada", "role": "operator"},
        "admin",
        {"super", "second"},
        "security",
        {"high"},
        "Ada was deactivated",
    ),
    (
        "administrator.deleted",
        {"administratorId": "{operator}", "name": "Ada", "role": "operator"},
        "super",
        {"admin", "second"},
        "security",
        {"high"},
        "Ada was deleted",
    ),
    (
        "approval.requested",
        APPROVAL | {"requestedBy": "{admin}"},
        "admin",
        {"super", "second"},
        "approval",
        {"high"},
        "Approval wanted: deploy of stack prod",
    ),
    (
        "approval.requested",
        APPROVAL | {"requestedBy": "{super}"},
        "super",
        {"second"},
        "approval",
        {"high"},
        "Approval wanted: deploy of stack prod",
    ),
    (
        "approval.approved",
        APPROVAL | {"requestedBy": "{admin}"},
        "super",
        {"admin"},
        "approval",
        {"high"},
        "Approved: deploy of stack prod",
    ),
    ("approval.approved", APPROVAL | {"requestedBy": "{super}"}, "super", set(), "", set(), ""),
    (
        "approval.rejected",
        APPROVAL | {"requestedBy": "{admin}"},
        "super",
        {"admin"},
        "approval",
        {"high"},
        "Rejected: deploy of stack prod",
    ),
    (
        "approval.cancelled",
        APPROVAL | {"requestedBy": "{admin}"},
        "admin",
        {"super", "second"},
        "approval",
        {"low"},
        "Request cancelled: deploy of stack prod",
    ),
    (
        "approval.cancelled",
        APPROVAL | {"requestedBy": "{admin}"},
        "super",
        {"admin", "second"},
        "approval",
        {"medium", "low"},
        "Request cancelled: deploy of stack prod",
    ),
    (
        "deployment.approved",
        APPROVAL | {"requestedBy": "{admin}"},
        "super",
        {"admin", "operator", "second"},
        "deployment",
        {"medium"},
        "Deployment approved: deploy of stack prod",
    ),
]


@pytest.fixture
def staff(tenant: TenantId, make_administrator: Callable[..., Administrator]) -> Staff:
    """One of each role and a second super administrator; two who may do nothing any more."""
    make_administrator(tenant, "super_admin", status="inactive")
    return {
        "super": make_administrator(tenant, "super_admin"),
        "second": make_administrator(tenant, "super_admin"),
        "admin": make_administrator(tenant, "admin"),
        "operator": make_administrator(tenant, "operator"),
        "auditor": make_administrator(tenant, "auditor"),
    }


@pytest.fixture(autouse=True)
def at_this_time(clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    told = notify_administrators.notify
    monkeypatch.setattr(
        notify_administrators, "notify", lambda event, context: told(event, context, clock)
    )


def by(who: Administrator) -> dict[str, str]:
    return {"actor": f"user:{who.cognito_sub}"}


def rows(tenant: TenantId) -> list[dict[str, Any]]:
    with db.tenant_session(tenant) as session:
        return session.all("SELECT * FROM administrator_notifications ORDER BY notification_id")


@pytest.mark.parametrize(
    ("event_type", "data", "actor", "whom", "category", "priorities", "title"), TOLD
)
def test_an_event_tells_whom_it_concerns(
    tenant: TenantId,
    staff: Staff,
    outgoing: Any,
    context: Any,
    clock: Callable[[], datetime],
    event_type: str,
    data: dict[str, Any],
    actor: str,
    whom: set[str],
    category: str,
    priorities: set[str],
    title: str,
) -> None:
    ids = {name: str(one.administrator_id) for name, one in staff.items()}
    filled = {
        key: value.format(**ids) if isinstance(value, str) else value for key, value in data.items()
    }
    origin = by(staff[actor]) if actor else {"actor": "system"}
    event = make_event(tenant, event_type, filled | origin, clock())

    assert failed(notify_administrators.handler(sqs(event), context)) == []

    made = rows(tenant)
    names = {one.administrator_id: name for name, one in staff.items()}
    assert {names[row["administrator_id"]] for row in made} == whom
    assert len(made) == len(whom)
    assert {row["category"] for row in made} <= {category}
    assert {row["priority"] for row in made} == priorities
    assert {row["title"] for row in made} <= {title}
    assert {mail.to for mail in outgoing.mails} == {staff[name].email for name in whom}


def test_every_event_that_is_told_is_tried_above() -> None:
    tried = {event_type for event_type, *_ in TOLD}
    assert tried | {"administrator.role_changed", "administrator.reactivated"} == set(OCCASIONS)


@pytest.mark.parametrize(
    ("event_type", "yours", "others", "urgency"),
    [
        ("administrator.role_changed", "You are operator now", "Ada Byron is operator now", "high"),
        (
            "administrator.reactivated",
            "Your account is active again",
            "Ada Byron is active again",
            "medium",
        ),
    ],
)
def test_whom_it_happens_to_reads_other_words_than_the_rest(
    tenant: TenantId,
    staff: Staff,
    outgoing: Any,
    context: Any,
    clock: Callable[[], datetime],
    event_type: str,
    yours: str,
    others: str,
    urgency: str,
) -> None:
    concerned = staff["operator"].administrator_id
    data = {"administratorId": str(concerned), "name": "Ada Byron", "role": "operator"}
    event = make_event(tenant, event_type, data | by(staff["admin"]), clock())

    notify_administrators.handler(sqs(event), context)

    told = {row["administrator_id"]: (row["title"], row["priority"]) for row in rows(tenant)}
    assert told == {
        concerned: (yours, urgency),
        staff["super"].administrator_id: (others, urgency),
        staff["second"].administrator_id: (others, urgency),
    }


def test_a_real_change_of_role_is_told(
    tenant: TenantId, staff: Staff, outgoing: Any, context: Any, clock: Callable[[], datetime]
) -> None:
    """The fields of the event are those that the domain writes."""
    origin = Origin(
        f"user:{staff['super'].cognito_sub}", make_event(tenant, "", {}, clock()).event_id
    )
    with db.tenant_session(tenant) as session:
        administrators.update(
            session,
            clock(),
            staff["super"],
            staff["admin"].administrator_id,
            administrators.Changes(role="super_admin"),
            origin,
        )
    (event,) = published("administrator.role_changed")

    assert failed(notify_administrators.handler(sqs(event), context)) == []

    told = {row["administrator_id"]: (row["title"], row["priority"]) for row in rows(tenant)}
    assert told == {
        staff["admin"].administrator_id: ("You are super administrator now", "high"),
        staff["second"].administrator_id: ("Ada Byron is super administrator now", "critical"),
    }


@pytest.fixture
def invoice(tenant: TenantId, clock: Callable[[], datetime]) -> Event:
    return make_event(tenant, "invoice.generated", INVOICE, clock())


@pytest.fixture
def ada(tenant: TenantId, make_administrator: Callable[..., Administrator]) -> Administrator:
    return make_administrator(tenant, "admin")


def test_an_event_that_comes_again_tells_nothing_again(
    tenant: TenantId, ada: Administrator, invoice: Event, outgoing: Any, context: Any
) -> None:
    for _ in range(2):
        assert failed(notify_administrators.handler(sqs(invoice, invoice), context)) == []
    assert (len(rows(tenant)), len(outgoing.mails)) == (1, 1)


def test_even_without_the_mark_an_event_makes_one_notification(
    tenant: TenantId, ada: Administrator, invoice: Event, outgoing: Any, context: Any
) -> None:
    notify_administrators.handler(sqs(invoice), context)
    with db.service_session() as session:
        session.execute("DELETE FROM processed_events")
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert (len(rows(tenant)), len(outgoing.mails)) == (1, 1)


@pytest.mark.parametrize(
    ("preferences", "made", "due_in_hours"),
    [
        ({}, 1, 0),
        ({"categories": {"billing": False}}, 0, None),
        ({"categories": {"billing": True, "security": False}}, 1, 0),
        ({"method": "in_app"}, 1, None),
        ({"frequency": "off"}, 1, None),
        ({"frequency": "daily"}, 1, 20),
        ({"frequency": "daily", "timezone": "Asia/Tokyo"}, 1, 11),
        ({"quiet_hours": ("11:00", "13:30")}, 1, 1.5),
        ({"quiet_hours": ("22:00", "07:00"), "timezone": "Asia/Kathmandu"}, 1, 0),
    ],
)
def test_everybody_is_told_as_they_like(
    tenant: TenantId,
    ada: Administrator,
    prefer: Callable[..., None],
    invoice: Event,
    outgoing: Any,
    context: Any,
    clock: Callable[[], datetime],
    preferences: dict[str, Any],
    made: int,
    due_in_hours: float | None,
) -> None:
    if "categories" in preferences:
        everything = dict.fromkeys(
            ("security", "billing", "deployment", "approval", "system", "alert"), True
        )
        preferences = preferences | {"categories": everything | preferences["categories"]}
    prefer(ada, **preferences)

    notify_administrators.handler(sqs(invoice), context)

    due = None if due_in_hours is None else clock() + timedelta(hours=due_in_hours)
    assert [row["mail_due_at"] for row in rows(tenant)] == [due] * made
    assert len(outgoing.mails) == (1 if due_in_hours == 0 else 0)


def test_what_is_critical_reaches_even_who_sleeps(
    tenant: TenantId,
    ada: Administrator,
    prefer: Callable[..., None],
    outgoing: Any,
    context: Any,
    clock: Callable[[], datetime],
) -> None:
    prefer(ada, frequency="daily", quiet_hours=("00:00", "23:59"))
    event = make_event(tenant, "tenant.suspended", {"name": "Initech"}, clock())
    notify_administrators.handler(sqs(event), context)
    (mail,) = outgoing.mails
    assert (mail.to, mail.subject) == (ada.email, "Acme Billing: Initech is suspended")


def test_the_mail_says_what_happened_and_leads_to_the_app(
    tenant: TenantId, ada: Administrator, invoice: Event, outgoing: Any, context: Any
) -> None:
    notify_administrators.handler(sqs(invoice), context)
    (mail,) = outgoing.mails
    assert "Invoice 12 is ready. 1,234.56 USD, due on 15 March 2026." in mail.text
    assert '<a href="https://app.acme.example/invoices/0196">' in mail.html
    assert '<a href="https://app.acme.example/profile">' in mail.html


def test_what_people_typed_becomes_neither_markup_nor_a_header(
    tenant: TenantId, ada: Administrator, outgoing: Any, context: Any, clock: Callable[[], datetime]
) -> None:
    hostile = "<img src=x>\r\nBcc: everyone@example.com " + "x" * 300
    event = make_event(tenant, "tenant.suspended", {"name": hostile}, clock())
    assert failed(notify_administrators.handler(sqs(event), context)) == []
    (mail,) = outgoing.mails
    assert "<img" not in mail.html
    assert "&lt;img src=x&gt;" in mail.html
    assert "\n" not in mail.subject
    assert len(rows(tenant)[0]["title"]) <= 200


@pytest.mark.parametrize("fault", [NotSentError("throttled"), TimeoutError("no answer")])
def test_a_mail_that_fails_does_not_bring_the_event_back(
    tenant: TenantId,
    staff: Staff,
    invoice: Event,
    outgoing: Any,
    context: Any,
    fault: Exception,
) -> None:
    outgoing.fault = fault
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert len(rows(tenant)) == len(staff)


def test_what_does_not_fit_into_the_time_is_left_to_the_job(
    tenant: TenantId, ada: Administrator, invoice: Event, outgoing: Any, context: Any
) -> None:
    context.remaining_ms = 11_000
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert outgoing.mails == []
    (row,) = rows(tenant)
    assert (row["mail_id"], row["mailed_at"]) == (None, None)
    assert row["mail_due_at"] is not None


def test_a_request_that_has_ended_meanwhile_is_not_told(
    tenant: TenantId, staff: Staff, outgoing: Any, context: Any, clock: Any
) -> None:
    data = APPROVAL | {"requestedBy": str(staff["admin"].administrator_id)}
    event = make_event(tenant, "approval.requested", data, clock())
    clock.forward(hours=24)
    assert failed(notify_administrators.handler(sqs(event), context)) == []
    assert (rows(tenant), outgoing.mails) == ([], [])


def test_a_request_to_approve_is_told_until_it_ends(
    tenant: TenantId, staff: Staff, outgoing: Any, context: Any, clock: Any
) -> None:
    data = APPROVAL | {"requestedBy": str(staff["admin"].administrator_id)}
    event = make_event(tenant, "approval.requested", data, clock())
    notify_administrators.handler(sqs(event), context)
    ends = datetime.fromisoformat(APPROVAL["expiresAt"])
    assert {row["expires_at"] for row in rows(tenant)} == {ends}
    assert (
        "Decide until 2 March 2026, 12:00 UTC. Requested by Grace Hopper." in outgoing.mails[0].text
    )
    assert "/approvals/0194" in outgoing.mails[0].text
    assert "action=" not in outgoing.mails[0].text


def test_nobody_of_another_tenant_is_told(
    make_tenant: Callable[..., TenantId],
    make_administrator: Callable[..., Administrator],
    invoice: Event,
    outgoing: Any,
    context: Any,
) -> None:
    other = make_tenant("Globex")
    make_administrator(other, "super_admin")
    notify_administrators.handler(sqs(invoice), context)
    assert (rows(other), outgoing.mails) == ([], [])


def test_an_event_that_nobody_thought_of_fails_loudly(
    tenant: TenantId, ada: Administrator, context: Any, clock: Callable[[], datetime]
) -> None:
    event = make_event(tenant, "tenant.renamed", {}, clock())
    assert failed(notify_administrators.handler(sqs(event), context)) == ["message-0"]
