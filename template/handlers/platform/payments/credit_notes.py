"""Credit notes at Stripe, which take back a part of what it collects, and their refunds.

Stripe takes a credit note off what is still open of an invoice. What goes beyond was paid already:
Stripe refunds it the way it came, or is told that somebody gives it back elsewhere.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from handlers.platform.payments.access import call, once, stack
from handlers.platform.payments.stripe_objects import (
    Credit,
    RefundStatus,
    StripeCreditNote,
    StripeRefund,
)

if TYPE_CHECKING:
    from stripe import CreditNote, Refund
    from stripe.params import CreditNoteCreateParams, CreditNoteListParams


_LISTED = 100


def of(stripe_invoice_id: str) -> Mapping[str, StripeCreditNote]:
    """Read what was credited of an invoice in our name, by the ids of our credit notes."""
    params: CreditNoteListParams = {
        "invoice": stripe_invoice_id,
        "limit": _LISTED,
        "expand": ["data.refunds.refund"],
    }
    notes = call(lambda stripe: [*stripe.v1.credit_notes.list(params).auto_paging_iter()])
    return {
        note.metadata["credit_note_id"]: _read(note)
        for note in notes
        if note.metadata and "credit_note_id" in note.metadata
    }


def issue(stripe_invoice_id: str, credit: Credit) -> StripeCreditNote:
    """Credit an invoice, and refund what is to be refunded.

    The key is of our credit note, and of how it is given back: an attempt that came too late, when
    the invoice was paid meanwhile, is refused, and the next one is another request.
    """
    params: CreditNoteCreateParams = {
        "invoice": stripe_invoice_id,
        "amount": credit.amount,
        "memo": credit.memo,
        "email_type": "none",  # we send our own
        "metadata": {
            "tenant_id": str(credit.tenant_id),
            "credit_note_id": str(credit.credit_note_id),
            "stack": stack(),
        },
        "expand": ["refunds.refund"],
    }
    if credit.refunded:
        params["refund_amount"] = credit.refunded
    if credit.elsewhere:
        params["out_of_band_amount"] = credit.elsewhere
    key = once("credit", credit.credit_note_id, credit.refunded, credit.elsewhere)
    return _read(call(lambda stripe: stripe.v1.credit_notes.create(params, key)))


def refund(stripe_refund_id: str) -> StripeRefund:
    """Read a refund as it is now."""
    return _refund(call(lambda stripe: stripe.v1.refunds.retrieve(stripe_refund_id)))


def _read(note: "CreditNote") -> StripeCreditNote:
    made = [cast("Refund", one.refund) for one in note.refunds]
    return StripeCreditNote(note.id, _refund(made[0]) if made else None)


def _refund(stripe_refund: "Refund") -> StripeRefund:
    # Stripe leaves the status out for some ways to pay: then nobody has said that it is done
    status = cast(RefundStatus, stripe_refund.status or "pending")
    return StripeRefund(stripe_refund.id, status, getattr(stripe_refund, "failure_reason", None))
