"""Every word and figure of an invoice's document, in the order they stand on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from handlers.domain.billing.invoices.invoice import Invoice, InvoiceLine
from handlers.domain.notifications.mail_text import day
from handlers.platform.base.money import Money

_STATUS: Final = {
    "draft": "Draft: not issued, and not to be paid",
    "pending": "To be paid",
    "overdue": "Overdue",
    "paid": "Paid",
    "cancelled": "Cancelled: not to be paid",
}


class DocumentRow(NamedTuple):
    """One position: what, how many, at which price, and what that comes to."""

    description: str
    quantity: str
    unit_price: str
    amount: str


class Content(NamedTuple):
    """What stands on a document.

    Args:
        title: what it is, with its number.
        company: who issues it.
        product: for what.
        recipient: lines of whom it is for.
        facts: dates and the like, each with its name.
        rows: the positions.
        totals: sums, each with its name; the last one is what is to be paid.
        remarks: what else is to be said, a paragraph each.
    """

    title: str
    company: str
    product: str
    recipient: Sequence[str]
    facts: Sequence[tuple[str, str]]
    rows: Sequence[DocumentRow]
    totals: Sequence[tuple[str, str]]
    remarks: Sequence[str]


def content_of(invoice: Invoice, parties: Mapping[str, Any]) -> Content:
    """Tell what stands on an invoice.

    Args:
        invoice: With its lines.
        parties: Whose it is and who it is for: those of the invoice once it is issued.
    """
    tax_id = parties.get("taxId")
    return Content(
        title=_title(invoice),
        company=parties["company"],
        product=parties["productName"],
        recipient=[
            parties["tenantName"],
            parties["tenantEmail"],
            *([f"Tax number {tax_id}"] if tax_id else []),
        ],
        facts=_facts(invoice),
        rows=[_row(line, invoice.currency) for line in invoice.lines],
        totals=_totals(invoice),
        remarks=_remarks(invoice),
    )


def _title(invoice: Invoice) -> str:
    if invoice.number is None:
        return "Draft of an invoice"
    what = "Credit note" if invoice.reason == "credit_note" else "Invoice"
    return f"{what} {invoice.number}"


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    last_day = invoice.period_end - timedelta(microseconds=1)
    is_credit = invoice.reason == "credit_note"
    known = {
        "Issued": _day(invoice.issued_at),
        "Due": None if is_credit else _day(invoice.due_at),
        "Period": f"{_day(invoice.period_start)} to {_day(last_day)}",
        "Paid": None if is_credit else _day(invoice.paid_at),
        "Reference": invoice.payment_reference,
        "Status": "Settled" if is_credit else _STATUS[invoice.status],
    }
    return [(name, value) for name, value in known.items() if value]


def _row(line: InvoiceLine, currency: str) -> DocumentRow:
    return DocumentRow(
        description=line.description,
        quantity=f"{line.quantity:,}",
        unit_price=str(Money(line.unit_amount_minor, currency)),
        amount=str(Money(line.amount_minor, currency)),
    )


def _totals(invoice: Invoice) -> list[tuple[str, str]]:
    def amount_of(minor: int) -> str:
        return str(Money(minor, invoice.currency))

    totals = [("Subtotal", amount_of(invoice.subtotal_minor))]
    if invoice.tax_percent or invoice.tax_minor:
        totals.append((f"Tax, {invoice.tax_percent:f} %", amount_of(invoice.tax_minor)))
    totals.append(("Total", amount_of(invoice.total_minor)))
    if invoice.credited_minor:
        totals.append(("Credited", amount_of(-invoice.credited_minor)))
        totals.append(("Left to be paid", amount_of(invoice.open_minor)))
    return totals


def _remarks(invoice: Invoice) -> list[str]:
    estimated = any(line.usage and line.usage.get("estimated") for line in invoice.lines)
    remarks = [invoice.note] if invoice.note else []
    if estimated:
        remarks.append("Models without a price of their own are billed at the default price.")
    return remarks


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else day(moment.isoformat())
