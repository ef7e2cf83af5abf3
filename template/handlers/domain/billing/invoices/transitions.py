"""What becomes of an invoice: one table says which way leads where.

draft ──finalize──▶ pending ──▶ overdue
  │                   │  │        │  │
  │                   │  └──pay───┼──┴▶ paid
  └───────void────────┴───────────┴───▶ cancelled
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import publishing, reading
from handlers.domain.billing.invoices.invoice import COLUMNS, Invoice, InvoiceStatus
from handlers.domain.billing.invoices.parties import Parties, parties_of
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.errors import Conflict, NotFound
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session

PAYMENT_TERM: Final = timedelta(days=14)

TRANSITIONS: Final[Mapping[InvoiceStatus, frozenset[InvoiceStatus]]] = {
    "draft": frozenset({"pending", "cancelled"}),
    "pending": frozenset({"paid", "overdue", "cancelled"}),
    "overdue": frozenset({"paid", "cancelled"}),
    "paid": frozenset(),
    "cancelled": frozenset(),
}

# The counter's row stays locked to the end of the transaction, and a number that is rolled back is
# given again: no gaps.
_ISSUE: Final = f"""
    WITH counted AS (
        INSERT INTO invoice_counters AS c (tenant_id, last_number) VALUES (%(tenant)s, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET last_number = c.last_number + 1
        RETURNING last_number)
    UPDATE invoices
       SET status = 'pending', number = (SELECT last_number FROM counted), parties = %(parties)s,
           issued_at = %(now)s, due_at = %(due)s, reminder_due_at = %(due)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
    RETURNING {COLUMNS}
"""  # noqa: S608 - our own columns
_PAY: Final = f"""
    UPDATE invoices
       SET status = 'paid', paid_at = %(paid_at)s, payment_reference = %(reference)s,
           reminder_due_at = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
    RETURNING {COLUMNS}
"""  # noqa: S608 - our own columns
_CANCEL: Final = f"""
    UPDATE invoices
       SET status = 'cancelled', cancelled_at = %(now)s, note = coalesce(%(note)s, note),
           reminder_due_at = NULL, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
    RETURNING {COLUMNS}
"""  # noqa: S608 - our own columns


def require(invoice: Invoice, wanted: InvoiceStatus) -> None:
    """Let an invoice change its status, or raise.

    Raises:
        Conflict: No way leads there.
    """
    if wanted not in TRANSITIONS[invoice.status]:
        raise Conflict(f"An invoice that is {invoice.status} cannot become {wanted}.")


def finalize(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    seller: Sender,
    origin: Origin,
) -> Invoice:
    """Issue a draft: it gets its number and is due from then on.

    What comes to nothing, or gives something back, is settled at once.

    Raises:
        NotFound: The tenant has no such invoice.
        Conflict: It is no draft.
    """
    draft = reading.lock(session, tenant_id, invoice_id)
    require(draft, "pending")
    return _finalize(session, now, draft, parties_of(session, tenant_id, seller), origin)


def finalize_drafts(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_ids: Sequence[InvoiceId],
    seller: Sender,
    origin: Origin,
) -> None:
    """Issue those of some invoices that are drafts, the oldest first."""
    drafts = reading.lock_drafts(session, tenant_id, invoice_ids)
    parties = parties_of(session, tenant_id, seller)
    for draft in drafts:
        _finalize(session, now, draft, parties, origin)


def _finalize(
    session: Session, now: datetime, draft: Invoice, parties: Parties, origin: Origin
) -> Invoice:
    issued = issue(session, now, draft, parties)
    publishing.publish(session, now, "invoice.finalized", issued, origin)
    return issued


def issue(session: Session, now: datetime, draft: Invoice, parties: Parties) -> Invoice:
    """Number a draft that is locked, and note whose it is and who it is for."""
    values = {"parties": Jsonb(dict(parties)), "due": now + PAYMENT_TERM}
    issued = _change(session, now, draft, _ISSUE, values)
    return issued if issued.total_minor > 0 else _settle(session, now, issued, now, None)


def mark_paid(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    paid_at: datetime,
    reference: str,
    origin: Origin,
) -> Invoice:
    """Note that an invoice was paid.

    Args:
        session: In the tenant's context, or of the service.
        now: The present moment.
        tenant_id: Whose invoice.
        invoice_id: Which one.
        paid_at: When the money came.
        reference: How it is found again: a bank's reference, a payment provider's id.
        origin: Who says so.

    Raises:
        NotFound: The tenant has no such invoice.
        Conflict: It is not to be paid.
    """
    invoice = reading.lock(session, tenant_id, invoice_id)
    require(invoice, "paid")
    paid = _settle(session, now, invoice, paid_at, reference)
    data = {"reference": reference, "paidAt": paid_at.isoformat()}
    publishing.publish(session, now, "invoice.paid", paid, origin, **data)
    return paid


def void(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    note: str,
    origin: Origin,
) -> Invoice:
    """Cancel an invoice that was not paid; one that was issued keeps its number.

    Raises:
        NotFound: The tenant has no such invoice.
        Conflict: It was paid or cancelled, or something of it was given back already.
    """
    invoice = reading.lock(session, tenant_id, invoice_id)
    require(invoice, "cancelled")
    if invoice.credited_minor:
        raise Conflict("Something of this invoice was credited: credit the rest instead.")
    cancelled = cancel(session, now, invoice, note)
    publishing.publish(session, now, "invoice.voided", cancelled, origin, note=note)
    return cancelled


def cancel(session: Session, now: datetime, invoice: Invoice, note: str | None) -> Invoice:
    """Cancel an invoice that is locked."""
    return _change(session, now, invoice, _CANCEL, {"note": note})


def _settle(
    session: Session, now: datetime, invoice: Invoice, paid_at: datetime, reference: str | None
) -> Invoice:
    values = {"paid_at": paid_at, "reference": reference}
    return _change(session, now, invoice, _PAY, values)


def _change(
    session: Session, now: datetime, invoice: Invoice, statement: str, values: Mapping[str, Any]
) -> Invoice:
    key = {"tenant": invoice.tenant_id, "id": invoice.invoice_id, "now": now}
    row = session.one(statement, {**values, **key})
    if row is None:
        raise NotFound.of("invoice")
    return Invoice(**row, lines=invoice.lines, credited_minor=invoice.credited_minor)
