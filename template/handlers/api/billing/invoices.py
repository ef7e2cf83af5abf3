"""Invoices: a tenant reads what it was billed; the operator says what becomes of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Name, Omittable, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.billing import invoices as domain
from handlers.domain.billing.invoices import InvoiceLineKind, InvoiceReason, InvoiceStatus
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.errors import FieldError, Unprocessable
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.settings import settings
from handlers.services.payments import refunds

_THROTTLE: Final = Throttle(rate=100, burst=200)

Note = Annotated[Name, StringConstraints(max_length=500)]


class VoidInvoice(Body):
    """Why an invoice is cancelled."""

    note: Note


class PayInvoice(Body):
    """How an invoice was paid."""

    reference: Name = Field(description="How the payment is found again, as at the bank.")
    paid_at: Omittable[AwareDatetime] = Field(
        default=None, strict=False, description="When the money came; now, if nothing is said."
    )


class CreditInvoice(Body):
    """What is given back of an invoice."""

    note: Note
    amount_minor: Omittable[Annotated[StrictInt, Field(ge=1, le=2**53 - 1)]] = Field(
        default=None, description="Tax included; all that is left, if nothing is said."
    )
    refund: StrictBool = Field(
        default=False,
        description="Whether Stripe gives the money back the way it came, of an invoice that it "
        "collected; otherwise you do.",
    )


class InvoiceQuery(PageQuery):
    """Which invoices to list."""

    status: InvoiceStatus | None = None


class InvoiceLine(Answer):
    """One position of an invoice."""

    line_number: int
    kind: InvoiceLineKind
    description: str
    quantity: int
    unit_amount_minor: int
    amount_minor: int
    usage: dict[str, Any] | None = Field(
        default=None, description="What was used, and what it cost before the margin."
    )


class InvoiceSummary(Answer):
    """An invoice as a list shows it; amounts are minor units of the currency."""

    tenant_id: UUID
    invoice_id: UUID
    number: int | None = Field(default=None, description="Given when it is issued.")
    subscription_id: UUID | None = None
    reason: InvoiceReason
    period_start: datetime
    period_end: datetime
    status: InvoiceStatus
    currency: str
    subtotal_minor: int
    tax_percent: Decimal
    tax_minor: int
    total_minor: int
    credited_minor: int = Field(description="What credit notes gave back of it.")
    open_minor: int = Field(description="What is still to be paid.")
    issued_at: datetime | None = None
    due_at: datetime | None = None
    paid_at: datetime | None = None
    credited_invoice_id: UUID | None = Field(
        default=None, description="The invoice that this credit note gives back something of."
    )

    @classmethod
    def of(cls, invoice: domain.Invoice) -> Self:
        """Show an invoice."""
        return cls.model_validate(invoice)


class Invoice(InvoiceSummary):
    """An invoice with its lines."""

    margin: dict[str, Any] | None = Field(
        default=None, description="The margin that its usage was billed with."
    )
    payment_reference: str | None = None
    cancelled_at: datetime | None = None
    note: str | None = None
    reminders_sent: int
    lines: list[InvoiceLine]


class InvoiceList(Answer):
    """A page of invoices, the latest first."""

    items: list[InvoiceSummary]
    next_cursor: str | None = None


@route(
    "GET",
    "/v1/invoices",
    permission="billing:read",
    query=InvoiceQuery,
    answer=InvoiceList,
    throttle=_THROTTLE,
)
def list_invoices(call: Call, query: InvoiceQuery) -> InvoiceList:
    """List the tenant's invoices, the latest first."""
    return list_of(call, call.tenant_id, query)


@route(
    "GET",
    "/v1/invoices/{invoiceId}",
    permission="billing:read",
    answer=Invoice,
    throttle=_THROTTLE,
)
def read_invoice(call: Call, invoice_id: UUID) -> Invoice:
    """Read an invoice with its lines."""
    return read_of(call, call.tenant_id, invoice_id)


@route(
    "POST",
    "/v1/invoices/{invoiceId}/finalize",
    permission="tenants:bill",
    answer=Invoice,
    throttle=_THROTTLE,
)
def finalize_invoice(call: Call, invoice_id: UUID) -> Invoice:
    """Issue a draft: it gets its number and is due from then on."""
    tenant_id, invoice = _found(call, invoice_id)
    domain.finalize(call.session, call.now, tenant_id, invoice, Sender.of(settings()), call.origin)
    return read_of(call, tenant_id, invoice)


@route(
    "POST",
    "/v1/invoices/{invoiceId}/pay",
    permission="tenants:bill",
    body=PayInvoice,
    answer=Invoice,
    throttle=_THROTTLE,
)
def pay_invoice(call: Call, invoice_id: UUID, body: PayInvoice) -> Invoice:
    """Note by hand that an invoice was paid."""
    paid_at = body.paid_at or call.now
    if paid_at > call.now:
        raise Unprocessable(
            "The request makes no sense.", [FieldError("/paidAt", "must not be in the future")]
        )
    tenant_id, invoice = _found(call, invoice_id)
    domain.mark_paid(
        call.session, call.now, tenant_id, invoice, paid_at, body.reference, call.origin
    )
    return read_of(call, tenant_id, invoice)


@route(
    "POST",
    "/v1/invoices/{invoiceId}/void",
    permission="tenants:bill",
    body=VoidInvoice,
    answer=Invoice,
    throttle=_THROTTLE,
)
def void_invoice(call: Call, invoice_id: UUID, body: VoidInvoice) -> Invoice:
    """Cancel an invoice that was not paid; one that was issued keeps its number."""
    tenant_id, invoice = _found(call, invoice_id)
    domain.void(call.session, call.now, tenant_id, invoice, body.note, call.origin)
    return read_of(call, tenant_id, invoice)


@route(
    "POST",
    "/v1/invoices/{invoiceId}/credit-notes",
    permission="tenants:bill",
    body=CreditInvoice,
    answer=Invoice,
    status=201,
    location="/v1/tenants/{tenantId}/invoices/{invoiceId}",
    throttle=_THROTTLE,
)
def credit_invoice(call: Call, invoice_id: UUID, body: CreditInvoice) -> Invoice:
    """Give back an invoice, or a part of it, by a credit note with a number of its own."""
    tenant_id, invoice = _found(call, invoice_id)
    note = domain.credit(
        call.session,
        call.now,
        tenant_id,
        invoice,
        body.amount_minor,
        body.note,
        Sender.of(settings()),
        call.origin,
    )
    refunds.decide(call.session, call.now, note, is_wanted=body.refund)
    return Invoice.of(note)


def list_of(call: Call, tenant_id: TenantId, query: InvoiceQuery) -> InvoiceList:
    """Show a page of a tenant's invoices."""
    page = domain.find_all(
        call.session,
        tenant_id,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        status=query.status,
    )
    return InvoiceList(
        items=[InvoiceSummary.of(invoice) for invoice in page.items],
        next_cursor=to_cursor(page.next_key),
    )


def read_of(call: Call, tenant_id: TenantId, invoice_id: UUID) -> Invoice:
    """Show an invoice of a tenant."""
    return Invoice.of(domain.read(call.session, tenant_id, InvoiceId(invoice_id)))


def _found(call: Call, invoice_id: UUID) -> tuple[TenantId, InvoiceId]:
    """Find whose an invoice is that the operator acts on."""
    invoice = InvoiceId(invoice_id)
    return domain.owner(call.session, invoice), invoice
