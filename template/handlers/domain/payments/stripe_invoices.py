"""Which of Stripe's invoices collects which of ours, and what Stripe said about it last.

Stripe tells late, twice and in any order. So what it tells is never applied: it makes us look, and
our row is synchronized with it, unless more is known already. A status only goes forward.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.payments import results
from handlers.platform.base import telemetry
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.payments.stripe_objects import StripeInvoice, StripeInvoiceStatus

_FORWARD: Final[Mapping[StripeInvoiceStatus, int]] = {
    "draft": 0,
    "open": 1,
    "uncollectible": 2,
    "void": 3,
    "paid": 3,
}

_READ: Final = """
    SELECT tenant_id, invoice_id, stripe_invoice_id, status, failed_attempts
      FROM stripe_invoices
     WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s
"""
_LOCK: Final = _READ + " FOR UPDATE"
_BY_STRIPE_ID: Final = """
    SELECT tenant_id, invoice_id, stripe_invoice_id, status, failed_attempts
      FROM stripe_invoices
     WHERE stripe_invoice_id = %(stripe_id)s
"""
_KNOWN: Final = """
    SELECT stripe_invoice_id FROM stripe_invoices WHERE stripe_invoice_id = ANY(%(stripe_ids)s)
     GROUP BY stripe_invoice_id HAVING count(*) = 1
"""
# Only for what is still to be paid, and under a lock: whoever cancels the invoice does so before
# this, and nothing is collected, or after it, and finds what is to be voided.
_INSERT: Final = """
    INSERT INTO stripe_invoices (tenant_id, invoice_id, stripe_invoice_id, created_at, updated_at)
    SELECT tenant_id, invoice_id, %(stripe_id)s, %(now)s, %(now)s
      FROM invoices
     WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s
       AND status IN ('pending', 'overdue')
       FOR UPDATE
    ON CONFLICT (tenant_id, invoice_id) DO NOTHING
"""
_UPDATE: Final = """
    UPDATE stripe_invoices
       SET status = %(status)s, failed_attempts = greatest(failed_attempts, %(attempts)s),
           hosted_url = %(hosted_url)s, paid_at = %(paid_at)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s
"""


class CollectedInvoice(NamedTuple):
    """An invoice that Stripe collects."""

    tenant_id: TenantId
    invoice_id: InvoiceId
    stripe_invoice_id: str
    status: StripeInvoiceStatus
    failed_attempts: int


def read(session: Session, tenant_id: TenantId, invoice_id: InvoiceId) -> CollectedInvoice | None:
    """Read what collects an invoice; None if nothing does."""
    row = session.one(_READ, {"tenant": tenant_id, "invoice": invoice_id})
    return None if row is None else CollectedInvoice(**row)


def find(session: Session, stripe_id: str) -> CollectedInvoice | None:
    """Find whose an invoice of Stripe's is, in a session that sees every tenant.

    None if it is nobody's, or if two claim it: then it is nobody's until a person has looked.
    """
    rows = session.all(_BY_STRIPE_ID, {"stripe_id": stripe_id})
    if len(rows) > 1:
        telemetry.log.error("two tenants claim one invoice of Stripe's", stripeInvoiceId=stripe_id)
    return CollectedInvoice(**rows[0]) if len(rows) == 1 else None


def known(session: Session, stripe_ids: Sequence[str]) -> frozenset[str]:
    """Tell which of Stripe's invoices collect one of ours, in a session that sees every tenant."""
    return frozenset(
        row["stripe_invoice_id"] for row in session.all(_KNOWN, {"stripe_ids": list(stripe_ids)})
    )


def remember(
    session: Session, now: datetime, tenant_id: TenantId, invoice_id: InvoiceId, stripe_id: str
) -> CollectedInvoice | None:
    """Store what will collect an invoice; None if the invoice is not to be paid any more."""
    key = {"tenant": tenant_id, "invoice": invoice_id}
    session.execute(_INSERT, {**key, "stripe_id": stripe_id, "now": now})
    return read(session, tenant_id, invoice_id)


def synchronize(
    session: Session,
    now: datetime,
    stripe_invoice: StripeInvoice,
    collected: CollectedInvoice,
    cause: UUID,
) -> bool:
    """Synchronize our row with Stripe's invoice; return whether that changed anything.

    Args:
        session: In the tenant's context.
        now: The present moment.
        stripe_invoice: The invoice as it was retrieved.
        collected: Which of ours it collects; its state is read again under a lock.
        cause: What this is done for, to be found by in logs and audit.
    """
    key = {"tenant": collected.tenant_id, "invoice": collected.invoice_id}
    row = session.one(_LOCK, key)
    known = collected if row is None else CollectedInvoice(**row)
    if _FORWARD[stripe_invoice.status] < _FORWARD[known.status]:
        return False  # somebody else looked later and was faster
    has_failed_again = (
        stripe_invoice.failure is not None and stripe_invoice.attempts > known.failed_attempts
    )
    values = {
        "status": stripe_invoice.status,
        "attempts": stripe_invoice.attempts if has_failed_again else 0,
        "hosted_url": stripe_invoice.hosted_url,
        "paid_at": stripe_invoice.paid_at,
        "now": now,
    }
    session.execute(_UPDATE, key | values)
    origin = Origin("stripe", cause)
    if stripe_invoice.status == "paid" and known.status != "paid":
        results.settle(session, now, known.tenant_id, known.invoice_id, stripe_invoice, origin)
    elif stripe_invoice.status == "open" and has_failed_again:
        results.publish_failure(
            session, now, known.tenant_id, known.invoice_id, stripe_invoice, origin
        )
    return stripe_invoice.status != known.status or has_failed_again
