"""Each event tells the right people the right thing, once, as they like it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from handlers.catalog.preferences import NOTIFICATION_CATEGORIES
from handlers.consumers import notify_administrators
from handlers.domain import tenants
from handlers.domain.access import administrators, invitations, machine_clients
from handlers.domain.access.administrators import Administrator, Changes, NewAdministrator
from handlers.domain.access.invitations import Inviter, NewInvitation
from handlers.domain.access.machine_clients import NewMachineClient
from handlers.domain.base.origin import Origin
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import Invoice, reminders
from handlers.domain.billing.invoices.draft import Draft, DraftLine, store
from handlers.domain.billing.invoices.transitions import PAYMENT_TERM
from handlers.domain.notifications.administrators.rules import OCCASIONS
from handlers.domain.payments import results
from handlers.platform.base.ids import MachineClientId, TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.deliveries import NotSentError
from handlers.platform.messaging.events import Event
from handlers.platform.payments.stripe_objects import StripeInvoice

from ..accounting import SELLER
from ..collecting import issue, published
from ..messages import failed, make_event, sqs

Staff = dict[str, Administrator]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WANTED = dict.fromkeys(NOTIFICATION_CATEGORIES, True)

APPROVAL = {
    "approvalId": "0194",
    "requestedByName": "Grace Hopper",
    "action": "deploy",
    "resourceType": "stack",
    "resourceId": "prod",
    "priority": "high",
    "expiresAt": "2026-03-02T12:00:00+00:00",
}
DECLINED = StripeInvoice(
    "in_1", "open", 7500, "USD", 1, NOW, None, None, failure="insufficient_funds"
)
INVOICE = {
    "invoiceId": "0196",
    "number": 12,
    "amount": 123456,
    "currency": "USD",
    "dueAt": "2026-03-15T12:00:00+00:00",
}


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
    monkeypatch.setattr(notify_administrators.notify, "__defaults__", (clock,))


def rows(tenant: TenantId) -> list[dict[str, Any]]:
    with sessions.tenant_session(tenant) as session:
        return session.all("SELECT * FROM administrator_notifications ORDER BY notification_id")


def go_through_the_life_of_an_invoice(invoice: Invoice, clock: Any) -> None:
    """Collect it in vain, remind of it, note that it is paid, give it back; void a draft."""
    tenant, origin = invoice.tenant_id, Origin("stripe", uuid4())
    key = (tenant, invoice.invoice_id)
    draft = Draft("period", NOW, NOW + timedelta(days=28), "USD", [DraftLine("usage", "m", 1, 5)])
    with sessions.tenant_session(tenant) as session:
        results.publish_failure(session, clock(), *key, DECLINED, origin)
        assert reminders.remind(session, clock() + PAYMENT_TERM, *key, origin)
        invoices.mark_paid(session, clock(), *key, clock(), "in_1", origin)
        invoices.credit(session, clock(), *key, 100, "An outage", SELLER, origin)
        stored = store(session, clock(), tenant, draft)
        assert stored is not None
        invoices.void(session, clock(), tenant, stored.invoice_id, "A mistake", origin)


def test_events_as_the_domain_writes_them_are_understood(
    tenant: TenantId, staff: Staff, outgoing: Any, context: Any, clock: Any
) -> None:
    by, whom = staff["super"], staff["admin"].administrator_id
    inviter = Inviter.of(by)
    origin = Origin(f"user:{by.cognito_sub}", uuid4())

    def change(session: Session, **changes: Any) -> None:
        administrators.update(session, clock(), by, whom, Changes(**changes), origin)

    with sessions.service_session() as session:
        tenants.update(session, clock(), tenant, {"name": "Initech Ltd"}, origin)
        tenants.suspend(session, clock(), tenant, origin)
        tenants.reactivate(session, clock(), tenant, origin)
    with sessions.tenant_session(tenant) as session:
        new = NewInvitation("bob@initech.example", "auditor")
        invitation = invitations.create(session, clock(), tenant, new, inviter, origin)
        key = (session, clock(), tenant, invitation.invitation_id, inviter, origin)
        invitations.resend(*key)
        invitations.revoke(*key)
        made = NewAdministrator("eve@initech.example", "Eve", "Adams", "operator", "sub-of-eve")
        administrators.create(session, clock(), tenant, made, origin)
        change(session, first_name="Augusta")
        change(session, role="super_admin")
        change(session, status="inactive")
        change(session, status="active")
        administrators.delete(session, clock(), by, whom, origin)
        machine_id = MachineClientId(uuid4())
        meter = NewMachineClient(machine_id, "4client1", "Meter", ["metering.write"])
        client = machine_clients.create(session, clock(), tenant, meter, origin)
        machine_clients.publish_secret_read(session, clock(), client, origin)
        machine_clients.revoke(session, clock(), tenant, machine_id, origin)
    go_through_the_life_of_an_invoice(issue(tenant, clock()), clock)
    events = [event for event_type in OCCASIONS for event in published(event_type)]
    elsewhere = {
        "approval", "billing_settings", "budget", "deployment", "reconciliation", "refund"
    }  # fmt: skip
    assert {event.event_type for event in events} == {
        event_type for event_type in OCCASIONS if event_type.partition(".")[0] not in elsewhere
    }

    assert failed(notify_administrators.handler(sqs(*events), context)) == []

    told = {row["event_id"] for row in rows(tenant)}
    alone = {"administrator.updated"}  # told to who is not there any more
    assert {event.event_type for event in events if event.event_id not in told} == alone


@pytest.fixture
def invoice(tenant: TenantId, clock: Callable[[], datetime]) -> Event:
    return make_event(tenant, "invoice.finalized", INVOICE, clock())


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
    with sessions.service_session() as session:
        session.execute("DELETE FROM processed_events")
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert (len(rows(tenant)), len(outgoing.mails)) == (1, 1)


def test_everybody_concerned_is_told_and_mailed(
    tenant: TenantId, staff: Staff, invoice: Event, outgoing: Any, context: Any
) -> None:
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    told = [row["administrator_id"] for row in rows(tenant)]
    assert sorted(told) == sorted(one.administrator_id for one in staff.values())
    assert {mail.to for mail in outgoing.mails} == {one.email for one in staff.values()}
    assert all(row["mailed_at"] is not None for row in rows(tenant))


@pytest.mark.parametrize(
    ("preferences", "due_in_hours"),
    [
        ({}, 0),
        ({"categories": WANTED | {"security": False}}, 0),
        ({"method": "in_app"}, None),
        ({"frequency": "off"}, None),
        ({"frequency": "daily"}, 20),
        ({"frequency": "daily", "timezone": "Asia/Tokyo"}, 11),
        ({"quiet_hours": ("11:00", "13:30")}, 1.5),
        ({"quiet_hours": ("22:00", "07:00"), "timezone": "Asia/Kathmandu"}, 0),
    ],
)
def test_everybody_is_told_as_they_like(
    ada: Administrator,
    prefer: Callable[..., None],
    invoice: Event,
    outgoing: Any,
    context: Any,
    preferences: dict[str, Any],
    due_in_hours: float | None,
) -> None:
    prefer(ada, **preferences)

    notify_administrators.handler(sqs(invoice), context)

    due = None if due_in_hours is None else NOW + timedelta(hours=due_in_hours)
    assert [row["mail_due_at"] for row in rows(ada.tenant_id)] == [due]
    assert len(outgoing.mails) == (1 if due_in_hours == 0 else 0)


def test_a_category_that_is_switched_off_makes_nothing(
    ada: Administrator, prefer: Callable[..., None], invoice: Event, outgoing: Any, context: Any
) -> None:
    prefer(ada, categories=WANTED | {"billing": False})
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert (rows(ada.tenant_id), outgoing.mails) == ([], [])


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


def test_a_mail_that_cannot_be_written_does_not_bring_the_event_back(
    tenant: TenantId, ada: Administrator, invoice: Event, context: Any, monkeypatch: Any
) -> None:
    monkeypatch.delenv("APP_ORIGIN")
    settings.cache_clear()
    assert failed(notify_administrators.handler(sqs(invoice), context)) == []
    assert [row["mailed_at"] for row in rows(tenant)] == [None]


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
        "Grace Hopper asks for it. Decide until 2 March 2026, 12:00 UTC." in outgoing.mails[0].text
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
