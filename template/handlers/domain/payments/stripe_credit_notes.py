"""Which of Stripe's credit notes mirrors which of ours, and what became of its refund."""

from datetime import datetime
from typing import Final, NamedTuple

from handlers.domain.billing.invoices import Invoice
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.payments.stripe_objects import RefundStatus, StripeCreditNote

# What is credited while it is not paid has no row yet. It takes off what is open; and if Stripe was
# paid all of it meanwhile, what was paid too much goes back.
_OF_INVOICE: Final = """
    SELECT n.tenant_id, n.invoice_id AS credit_note_id, n.number, n.currency, n.note,
           -n.total_minor AS amount_minor, coalesce(s.is_refunded, true) AS is_refunded,
           s.stripe_credit_note_id, s.stripe_refund_id, s.refund_status
      FROM invoices AS n
      LEFT JOIN stripe_credit_notes AS s
             ON s.tenant_id = n.tenant_id AND s.credit_note_id = n.invoice_id
     WHERE n.tenant_id = %(tenant)s AND n.credited_invoice_id = %(invoice)s
     ORDER BY n.number
"""
_INVOICE_OF_REFUND: Final = """
    SELECT tenant_id, invoice_id FROM stripe_credit_notes WHERE stripe_refund_id = %s
"""
_DECIDE: Final = """
    INSERT INTO stripe_credit_notes (tenant_id, credit_note_id, invoice_id, is_refunded, created_at,
                                     updated_at)
    VALUES (%(tenant)s, %(note)s, %(invoice)s, %(is_refunded)s, %(now)s, %(now)s)
"""
_REMEMBER: Final = """
    INSERT INTO stripe_credit_notes AS s (tenant_id, credit_note_id, invoice_id, is_refunded,
                                          stripe_credit_note_id, stripe_refund_id, refund_status,
                                          created_at, updated_at)
    VALUES (%(tenant)s, %(note)s, %(invoice)s, %(is_refunded)s, %(stripe_id)s, %(refund)s,
            %(status)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, credit_note_id) DO UPDATE
       SET stripe_credit_note_id = %(stripe_id)s, stripe_refund_id = %(refund)s,
           refund_status = %(status)s, updated_at = %(now)s
     WHERE s.stripe_credit_note_id IS NULL
"""
_STORE_REFUND_STATUS: Final = """
    UPDATE stripe_credit_notes SET refund_status = %(status)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND credit_note_id = %(note)s AND refund_status <> %(status)s
"""


class CreditNote(NamedTuple):
    """One of our credit notes, and what mirrors it.

    Args:
        is_refunded: whether Stripe gives back what was paid of it.
        stripe_credit_note_id: None until it is at Stripe.
        stripe_refund_id: None if there was nothing to refund.
    """

    tenant_id: TenantId
    credit_note_id: InvoiceId
    number: int
    currency: str
    note: str | None
    amount_minor: int
    is_refunded: bool
    stripe_credit_note_id: str | None
    stripe_refund_id: str | None
    refund_status: RefundStatus | None


def of(session: Session, tenant_id: TenantId, invoice_id: InvoiceId) -> list[CreditNote]:
    """Read what was credited of an invoice, in the order it was."""
    rows = session.all(_OF_INVOICE, {"tenant": tenant_id, "invoice": invoice_id})
    return [CreditNote(**row) for row in rows]


def find_refunded(session: Session, stripe_refund_id: str) -> tuple[TenantId, InvoiceId] | None:
    """Find whose a refund is, and of which invoice; in a session that sees every tenant."""
    row = session.one(_INVOICE_OF_REFUND, [stripe_refund_id])
    return None if row is None else (TenantId(row["tenant_id"]), InvoiceId(row["invoice_id"]))


def decide(session: Session, now: datetime, note: Invoice, *, is_refunded: bool) -> None:
    """Store how the money of a paid invoice goes back, with the credit note that says so."""
    values = {
        "tenant": note.tenant_id,
        "note": note.invoice_id,
        "invoice": note.credited_invoice_id,
        "is_refunded": is_refunded,
        "now": now,
    }
    session.execute(_DECIDE, values)


def remember(
    session: Session,
    now: datetime,
    invoice_id: InvoiceId,
    note: CreditNote,
    made: StripeCreditNote,
) -> bool:
    """Store what mirrors a credit note; False if it was known."""
    refund = made.refund
    values = {
        "tenant": note.tenant_id,
        "note": note.credit_note_id,
        "invoice": invoice_id,
        "is_refunded": refund is not None,
        "stripe_id": made.stripe_id,
        "refund": refund and refund.stripe_id,
        "status": refund and refund.status,
        "now": now,
    }
    return session.execute(_REMEMBER, values) == 1


def store_refund_status(
    session: Session, now: datetime, note: CreditNote, status: RefundStatus
) -> bool:
    """Store how far a refund is; return whether that is new."""
    values = {
        "tenant": note.tenant_id,
        "note": note.credit_note_id,
        "status": status,
        "now": now,
    }
    return session.execute(_STORE_REFUND_STATUS, values) == 1
