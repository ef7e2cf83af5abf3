"""Invoices that are not paid in time: overdue at once, reminded of again later."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import publishing, reading
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session

PAUSES: Final = (timedelta(days=7), timedelta(days=14))
"""How long to wait after a reminder for the next; after the last nothing more is said."""

Due = tuple[TenantId, InvoiceId]

_FIND: Final = """
    SELECT tenant_id, invoice_id FROM invoices
     WHERE status IN ('pending', 'overdue') AND reminder_due_at <= %(now)s
       AND (tenant_id, invoice_id) > (%(tenant)s, %(id)s)
     ORDER BY tenant_id, invoice_id
     LIMIT %(limit)s
"""
_REMIND: Final = """
    UPDATE invoices
       SET status = 'overdue', reminders_sent = reminders_sent + 1, reminder_due_at = %(next)s,
           updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s
       AND status IN ('pending', 'overdue') AND reminder_due_at <= %(now)s
    RETURNING reminders_sent
"""


def find_due(session: Session, now: datetime, limit: int, after: Due | None) -> list[Due]:
    """Find invoices of all tenants that something is to be said about; in a service session."""
    nobody = UUID(int=0)
    tenant, invoice = after or (nobody, nobody)
    rows = session.all(_FIND, {"now": now, "limit": limit, "tenant": tenant, "id": invoice})
    return [(TenantId(row["tenant_id"]), InvoiceId(row["invoice_id"])) for row in rows]


def remind(
    session: Session, now: datetime, tenant_id: TenantId, invoice_id: InvoiceId, origin: Origin
) -> bool:
    """Let an invoice be overdue and tell the tenant; False if nothing is to be said any more.

    That it was said and the event that says it are one transaction: nobody is told twice, even
    when two runs of the job meet.
    """
    try:
        invoice = reading.lock(session, tenant_id, invoice_id)
    except NotFound:
        return False
    sent = invoice.reminders_sent
    pause = PAUSES[sent] if sent < len(PAUSES) else None
    values = {"tenant": tenant_id, "id": invoice_id, "now": now, "next": pause and now + pause}
    if session.one(_REMIND, values) is None:
        return False
    overdue = invoice._replace(status="overdue", reminders_sent=sent + 1)
    publishing.publish(session, now, "invoice.overdue", overdue, origin, reminder=sent + 1)
    return True
