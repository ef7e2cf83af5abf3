"""Mail is kept whole, and its files are to be had from the page that lists it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from saasgen.sandbox.mailbox import Mailbox
from saasgen.sandbox.models import SandboxStatus
from saasgen.sandbox.pages import PREFIX, Pages
from saasgen.sandbox.web_server import Request
from tests.generator.sandbox.conftest import Aws

PDF = b"%PDF-1.7 \x00\xff"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(lambda: datetime(2026, 1, 31, tzinfo=UTC), f"{PREFIX}/mail")


def _simple() -> dict[str, object]:
    file = {"FileName": "Invoice <7>.pdf", "ContentType": "application/pdf", "RawContent": PDF}
    body = {"Text": {"Data": "See the file."}, "Html": {"Data": "<p>See the file.</p>"}}
    return {"Simple": {"Subject": {"Data": "Invoice 7"}, "Body": body, "Attachments": [file]}}


def _raw() -> dict[str, object]:
    message = EmailMessage()
    message["Subject"] = "Invoice 7"
    message["From"], message["To"] = "billing@example.com", "ann@example.com"
    message.set_content("See the file.")
    message.add_alternative("<p>See the file.</p>", subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="Invoice <7>.pdf")
    return {"Raw": {"Data": message.as_bytes()}}


@pytest.mark.parametrize("content", [_simple(), _raw()], ids=["simple", "raw"])
def test_a_file_that_a_mail_brought_is_fetched(
    aws: Aws, mailbox: Mailbox, tmp_path: Path, content: dict[str, object]
) -> None:
    ses = aws("sesv2")
    ses.create_email_identity(EmailIdentity="billing@example.com")
    to = {"ToAddresses": ["ann@example.com"]}
    ses.send_email(FromEmailAddress="billing@example.com", Destination=to, Content=content)

    (mail,) = mailbox.messages()
    assert (mail.subject, mail.text.strip()) == ("Invoice 7", "See the file.")
    (file,) = mail.files
    assert (file.name, file.media_type, file.size) == ("Invoice <7>.pdf", "application/pdf", 11)

    pages = Pages(SandboxStatus.model_construct, lambda: None, mailbox, tmp_path)
    listed = pages.answer(_get(f"{PREFIX}/mail"))
    assert listed is not None
    assert f'<a href="{file.path}">Invoice &lt;7&gt;.pdf</a>' in listed.body.decode()
    fetched = pages.answer(_get(file.path))
    assert fetched is not None
    assert (fetched.status, fetched.body) == (200, PDF)
    assert dict(fetched.headers)["Content-Type"] == "application/pdf"


def test_a_file_that_no_mail_brought_is_not_there(mailbox: Mailbox, tmp_path: Path) -> None:
    pages = Pages(SandboxStatus.model_construct, lambda: None, mailbox, tmp_path)
    missing = pages.answer(_get(f"{PREFIX}/mail/1/1"))
    assert missing is not None
    assert missing.status == 404


def _get(path: str) -> Request:
    return Request("GET", path, (("Host", "localhost:8080"),))
