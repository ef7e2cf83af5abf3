"""Our side of a comparison with Stripe: our invoices, and what is known of the ones there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session
from handlers.platform.payments.stripe_objects import StripeInvoiceStatus

# A refund that has succeeded may still fail: it is looked at again, too.
_CHANGED: Final = """
    SELECT i.tenant_id, i.invoice_id, i.status, i.currency, i.total_minor, c.credited_minor,
           i.issued_at, greatest(i.updated_at, c.credited_at) AS changed_at, s.stripe_invoice_id,
           s.status AS known_status, s.failed_attempts,
           EXISTS (SELECT FROM stripe_credit_notes AS r
                    WHERE r.tenant_id = i.tenant_id AND r.invoice_id = i.invoice_id
                      AND r.refund_status IN ('pending', 'requires_action', 'succeeded'))
           AS has_refunds
      FROM invoices AS i
      LEFT JOIN stripe_invoices AS s USING (tenant_id, invoice_id)
     CROSS JOIN LATERAL (
           SELECT coalesce(-sum(n.total_minor), 0)::bigint AS credited_minor,
                  max(n.created_at) AS credited_at
             FROM invoices AS n
            WHERE n.tenant_id = i.tenant_id AND n.credited_invoice_id = i.invoice_id) AS c
     WHERE i.tenant_id = %(tenant)s AND i.status <> 'draft' AND i.total_minor > 0
       AND (greatest(i.issued_at, i.updated_at, s.updated_at, c.credited_at) >= %(since)s
            OR s.status IN ('draft', 'open'))
     ORDER BY i.invoice_id
"""


class RecordedInvoice(NamedTuple):
    """One of our invoices, and what is known of the one at Stripe that collects it."""

    tenant_id: TenantId
    invoice_id: InvoiceId
    status: str
    currency: str
    total_minor: int
    credited_minor: int
    issued_at: datetime
    changed_at: datetime
    stripe_invoice_id: str | None
    known_status: StripeInvoiceStatus | None
    failed_attempts: int | None
    has_refunds: bool

    @property
    def is_unpaid(self) -> bool:
        """Whether it is still to be paid."""
        return self.status in {"pending", "overdue"}


def find_changed(
    session: Session, tenant_id: TenantId, since: datetime
) -> Sequence[RecordedInvoice]:
    """Read the invoices of a tenant that are open at Stripe, or changed since then."""
    rows = session.all(_CHANGED, {"tenant": tenant_id, "since": since})
    return [RecordedInvoice(**row) for row in rows]
