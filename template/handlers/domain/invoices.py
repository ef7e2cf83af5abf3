"""Invoices: numbered without gaps per tenant, one per subscription, period and reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.domain.announcements import announce
from handlers.domain.origin import Origin
from handlers.domain.pages import Page, page
from handlers.domain.pricing import Line, LineKind
from handlers.platform.db import Row, Session
from handlers.platform.errors import Conflict, NotFound
from handlers.platform.events import Event, publish
from handlers.platform.ids import InvoiceId, SubscriptionId, TenantId, new_id
from handlers.platform.money import Money

InvoiceStatus = Literal["draft", "pending", "paid", "overdue", "cancelled"]
InvoiceReason = Literal["subscription_start"]

PAYMENT_TERM: Final = timedelta(days=14)

_SELECT: Final = """
    SELECT tenant_id, invoice_id, number, subscription_id, reason, period_start, period_end, status,
           currency, subtotal_minor, tax_minor, total_minor, issued_at, due_at, created_at,
           updated_at
      FROM invoices
"""
_PAGE: Final = """
     WHERE tenant_id = %(tenant)s
       AND (%(below)s::bigint IS NULL OR number < %(below)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY number DESC
     LIMIT %(limit)s + 1
"""
_BY_ID: Final = " WHERE tenant_id = %s AND invoice_id = %s"
_BY_OCCASION: Final = """
     WHERE tenant_id = %(tenant)s AND subscription_id = %(subscription)s
       AND period_start = %(start)s AND reason = %(reason)s
"""
_LINES: Final = """
    SELECT line_number, kind, description, quantity, unit_amount_minor, amount_minor
      FROM invoice_lines
     WHERE tenant_id = %s AND invoice_id = %s
     ORDER BY line_number
"""
_OPEN_COUNTER: Final = """
    INSERT INTO invoice_counters (tenant_id, last_number) VALUES (%s, 0) ON CONFLICT DO NOTHING
"""
_LOCK_COUNTER: Final = """
    SELECT last_number FROM invoice_counters WHERE tenant_id = %s FOR NO KEY UPDATE
"""
_COUNT_ON: Final = "UPDATE invoice_counters SET last_number = %s WHERE tenant_id = %s"
_INSERT: Final = """
    INSERT INTO invoices (tenant_id, invoice_id, number, subscription_id, reason, period_start,
                          period_end, status, currency, subtotal_minor, tax_minor, total_minor,
                          issued_at, due_at, created_at, updated_at)
    VALUES (%(tenant)s, %(id)s, %(number)s, %(subscription)s, %(reason)s, %(start)s,
            %(end)s, 'pending', %(currency)s, %(subtotal)s, 0, %(subtotal)s,
            %(now)s, %(due)s, %(now)s, %(now)s)
"""
_MARK_PAID: Final = """
    UPDATE invoices SET status = 'paid', updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s AND status IN ('pending', 'overdue')
"""
_INSERT_LINE: Final = """
    INSERT INTO invoice_lines (tenant_id, invoice_id, line_number, kind, description, quantity,
                               unit_amount_minor, amount_minor)
    VALUES (%(tenant)s, %(invoice)s, %(line_number)s, %(kind)s, %(description)s, %(quantity)s,
            %(unit)s, %(amount)s)
"""


class InvoiceLine(NamedTuple):
    """One position of an invoice."""

    line_number: int
    kind: LineKind
    description: str
    quantity: int
    unit_amount_minor: int
    amount_minor: int


class Invoice(NamedTuple):
    """An invoice as it stands in the database; a list leaves the lines out."""

    tenant_id: TenantId
    invoice_id: InvoiceId
    number: int
    subscription_id: SubscriptionId
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
    created_at: datetime
    updated_at: datetime
    lines: Sequence[InvoiceLine] = ()

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(self.total_minor, self.currency)


class Occasion(NamedTuple):
    """What an invoice is for: there is one per subscription, start of period and reason."""

    subscription_id: SubscriptionId
    reason: InvoiceReason
    period_start: datetime
    period_end: datetime


def generate(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    occasion: Occasion,
    lines: Sequence[Line],
) -> tuple[Invoice, bool]:
    """Write the invoice of an occasion, or find the one that is there already.

    The counter's row is locked before anything is looked up, and stays locked to the end of the
    transaction. So two callers cannot both miss an existing invoice, and a number that is rolled
    back is given again: no gaps.

    Returns:
        The invoice, and whether it is new.
    """
    number = _lock_counter(session, tenant_id) + 1
    existing = session.one(_SELECT + _BY_OCCASION, _key(tenant_id, occasion))
    if existing is not None:
        return _with_lines(session, existing), False
    invoice_id = InvoiceId(new_id(now))
    total = sum((line.amount for line in lines[1:]), lines[0].amount)
    values = _key(tenant_id, occasion) | {
        "id": invoice_id,
        "number": number,
        "end": occasion.period_end,
        "currency": total.currency,
        "subtotal": total.amount_minor,
        "now": now,
        "due": now + PAYMENT_TERM,
    }
    session.execute(_INSERT, values)
    for line_number, line in enumerate(lines, start=1):
        session.execute(_INSERT_LINE, _line_values(tenant_id, invoice_id, line_number, line))
    session.execute(_COUNT_ON, [number, tenant_id])
    return read(session, tenant_id, invoice_id), True


def generate_for(session: Session, now: datetime, event: Event) -> tuple[Invoice, bool] | None:
    """Write the invoice that a ``subscription.created`` asks for, and announce it.

    Returns:
        As :func:`generate`; None where there is nothing to pay, as in a trial or for a free plan.
    """
    data = event.data
    lines = [Line.from_event(line, data["currency"]) for line in data["lines"]]
    if sum(line.amount.amount_minor for line in lines) != data["amount"]:
        raise ValueError(f"the lines of event {event.event_id} do not add up to its amount")
    if data["amount"] == 0:
        return None
    occasion = Occasion(
        subscription_id=SubscriptionId(UUID(data["subscriptionId"])),
        reason="subscription_start",
        period_start=datetime.fromisoformat(data["periodStart"]),
        period_end=datetime.fromisoformat(data["periodEnd"]),
    )
    invoice, is_new = generate(session, now, event.tenant_id, occasion, lines)
    if is_new:
        _announce(session, now, invoice, event)
    return invoice, is_new


def _announce(session: Session, now: datetime, invoice: Invoice, cause: Event) -> None:
    data = {
        "invoiceId": str(invoice.invoice_id),
        "number": invoice.number,
        "subscriptionId": str(invoice.subscription_id),
        "amount": invoice.total_minor,
        "currency": invoice.currency,
        "dueAt": invoice.due_at.isoformat(),
        "tenantName": cause.data["tenantName"],
        "tenantEmail": cause.data["tenantEmail"],
    }
    publish(session, "invoice.generated", data, now, correlation_id=cause.correlation_id)


def find_all(
    session: Session,
    tenant_id: TenantId,
    *,
    limit: int,
    below: int | None = None,
    status: InvoiceStatus | None = None,
) -> Page[Invoice]:
    """List a tenant's invoices without their lines, the highest number first."""
    rows = session.all(
        _SELECT + _PAGE, {"tenant": tenant_id, "below": below, "status": status, "limit": limit}
    )
    return page([Invoice(**row) for row in rows], limit, lambda invoice: str(invoice.number))


def read(session: Session, tenant_id: TenantId, invoice_id: InvoiceId) -> Invoice:
    """Read one invoice with its lines.

    Raises:
        NotFound: The tenant has none with this id.
    """
    row = session.one(_SELECT + _BY_ID, [tenant_id, invoice_id])
    if row is None:
        raise NotFound.of("invoice")
    return _with_lines(session, row)


def mark_paid(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    paid_at: datetime,
    origin: Origin,
) -> None:
    """Say that an invoice is paid, and announce it; once.

    Raises:
        Conflict: It is not to be paid.
    """
    if session.execute(_MARK_PAID, {"tenant": tenant_id, "id": invoice_id, "now": now}) == 0:
        raise Conflict("This invoice is not to be paid.")
    data = {"invoiceId": str(invoice_id), "paidAt": paid_at.isoformat()}
    announce(session, now, "invoice.paid", data, origin)


def _lock_counter(session: Session, tenant_id: TenantId) -> int:
    session.execute(_OPEN_COUNTER, [tenant_id])
    counter = session.one(_LOCK_COUNTER, [tenant_id])
    if counter is None:
        raise LookupError(f"tenant {tenant_id} has no invoice counter")
    return int(counter["last_number"])


def _key(tenant_id: TenantId, occasion: Occasion) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "subscription": occasion.subscription_id,
        "start": occasion.period_start,
        "reason": occasion.reason,
    }


def _line_values(
    tenant_id: TenantId, invoice_id: InvoiceId, line_number: int, line: Line
) -> Mapping[str, Any]:
    return {
        "tenant": tenant_id,
        "invoice": invoice_id,
        "line_number": line_number,
        "kind": line.kind,
        "description": line.description,
        "quantity": line.quantity,
        "unit": line.unit_price.amount_minor,
        "amount": line.amount.amount_minor,
    }


def _with_lines(session: Session, row: Row) -> Invoice:
    lines = session.all(_LINES, [row["tenant_id"], row["invoice_id"]])
    return Invoice(**row, lines=tuple(InvoiceLine(**line) for line in lines))
