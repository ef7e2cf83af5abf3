"""Invoices: what the caller's tenant was billed."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from chalice.app import Blueprint

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import invoices as domain
from handlers.domain.invoices import InvoiceReason, InvoiceStatus
from handlers.domain.pricing import LineKind
from handlers.platform.ids import InvoiceId

_THROTTLE: Final = Throttle(rate=100, burst=200)


class InvoiceQuery(PageQuery):
    """Which invoices to list."""

    status: InvoiceStatus | None = None


class InvoiceLine(Answer):
    """One position of an invoice."""

    line_number: int
    kind: LineKind
    description: str
    quantity: int
    unit_amount_minor: int
    amount_minor: int


class InvoiceSummary(Answer):
    """An invoice as a list shows it; amounts are minor units of the currency."""

    invoice_id: UUID
    number: int
    subscription_id: UUID
    reason: InvoiceReason
    period_start: datetime
    period_end: datetime
    status: InvoiceStatus
    currency: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    issued_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, invoice: domain.Invoice) -> Self:
        """Show an invoice."""
        return cls.model_validate(invoice)


class Invoice(InvoiceSummary):
    """An invoice with its lines."""

    lines: list[InvoiceLine]


class InvoiceList(Answer):
    """A page of invoices, the highest number first."""

    items: list[InvoiceSummary]
    next_cursor: str | None = None


def invoices() -> Blueprint:
    """Make the blueprint."""
    blueprint = Blueprint(__name__)

    @route(
        blueprint,
        "GET",
        "/v1/invoices",
        permission="billing:read",
        query=InvoiceQuery,
        answer=InvoiceList,
        throttle=_THROTTLE,
    )
    def list_invoices(call: Call, query: InvoiceQuery) -> InvoiceList:
        """List the tenant's invoices, the latest first."""
        found = domain.find_all(
            call.session,
            call.tenant_id,
            limit=query.limit,
            below=from_cursor(query.cursor, _number),
            status=query.status,
        )
        return InvoiceList(
            items=[InvoiceSummary.of(invoice) for invoice in found.items],
            next_cursor=to_cursor(found.next_key),
        )

    @route(
        blueprint,
        "GET",
        "/v1/invoices/{invoiceId}",
        permission="billing:read",
        answer=Invoice,
        throttle=_THROTTLE,
    )
    def read_invoice(call: Call, invoice_id: UUID) -> Invoice:
        """Read an invoice with its lines."""
        return Invoice.of(domain.read(call.session, call.tenant_id, InvoiceId(invoice_id)))

    return blueprint


def _number(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**63:
        raise ValueError("no invoice has such a number")
    return number
