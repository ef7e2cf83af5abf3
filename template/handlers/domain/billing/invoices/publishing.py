"""Events about an invoice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.billing.invoices.invoice import Invoice
from handlers.platform.database.sessions import Session


def publish(
    session: Session,
    now: datetime,
    event_type: str,
    invoice: Invoice,
    origin: Origin,
    **others: Any,
) -> None:
    """Publish what became of an invoice, as it is now.

    Args:
        session: In the tenant's context, or of the service.
        now: The present moment.
        event_type: Such as `invoice.paid`.
        invoice: As it is after the change.
        origin: Who caused it.
        others: What else is to be known, ready for JSON.
    """
    data = _data(invoice) | others
    publish_change(session, now, event_type, data, origin, tenant_id=invoice.tenant_id)


def _data(invoice: Invoice) -> dict[str, Any]:
    parties: Mapping[str, Any] = invoice.parties or {}
    known = {
        "invoiceId": str(invoice.invoice_id),
        "number": invoice.number,
        "reason": invoice.reason,
        "subscriptionId": _text(invoice.subscription_id),
        "status": invoice.status,
        "amount": invoice.total_minor,
        "currency": invoice.currency,
        "openAmount": (invoice.open_minor or None) if invoice.credited_minor else None,
        "periodStart": invoice.period_start.isoformat(),
        "periodEnd": invoice.period_end.isoformat(),
        "dueAt": invoice.due_at and invoice.due_at.isoformat(),
        "tenantName": parties.get("tenantName"),
        "tenantEmail": parties.get("tenantEmail"),
    }
    return {name: value for name, value in known.items() if value is not None}


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
