"""Refunds: asked for with a credit note, and followed until the bank has had its say.

A refund that has succeeded may still fail, weeks later: a bank sends back what it cannot pay out.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.billing import invoices
from handlers.domain.billing.invoices import Invoice
from handlers.domain.payments import stripe_credit_notes, stripe_invoices
from handlers.domain.payments.stripe_credit_notes import CreditNote
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import EventId, InvoiceId, TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Session, tenant_session
from handlers.platform.messaging.inbox import process_once
from handlers.platform.payments import credit_notes as stripe
from handlers.platform.payments.stripe_objects import RefundStatus, StripeRefund

_REPORTER: Final = "refunds"
_FAILED: Final[frozenset[RefundStatus]] = frozenset({"failed", "canceled"})


def decide(session: Session, now: datetime, note: Invoice, *, is_wanted: bool) -> None:
    """Store with a credit note how the money that it gives back goes back.

    Args:
        session: The transaction that issued the credit note: what it credits is locked.
        now: The present moment.
        note: The credit note.
        is_wanted: Whether Stripe is to refund it; otherwise, of a paid invoice, somebody gives it
            back outside Stripe.

    Raises:
        Conflict: It is wanted, and there is no payment at Stripe to refund.
    """
    if note.credited_invoice_id is None:
        raise ValueError(f"invoice {note.invoice_id} is no credit note")
    invoice = invoices.read(session, note.tenant_id, note.credited_invoice_id)
    collected = stripe_invoices.read(session, note.tenant_id, invoice.invoice_id)
    if is_wanted and invoice.status != "paid":
        raise Conflict("This invoice is not paid: a credit note takes off what is open of it.")
    if is_wanted and (
        collected is None or invoice.payment_reference != collected.stripe_invoice_id
    ):
        raise Conflict(
            "This invoice was not collected by Stripe, which has no payment to refund: give the "
            "money back the way it came."
        )
    if invoice.status == "paid" and collected is not None:
        stripe_credit_notes.decide(session, now, note, is_refunded=is_wanted)


def refresh(tenant_id: TenantId, invoice_id: InvoiceId, cause: UUID, clock: Clock) -> bool:
    """Look at Stripe what became of an invoice's refunds; tells whether anything was new."""
    with tenant_session(tenant_id) as session:
        notes = stripe_credit_notes.of(session, tenant_id, invoice_id)
    is_new = False
    for note in notes:
        if note.stripe_refund_id is None or note.refund_status in _FAILED:
            continue
        refund = stripe.refund(note.stripe_refund_id)
        report_failure(note, refund, cause, clock())
        with tenant_session(tenant_id) as session:
            is_new |= stripe_credit_notes.store_refund_status(session, clock(), note, refund.status)
    return is_new


def report_failure(note: CreditNote, refund: StripeRefund, cause: UUID, now: datetime) -> None:
    """Tell the operator of a refund that failed; done before its status is stored."""
    if refund.status in _FAILED:
        data = {"reason": refund.failure or refund.status, "isFinal": True}
        _report_once(note, refund.stripe_id, data, cause, now)


def report_refusal(note: CreditNote, reason: str, cause: UUID, now: datetime) -> None:
    """Tell the operator of a refund that Stripe does not make, or not yet: it is tried again."""
    _report_once(note, "refused", {"reason": reason, "isFinal": False}, cause, now)


def report_no_charge(note: CreditNote, cause: UUID, now: datetime) -> None:
    """Tell the operator that what was paid came past Stripe, which cannot give it back."""
    why = {"reason": "Stripe did not collect this invoice itself", "isFinal": True}
    _report_once(note, "no charge", why, cause, now)


def _report_once(
    note: CreditNote, what: str, why: Mapping[str, Any], cause: UUID, now: datetime
) -> None:
    """Tell the operator, once, that money did not go back.

    The mark that it was told and the event are one transaction, in the operator's context: whatever
    breaks off before or after, and however often this is done, the operator is told once.

    Args:
        note: what was to be refunded.
        what: tells this failure of the note from another one.
        why: the reason in Stripe's words, and whether that is the end of it.
        cause: what it was found by.
        now: the present moment.
    """
    operator = settings().operator
    data = {
        **why,
        "invoiceId": str(note.credit_note_id),
        "number": note.number,
        "customerTenantId": str(note.tenant_id),
        "amount": note.amount_minor,
        "currency": note.currency,
    }
    with tenant_session(operator) as session:
        mark = EventId(uuid5(note.credit_note_id, what))
        if not process_once(session, _REPORTER, mark, now):
            return
        publish_change(session, now, "refund.failed", data, Origin("stripe", cause))
    telemetry.count("refund_failed")
    telemetry.log.error("a refund failed", creditNoteId=str(note.credit_note_id), **why)
