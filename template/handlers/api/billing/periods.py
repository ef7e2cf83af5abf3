"""Billing: the running period, what it will probably cost, and billing one that has ended."""

from datetime import date
from typing import Final, Self

from pydantic import Field, StrictBool

from handlers.api.billing.invoices import Invoice, InvoiceLine
from handlers.api.http.models import Answer, Body, Omittable
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.billing import books, budgets, projections
from handlers.domain.billing.invoices import period_invoice
from handlers.domain.billing.invoices.draft import Draft
from handlers.domain.terms.billing_periods import Period
from handlers.platform.base.errors import FieldError, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session

_THROTTLE: Final = Throttle(rate=100, burst=200)


class GenerateInvoices(Body):
    """Which period to bill: the oldest that has ended and waits, if nothing is said."""

    period_start: Omittable[date] = Field(default=None, strict=False, description="Its first day.")
    period_end: Omittable[date] = Field(
        default=None, strict=False, description="The day after its last one."
    )
    preview: StrictBool = Field(
        default=False, description="Show what would be stored, and store nothing."
    )


class InvoiceDraft(Answer):
    """An invoice that is not stored; amounts are minor units of the currency."""

    currency: str
    subtotal_minor: int
    tax_percent: str
    tax_minor: int
    total_minor: int
    lines: list[InvoiceLine]

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """Show a draft."""
        lines = [
            InvoiceLine(line_number=number, amount_minor=line.amount_minor, **line._asdict())
            for number, line in enumerate(draft.lines, start=1)
        ]
        return cls(
            currency=draft.currency,
            subtotal_minor=draft.subtotal_minor,
            tax_percent=f"{draft.tax_percent:.2f}",
            tax_minor=draft.tax_minor,
            total_minor=draft.total_minor,
            lines=lines,
        )


class GeneratedInvoices(Answer):
    """What a period was billed with, an invoice per currency; none where nothing is to be paid."""

    period_start: date
    period_end: date
    is_new: bool = Field(description="Whether they were written by this very call.")
    invoices: list[Invoice]
    drafts: list[InvoiceDraft] = Field(description="In a preview: what would be stored.")


class CurrentPeriod(Answer):
    """What the running period costs so far; amounts are minor units of the currency."""

    period_start: date
    period_end: date
    currency: str
    total_minor: int = Field(description="With tax, in the currency of the billing settings.")
    budget_limit_minor: int | None = None
    budget_used_percent: int | None = None
    drafts: list[InvoiceDraft] = Field(description="The invoices as they would be now.")


class Projection(Answer):
    """What the running period will probably cost; amounts are minor units, tax included."""

    period_start: date
    period_end: date
    currency: str
    so_far_minor: int
    expected_minor: int
    low_minor: int = Field(description="Eight of ten periods end between this")
    high_minor: int = Field(description="and this, if days go on as they did.")
    sample_days: int = Field(description="How many days that rests on.")
    budget_limit_minor: int | None = None


@route(
    "POST",
    "/v1/billing/generate",
    permission="billing:write",
    body=GenerateInvoices,
    answer=GeneratedInvoices,
    throttle=_THROTTLE,
)
def generate_invoices(call: Call, body: GenerateInvoices) -> GeneratedInvoices:
    """Bill a period that has ended, once; or show what that would come to."""
    return generate_in(call.session, call, call.tenant_id, body)


def generate_in(
    session: Session, call: Call, tenant_id: TenantId, body: GenerateInvoices
) -> GeneratedInvoices:
    """Bill a tenant's period, or show what that would come to; in the tenant's own session."""
    wanted, currency = _period(body), settings().currency
    if body.preview:
        return _shown(period_invoice.preview(session, call.now, tenant_id, currency, wanted))
    billed = period_invoice.generate(session, call.now, tenant_id, currency, call.origin, wanted)
    return GeneratedInvoices(
        period_start=billed.period.start,
        period_end=billed.period.end,
        is_new=billed.is_new,
        invoices=[Invoice.of(invoice) for invoice in billed.invoices],
        drafts=[],
    )


@route(
    "GET",
    "/v1/billing/current",
    permission="billing:read",
    answer=CurrentPeriod,
    throttle=_THROTTLE,
)
def read_current_period(call: Call) -> CurrentPeriod:
    """Read what the running period costs so far."""
    tenant_books = books.read(call.session, call.tenant_id, settings().currency)
    running = tenant_books.period_at(call.now)
    computed = period_invoice.compute(call.session, tenant_books, running, until=call.now)
    currency, limit = tenant_books.settings.currency, tenant_books.settings.budget_limit_minor
    spent = budgets.spent_minor(computed.drafts, currency)
    return CurrentPeriod(
        period_start=running.start,
        period_end=running.end,
        currency=currency,
        total_minor=spent,
        budget_limit_minor=limit,
        budget_used_percent=None if limit is None else spent * 100 // limit,
        drafts=[InvoiceDraft.of(draft) for draft in computed.drafts],
    )


@route(
    "GET",
    "/v1/billing/projections",
    permission="billing:read",
    answer=Projection,
    throttle=_THROTTLE,
)
def read_projection(call: Call) -> Projection:
    """Read what the running period will probably cost by its end."""
    currency = settings().currency
    projected = projections.project(call.session, call.now, call.tenant_id, currency)
    tenant_books = books.read(call.session, call.tenant_id, currency)
    fields = projected._asdict()
    running: Period = fields.pop("period")
    return Projection(
        period_start=running.start,
        period_end=running.end,
        budget_limit_minor=tenant_books.settings.budget_limit_minor,
        **fields,
    )


def _shown(preview: period_invoice.Preview) -> GeneratedInvoices:
    return GeneratedInvoices(
        period_start=preview.period.start,
        period_end=preview.period.end,
        is_new=False,
        invoices=[],
        drafts=[InvoiceDraft.of(draft) for draft in preview.drafts],
    )


def _period(body: GenerateInvoices) -> Period | None:
    start, end = body.period_start, body.period_end
    if start is None and end is None:
        return None
    if start is None or end is None or end <= start:
        fault = FieldError("/periodEnd", "must come after periodStart; both are given, or neither")
        raise Unprocessable("The request makes no sense.", [fault])
    return Period(start, end)
