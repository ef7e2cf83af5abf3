import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from handlers.consumers import send_notification
from handlers.domain.access import invitations
from handlers.domain.base.origin import Origin
from handlers.domain.terms import billing_settings
from handlers.platform.aws.mail import Mail
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.messaging.deliveries import NotSentError
from handlers.platform.messaging.events import Event

from ..collecting import issue, published
from ..messages import failed, make_event, sqs


@pytest.fixture
def welcome(tenant: TenantId, clock: Callable[[], Any]) -> Event:
    data = {"tenantId": str(tenant), "name": "Initech", "email": "admin@initech.example"}
    return make_event(tenant, "tenant.created", data, clock())


def test_a_new_tenant_is_welcomed(welcome: Event, outgoing: Any, context: Any) -> None:
    assert failed(send_notification.handler(sqs(welcome), context)) == []
    (mail,) = outgoing.mails
    assert (mail.to, mail.subject) == ("admin@initech.example", "Welcome to Acme Billing")
    assert "Hello Initech," in mail.text
    assert "Acme Inc." in mail.text


def test_the_mail_of_an_invoice_leads_to_its_page_in_the_app(
    tenant: TenantId, outgoing: Any, context: Any, clock: Callable[[], Any]
) -> None:
    data = {
        "invoiceId": str(uuid4()),
        "number": 12,
        "amount": 2900,
        "currency": "USD",
        "dueAt": clock().isoformat(),
        "tenantName": "Initech",
        "tenantEmail": "admin@initech.example",
    }
    event = make_event(tenant, "invoice.finalized", data, clock())
    assert failed(send_notification.handler(sqs(event), context)) == []
    (mail,) = outgoing.mails
    assert f"\nhttps://app.acme.example/invoices/{data['invoiceId']}\n" in mail.text


def test_who_wants_documents_by_mail_gets_them_with_it(
    make_tenant: Callable[..., TenantId], outgoing: Any, context: Any, clock: Callable[[], Any]
) -> None:
    for wants in (False, True):
        tenant = make_tenant()
        with sessions.tenant_session(tenant) as session:
            billing_settings.ensure(session, clock(), tenant, "USD")
            session.execute("UPDATE billing_settings SET mail_documents = %s", [wants])
        issue(tenant, clock())
    assert failed(send_notification.handler(sqs(*published("invoice.finalized")), context)) == []
    plain, bringing = outgoing.mails
    assert plain.attachments == []
    (file,) = bringing.attachments
    assert (file.name, file.media_type) == ("Invoice 1.pdf", "application/pdf")
    assert file.content.startswith(b"%PDF-")


def test_an_event_that_comes_again_sends_nothing_again(
    welcome: Event, outgoing: Any, context: Any
) -> None:
    for _ in range(3):
        assert failed(send_notification.handler(sqs(welcome, welcome), context)) == []
    assert len(outgoing.mails) == 1


def test_a_mail_that_was_refused_is_tried_again(
    welcome: Event, outgoing: Any, context: Any
) -> None:
    outgoing.fault = NotSentError("sending is paused")
    assert failed(send_notification.handler(sqs(welcome), context)) == ["message-0"]
    outgoing.fault = None
    assert failed(send_notification.handler(sqs(welcome), context)) == []
    assert len(outgoing.mails) == 1


def test_a_mail_that_may_have_left_is_not_sent_again(
    welcome: Event, outgoing: Any, context: Any
) -> None:
    outgoing.fault = TimeoutError("no answer")
    assert failed(send_notification.handler(sqs(welcome), context)) == ["message-0"]
    outgoing.fault = None
    assert failed(send_notification.handler(sqs(welcome), context)) == ["message-0"]
    assert outgoing.mails == []


