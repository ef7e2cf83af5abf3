"""An invoice before it is stored: everything that will stand on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from handlers.domain.billing.invoices.invoice import (
    COLUMNS,
    Invoice,
    InvoiceLine,
    InvoiceLineKind,
    InvoiceReason,
)
from handlers.domain.billing.invoices.rounding import tax_of
from handlers.domain.subscriptions.pricing import Line
from handlers.platform.base.ids import InvoiceId, SubscriptionId, TenantId, new_id
from handlers.platform.database.sessions import Session

# Whoever comes second waits here for the first to commit, then stores nothing.
_INSERT: Final = f"""
    WITH stored AS (
        INSERT INTO invoices (tenant_id, invoice_id, subscription_id, reason, period_start,
                              period_end, status, currency, subtotal_minor, tax_minor, total_minor,
                              usage_minor, margin, tax_percent, credited_invoice_id, note,
                              created_at, updated_at)
        VALUES (%(tenant)s, %(id)s, %(subscription_id)s, %(reason)s, %(period_start)s,
                %(period_end)s, 'draft', %(currency)s, %(subtotal)s, %(tax)s, %(total)s,
                %(usage)s, %(margin)s, %(tax_percent)s, %(credited)s, %(note)s, %(now)s, %(now)s)
        ON CONFLICT DO NOTHING
        RETURNING *),
    lines AS (
        INSERT INTO invoice_lines (tenant_id, invoice_id, line_number, kind, description, quantity,
                                   unit_amount_minor, amount_minor, usage)
        SELECT tenant_id, invoice_id, l.*
          FROM stored, jsonb_to_recordset(%(lines)s) AS l (
               line_number integer, kind text, description text, quantity bigint,
               unit_amount_minor bigint, amount_minor bigint, usage jsonb))
    SELECT {COLUMNS}
      FROM stored
"""  # noqa: S608 - our own columns


class DraftLine(NamedTuple):
    """One position of a draft; ``usage`` tells of what was used, and what it cost us."""

    kind: InvoiceLineKind
    description: str
    quantity: int
    unit_amount_minor: int
    usage: Mapping[str, Any] | None = None

    @property
    def amount_minor(self) -> int:
        """The price of the whole quantity."""
        return self.unit_amount_minor * self.quantity

    @classmethod
    def of(cls, line: Line, when: str = "") -> "DraftLine":
        """Take a line of a price; `when` says for which time, if the invoice does not."""
        return cls(line.kind, line.description + when, line.quantity, line.unit_price.amount_minor)


class Draft(NamedTuple):
    """What an invoice is for, its lines, and the terms it was computed by.

    Args:
        fixed_tax_minor: the tax, where it is not the percentage of the subtotal, as on a part of an
            invoice that is given back; None for the percentage.
    """

    reason: InvoiceReason
    period_start: datetime
    period_end: datetime
    currency: str
    lines: Sequence[DraftLine]
    tax_percent: Decimal = Decimal(0)
    subscription_id: SubscriptionId | None = None
    margin: Mapping[str, Any] | None = None
    credited_invoice_id: InvoiceId | None = None
    note: str | None = None
    fixed_tax_minor: int | None = None

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def usage_minor(self) -> int:
        """How much of that is usage, and not agreed before."""
        return sum(line.amount_minor for line in self.lines if line.usage is not None)

    @property
    def tax_minor(self) -> int:
        """The tax on the subtotal."""
        if self.fixed_tax_minor is not None:
            return self.fixed_tax_minor
        return tax_of(self.subtotal_minor, self.tax_percent)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.subtotal_minor + self.tax_minor


def store(session: Session, now: datetime, tenant_id: TenantId, draft: Draft) -> Invoice | None:
    """Store a draft; None if there is an invoice for the same already.

    Nothing that stands on it changes any more: the application may not update those columns.
    """
    lines = [_line(number, line) for number, line in enumerate(draft.lines, start=1)]
    values = {
        "tenant": tenant_id,
        "id": new_id(now),
        "lines": Jsonb([line._asdict() for line in lines]),
        "subscription_id": draft.subscription_id,
        "reason": draft.reason,
        "period_start": draft.period_start,
        "period_end": draft.period_end,
        "currency": draft.currency,
        "subtotal": draft.subtotal_minor,
        "tax": draft.tax_minor,
        "total": draft.total_minor,
        "usage": draft.usage_minor,
        "margin": None if draft.margin is None else Jsonb(dict(draft.margin)),
        "tax_percent": draft.tax_percent,
        "credited": draft.credited_invoice_id,
        "note": draft.note,
        "now": now,
    }
    row = session.one(_INSERT, values)
    return None if row is None else Invoice(**row, lines=lines)


def _line(number: int, line: DraftLine) -> InvoiceLine:
    return InvoiceLine(
        line_number=number,
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit_amount_minor=line.unit_amount_minor,
        amount_minor=line.amount_minor,
        usage=line.usage,
    )
