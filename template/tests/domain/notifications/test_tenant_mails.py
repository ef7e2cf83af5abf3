from typing import Any

import pytest

from handlers.domain.notifications.mail_text import Sender
from handlers.domain.notifications.tenant_mails import UnknownNotificationError, compose

SENDER = Sender(product_name="Acme <Billing>", company="Acme & Sons")
EVENTS: dict[str, dict[str, Any]] = {
    "tenant.created": {"name": "Initech", "email": "a@initech.example"},
    "subscription.created": {
        "tenantName": "Initech",
        "tenantEmail": "a@initech.example",
        "planId": "TEAM",
        "billingCycle": "monthly",
        "seatCount": 3,
        "amount": 7500,
        "currency": "USD",
        "periodStart": "2026-03-01T12:00:00+00:00",
        "periodEnd": "2026-04-01T12:00:00+00:00",
    },
    "invoice.finalized": {
        "tenantName": "Initech",
        "tenantEmail": "a@initech.example",
        "number": 12,
        "amount": 123456,
        "currency": "USD",
        "dueAt": "2026-03-15T12:00:00+00:00",
        "invoiceUrl": "https://app.acme.example/invoices/12",
    },
}
EVENTS["invoice.overdue"] = EVENTS["invoice.finalized"] | {"reminder": 2}
EVENTS["invoice.credited"] = EVENTS["invoice.finalized"] | {
    "amount": -500,
    "creditedNumber": 11,
    "note": "Two days of outage",
}


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_notification_goes_to_the_tenant_and_says_the_same_twice(event_type: str) -> None:
    written = compose(event_type, EVENTS[event_type], SENDER)
    assert written.recipient == "a@initech.example"
    assert "Hello Initech," in written.text
    assert "Hello Initech," in written.html
    assert "Acme & Sons" in written.text
    assert "Acme &amp; Sons" in written.html


@pytest.mark.parametrize("event_type", EVENTS)
def test_what_people_typed_cannot_become_markup_or_a_header(event_type: str) -> None:
    hostile = "<img src=x onerror=alert(1)>\r\nBcc: everyone@example.com"
    data = EVENTS[event_type] | {"name": hostile, "tenantName": hostile}
    written = compose(event_type, data, Sender(product_name=hostile, company=hostile))
    assert "<img" not in written.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in written.html
    assert "\n" not in written.subject
    assert "\r" not in written.subject


@pytest.mark.parametrize("event_type", [name for name in EVENTS if name.startswith("invoice.")])
def test_a_mail_about_an_invoice_leads_to_it(event_type: str) -> None:
    written = compose(event_type, EVENTS[event_type], SENDER)
    link = "https://app.acme.example/invoices/12"
    assert f"\n{link}\n" in written.text
    assert f'<a href="{link}">' in written.html


def test_amounts_and_days_are_written_for_people() -> None:
    text = compose("invoice.finalized", EVENTS["invoice.finalized"], SENDER).text
    assert "1,234.56 USD" in text
    assert "due on 15 March 2026" in text
    reminder = compose("invoice.overdue", EVENTS["invoice.overdue"], SENDER)
    assert reminder.subject == "Reminder 2: invoice 12 from Acme & Sons"
    credited = compose("invoice.overdue", EVENTS["invoice.overdue"] | {"openAmount": 456}, SENDER)
    assert "4.56 USD, due on" in credited.text
    assert (
        "5.00 USD of invoice 11"
        in compose("invoice.credited", EVENTS["invoice.credited"], SENDER).text
    )
    plan = compose("subscription.created", EVENTS["subscription.created"], SENDER)
    assert "3 seats" in plan.text
    assert "75.00 USD" in plan.text
    assert "from 1 March 2026 to 1 April 2026" in plan.text


def test_an_event_without_a_text_is_refused() -> None:
    with pytest.raises(UnknownNotificationError, match=r"moon\.landed"):
        compose("moon.landed", {}, SENDER)
