"""Invoices: what tenants owe, written once, issued in order, and what becomes of it.

    subscription_start ─┐
    period ─────────────┼─▶ draft ──▶ transitions: finalized, paid, overdue, voided
    credit_notes ───────┘     │
      charges: lines          └ store: one per tenant, period, reason and currency
      rounding: they add up

Amounts are whole minor units. Numbers have no gaps within a tenant. What stands on an invoice
never changes: it is voided, or credited.
"""

from handlers.domain.billing.invoices.credit_notes import credit
from handlers.domain.billing.invoices.invoice import (
    Invoice,
    InvoiceLine,
    InvoiceLineKind,
    InvoiceReason,
    InvoiceStatus,
)
from handlers.domain.billing.invoices.reading import find_all, owner, read
from handlers.domain.billing.invoices.subscription_invoice import generate_for
from handlers.domain.billing.invoices.transitions import finalize, finalize_drafts, mark_paid, void

__all__ = [
    "Invoice",
    "InvoiceLine",
    "InvoiceLineKind",
    "InvoiceReason",
    "InvoiceStatus",
    "credit",
    "finalize",
    "finalize_drafts",
    "find_all",
    "generate_for",
    "mark_paid",
    "owner",
    "read",
    "void",
]
