"""The document of an invoice: everything on it, in HTML and in PDF, and nothing that bites."""

import re
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from handlers.domain.billing.documents import html_page, pdf
from handlers.domain.billing.documents.content import content_of
from handlers.domain.billing.invoices.invoice import Invoice, InvoiceLine
from handlers.platform.base.ids import InvoiceId, TenantId

NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
PARTIES = {
    "company": "Acme & Sons",
    "productName": "Acme Billing",
    "tenantName": "Größe Ελλάς Київ",
    "tenantEmail": "a@initech.example",
    "taxId": "DE 1234",
}
LINE = InvoiceLine(1, "seats", "Team plan, monthly", 3, 2500, 7500)


def invoice(**fields: Any) -> Invoice:
    known: dict[str, Any] = {
        "tenant_id": TenantId(UUID(int=1)),
        "invoice_id": InvoiceId(UUID(int=2)),
        "number": 12,
        "subscription_id": None,
        "reason": "period",
        "period_start": datetime(2026, 3, 1, tzinfo=UTC),
        "period_end": datetime(2026, 4, 1, tzinfo=UTC),
        "status": "pending",
        "currency": "USD",
        "subtotal_minor": 7500,
        "tax_minor": 1425,
        "total_minor": 8925,
        "usage_minor": 0,
        "margin": None,
        "tax_percent": Decimal("19.00"),
        "parties": PARTIES,
        "credited_invoice_id": None,
        "note": None,
        "issued_at": NOW,
        "due_at": datetime(2026, 4, 15, 6, tzinfo=UTC),
        "paid_at": None,
        "payment_reference": None,
        "cancelled_at": None,
        "reminders_sent": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "lines": (LINE,),
    }
    return Invoice(**(known | fields))


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


def mappings(document: bytes) -> str:
    """Read which letters the glyphs of a PDF stand for: the tables that make text copyable."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL)
    plain = [zlib.decompress(s) if s[:1] == b"\x78" else s for s in streams]
    return b"".join(s for s in plain if b"beginbfchar" in s or b"beginbfrange" in s).decode()


def test_the_document_has_company_tenant_number_lines_tax_total_and_due_date() -> None:
    told = text_of(html_page.render(content_of(invoice(), PARTIES)))
    for words in (
        "Invoice 12",
        "Acme &amp; Sons",
        "Größe Ελλάς Київ",
        "Tax number DE 1234",
        "Due 15 April 2026",
        "Period 1 March 2026 to 31 March 2026",
        "Team plan, monthly 3 25.00 USD 75.00 USD",
        "Subtotal 75.00 USD",
        "Tax, 19.00 % 14.25 USD",
        "Total 89.25 USD",
        "To be paid",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("fields", "credited", "words"),
    [
        ({"status": "draft", "number": None, "issued_at": None, "due_at": None}, 0, "Draft"),
        ({"status": "paid", "paid_at": NOW, "payment_reference": "RF18"}, 0, "Reference RF18"),
        ({"status": "cancelled", "note": "Billed twice"}, 0, "Billed twice"),
        ({}, 925, "Left to be paid 80.00 USD"),
        ({"status": "paid", "paid_at": NOW}, 925, "Left to be paid 0.00 USD"),
        ({"reason": "credit_note", "status": "paid", "paid_at": NOW}, 0, "Credit note 12"),
        ({"currency": "JPY"}, 0, "Total 8,925 JPY"),
        ({"currency": "KWD"}, 0, "Total 8.925 KWD"),
        ({"lines": (LINE._replace(usage={"estimated": True}),)}, 0, "at the default price"),
    ],
)
def test_the_document_says_how_the_invoice_stands(
    fields: dict[str, Any], credited: int, words: str
) -> None:
    content = content_of(invoice(**fields, credited_minor=credited), PARTIES)
    assert words in text_of(html_page.render(content))
    assert pdf.render(content, NOW).startswith(b"%PDF-")


def test_what_people_typed_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    parties = dict.fromkeys(PARTIES, hostile)
    line = LINE._replace(description=hostile)
    content = content_of(invoice(lines=(line,), note=hostile), parties)
    html = html_page.render(content)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert pdf.render(content, NOW).startswith(b"%PDF-")


def test_the_pdf_embeds_its_fonts_and_is_the_same_every_time() -> None:
    content = content_of(invoice(), PARTIES)
    document = pdf.render(content, NOW)
    assert document == pdf.render(content, NOW)
    assert b"DejaVuSans" in document
    assert document.count(b"/FontFile2") >= 2
    assert b"/Title" in document
    told = mappings(document).upper()
    assert all(f"<{ord(letter):04X}>" in told for letter in "öΕК")


def test_many_lines_go_on_over_pages() -> None:
    lines = tuple(LINE._replace(line_number=n, description=f"Model {n}") for n in range(1, 120))
    document = pdf.render(content_of(invoice(lines=lines), PARTIES), NOW)
    assert len(re.findall(rb"/Type /Page\b(?!s)", document)) >= 3
    assert len(document) < 200_000
