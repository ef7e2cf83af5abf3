"""Reading invoices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.domain.base.reading import Page, item_of, read_page
from handlers.domain.billing.invoices.draft import Draft
from handlers.domain.billing.invoices.invoice import Invoice, InvoiceLine, InvoiceStatus
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session

_ALL: Final = """
    SELECT tenant_id, invoice_id, number, subscription_id, reason, period_start, period_end,
           status, currency, subtotal_minor, tax_minor, total_minor, usage_minor, margin,
           tax_percent, parties, credited_invoice_id, note, issued_at, due_at, paid_at,
           payment_reference, cancelled_at, reminders_sent, created_at, updated_at,
           (SELECT coalesce(-sum(n.total_minor), 0)::bigint FROM invoices AS n
             WHERE n.tenant_id = invoices.tenant_id
               AND n.credited_invoice_id = invoices.invoice_id) AS credited_minor
      FROM invoices
"""
_PAGE: Final = (
    _ALL
    + """
     WHERE tenant_id = %(tenant)s
       AND (%(after)s::uuid IS NULL OR invoice_id < %(after)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
     ORDER BY invoice_id DESC
     LIMIT %(limit)s + 1
"""
)
_READ: Final = (
    _ALL
    + """
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
"""
)
_OF_PERIOD: Final = (
    _ALL
    + """
     WHERE tenant_id = %(tenant)s AND reason = 'period' AND period_end = %(end)s
       AND (%(start)s::timestamptz IS NULL OR period_start = %(start)s)
     ORDER BY currency
"""
)
_LIKE: Final = (
    _ALL
    + """
     WHERE tenant_id = %(tenant)s
       AND subscription_id IS NOT DISTINCT FROM %(subscription)s AND reason = %(reason)s
       AND period_start = %(start)s AND currency = %(currency)s
"""
)
# Whoever waits for a lock would read sums from before the wait: they are read after it.
_LOCK: Final = """
    SELECT tenant_id, invoice_id, number, subscription_id, reason, period_start, period_end,
           status, currency, subtotal_minor, tax_minor, total_minor, usage_minor, margin,
           tax_percent, parties, credited_invoice_id, note, issued_at, due_at, paid_at,
           payment_reference, cancelled_at, reminders_sent, created_at, updated_at
      FROM invoices
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
       FOR NO KEY UPDATE
"""
_LOCK_DRAFTS: Final = """
    SELECT tenant_id, invoice_id, number, subscription_id, reason, period_start, period_end,
           status, currency, subtotal_minor, tax_minor, total_minor, usage_minor, margin,
           tax_percent, parties, credited_invoice_id, note, issued_at, due_at, paid_at,
           payment_reference, cancelled_at, reminders_sent, created_at, updated_at
      FROM invoices
     WHERE tenant_id = %(tenant)s AND invoice_id = ANY(%(ids)s) AND status = 'draft'
     ORDER BY invoice_id
       FOR NO KEY UPDATE
"""
_OWNER: Final = "SELECT tenant_id FROM invoices WHERE invoice_id = %s"
_LINES: Final = """
    SELECT line_number, kind, description, quantity, unit_amount_minor, amount_minor, usage
      FROM invoice_lines
     WHERE tenant_id = %s AND invoice_id = %s
     ORDER BY line_number
"""
_CREDITED: Final = """
    SELECT coalesce(-sum(total_minor), 0)::bigint AS minor FROM invoices
     WHERE tenant_id = %(tenant)s AND credited_invoice_id = %(id)s
"""


def find_all(
    session: Session,
    tenant_id: TenantId,
    *,
    limit: int,
    after: UUID | None = None,
    status: InvoiceStatus | None = None,
) -> Page[Invoice]:
    """List a tenant's invoices without their lines, the latest first."""
    values = {"tenant": tenant_id, "after": after, "status": status}
    return read_page(session, _PAGE, values, limit, Invoice, "invoice_id")


def read(session: Session, tenant_id: TenantId, invoice_id: InvoiceId) -> Invoice:
    """Read one invoice with its lines.

    Raises:
        NotFound: The tenant has none with this id.
    """
    row = session.one(_READ, {"tenant": tenant_id, "id": invoice_id})
    return with_lines(session, item_of(row, Invoice, "invoice"))


def owner(session: Session, invoice_id: InvoiceId) -> TenantId:
    """Tell whose an invoice is; in a service session.

    Raises:
        NotFound: There is none with this id.
    """
    row = session.one(_OWNER, [invoice_id])
    if row is None:
        raise NotFound.of("invoice")
    return TenantId(row["tenant_id"])


def lock(session: Session, tenant_id: TenantId, invoice_id: InvoiceId) -> Invoice:
    """Read one invoice, without its lines, that must stay as it is until the transaction ends.

    Raises:
        NotFound: The tenant has none with this id.
    """
    values = {"tenant": tenant_id, "id": invoice_id}
    locked = item_of(session.one(_LOCK, values), Invoice, "invoice")
    row = session.one(_CREDITED, values)
    return locked._replace(credited_minor=0 if row is None else row["minor"])


def lock_drafts(
    session: Session, tenant_id: TenantId, invoice_ids: Sequence[InvoiceId]
) -> list[Invoice]:
    """Read those of some invoices that are drafts, the oldest first; they stay so."""
    values = {"tenant": tenant_id, "ids": list(invoice_ids)}
    return [Invoice(**row) for row in session.all(_LOCK_DRAFTS, values)]


def find_of_period(
    session: Session, tenant_id: TenantId, end: datetime, start: datetime | None = None
) -> list[Invoice]:
    """Read what the period that ends at a moment was billed with: an invoice per currency."""
    values = {"tenant": tenant_id, "start": start, "end": end}
    rows = session.all(_OF_PERIOD, values)
    return [with_lines(session, Invoice(**row)) for row in rows]


def find_like(session: Session, tenant_id: TenantId, draft: Draft) -> Invoice:
    """Read the invoice that stands where a draft would have been stored."""
    values = {
        "tenant": tenant_id,
        "subscription": draft.subscription_id,
        "reason": draft.reason,
        "start": draft.period_start,
        "currency": draft.currency,
    }
    return item_of(session.one(_LIKE, values), Invoice, "invoice")


def with_lines(session: Session, invoice: Invoice) -> Invoice:
    """Add an invoice's lines."""
    lines = session.all(_LINES, [invoice.tenant_id, invoice.invoice_id])
    return invoice._replace(lines=tuple(InvoiceLine(**line) for line in lines))
