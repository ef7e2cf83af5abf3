"""An invoice as it stands in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from handlers.domain.subscriptions.pricing import LineKind
from handlers.platform.base.ids import InvoiceId, SubscriptionId, TenantId
from handlers.platform.base.money import Money

InvoiceStatus = Literal["draft", "pending", "paid", "overdue", "cancelled"]
InvoiceReason = Literal["subscription_start", "period", "credit_note"]
InvoiceLineKind = LineKind | Literal["usage", "adjustment", "credit"]


class InvoiceLine(NamedTuple):
    """One position of an invoice; ``usage`` tells of what was used, and what it cost us."""

    line_number: int
    kind: InvoiceLineKind
    description: str
    quantity: int
    unit_amount_minor: int
    amount_minor: int
    usage: Mapping[str, Any] | None = None


class Invoice(NamedTuple):
    """An invoice; a list leaves the lines out.

    Args:
        number: given when it is issued; None in a draft.
        subscription_id: what it is for; None where it is for a whole period.
        usage_minor: how much of the subtotal is usage, and not agreed before.
        margin: how its usage was billed, as `billing_settings` writes it.
        parties: ``company``, ``productName``, ``tenantName``, ``tenantEmail`` and ``taxId`` as they
            were when it was issued; None in a draft.
        credited_invoice_id: the invoice that a credit note gives back something of.
        note: why it was voided or credited.
        reminders_sent: how often the tenant was reminded to pay.
        credited_minor: what was given back of it by credit notes.
    """

    tenant_id: TenantId
    invoice_id: InvoiceId
    number: int | None
    subscription_id: SubscriptionId | None
    reason: InvoiceReason
    period_start: datetime
    period_end: datetime
    status: InvoiceStatus
    currency: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    usage_minor: int
    margin: Mapping[str, Any] | None
    tax_percent: Decimal
    parties: Mapping[str, Any] | None
    credited_invoice_id: InvoiceId | None
    note: str | None
    issued_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    payment_reference: str | None
    cancelled_at: datetime | None
    reminders_sent: int
    created_at: datetime
    updated_at: datetime
    lines: Sequence[InvoiceLine] = ()
    credited_minor: int = 0

    @property
    def total(self) -> Money:
        """What was billed."""
        return Money(self.total_minor, self.currency)

    @property
    def open_minor(self) -> int:
        """What is still to be paid."""
        owes = self.status in ("pending", "overdue")
        return self.total_minor - self.credited_minor if owes else 0