def test_nothing_is_sent_inside_a_transaction(
    welcome: Event, monkeypatch: pytest.MonkeyPatch, context: Any
) -> None:
    seen: list[str] = []

    def send(mail: Mail, _settings: object) -> str:
        # a session of this tenant can be opened: none is open around us
        with sessions.tenant_session(welcome.tenant_id) as session:
            row = session.one("SELECT state FROM deliveries")
            seen.append(row["state"] if row else "none")
        return "ses-1"

    monkeypatch.setattr(send_notification, "send_mail", send)
    assert failed(send_notification.handler(sqs(welcome), context)) == []
    assert seen == ["sending"]


def test_an_event_without_a_text_is_refused(
    tenant: TenantId, outgoing: Any, context: Any, clock: Callable[[], Any]
) -> None:
    event = make_event(tenant, "tenant.suspended", {}, clock())
    assert failed(send_notification.handler(sqs(event), context)) == ["message-0"]
    assert outgoing.mails == []


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("sesv2").create_email_identity(EmailIdentity="billing@acme.example")
        yield ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]


def test_the_mail_leaves_through_ses(welcome: Event, context: Any, ses: Any) -> None:
    assert failed(send_notification.handler(sqs(welcome), context)) == []
    (message,) = ses.sent_messages
    assert message.source == "billing@acme.example"
    assert message.destinations["ToAddresses"] == ["admin@initech.example"]
    assert message.subject == "Welcome to Acme Billing"


@pytest.fixture
def invited(
    tenant: TenantId, clock: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Event]:
    """An invitation, and the event that asks for its mail."""
    monkeypatch.setenv("APP_ORIGIN", "https://app.acme.example")
    settings.cache_clear()
    monkeypatch.setattr(send_notification, "system_clock", clock)
    new = invitations.NewInvitation("bob@initech.example", "auditor", "Hi <b>Bob</b>")
    with sessions.tenant_session(tenant) as session:
        invitations.create(
            session,
            clock(),
            tenant,
            new,
            invitations.Inviter("Ada Byron", "admin"),
            Origin("user:ada", uuid4()),
        )

    def event() -> Event:
        with sessions.service_session() as session:
            row = session.one("SELECT payload FROM outbox ORDER BY event_id DESC LIMIT 1")
        assert row is not None
        return make_event(tenant, "invitation.created", row["payload"], clock())

    return event


def hash_of(tenant: TenantId) -> str | None:
    with sessions.tenant_session(tenant) as session:
        row = session.one("SELECT token_hash FROM invitations")
    assert row is not None
    kept: str | None = row["token_hash"]
    return kept


def test_an_invitation_carries_the_only_copy_of_its_token(
    invited: Callable[..., Event], outgoing: Any, context: Any, tenant: TenantId
) -> None:
    event = invited()
    for _ in range(2):
        assert failed(send_notification.handler(sqs(event), context)) == []

    (mail,) = outgoing.mails
    assert mail.to == "bob@initech.example"
    address = re.search(r"https://app.acme.example/invite/accept\?token=(\S+)", mail.text)
    assert address is not None
    assert hash_of(tenant) == invitations.hash_token(address[1])
    assert f'<a href="{address[0]}">' in mail.html
    assert "Hi &lt;b&gt;Bob&lt;/b&gt;" in mail.html
    assert address[1] not in event.model_dump_json()


def test_a_revoked_invitation_is_not_sent_any_more(
    invited: Callable[..., Event], outgoing: Any, context: Any, tenant: TenantId
) -> None:
    event = invited()
    with sessions.tenant_session(tenant) as session:
        session.execute("UPDATE invitations SET status = 'revoked'")

    assert failed(send_notification.handler(sqs(event), context)) == []
    assert (outgoing.mails, hash_of(tenant)) == ([], None)


def test_an_invitation_whose_mail_was_refused_is_sent_with_a_fresh_token(
    invited: Callable[..., Event], outgoing: Any, context: Any, tenant: TenantId
) -> None:
    event = invited()
    outgoing.fault = NotSentError("throttled")
    assert failed(send_notification.handler(sqs(event), context)) == ["message-0"]
    before = hash_of(tenant)
    outgoing.fault = None

    assert failed(send_notification.handler(sqs(event), context)) == []
    assert len(outgoing.mails) == 1
    assert hash_of(tenant) != before
