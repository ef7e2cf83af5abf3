"""Pushing credit notes to Stripe: nobody is charged for what was credited, or refunded twice.

No credit is lost or charged, whichever comes first:

* A credit note that is committed before `collection.collect` reads the credit notes, after it has
  finalized Stripe's invoice and before anything is charged, is brought there by it.
* One that is committed later is announced later: its event finds Stripe's invoice remembered, which
  was committed before that reading, and final. Where it finds none, or a draft, `collect` has that
  reading still ahead of it, in this attempt or in the one that its queue makes.
* Where the customer pays all of it at Stripe in between, what was paid too much is refunded.
"""

from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.payments import stripe_credit_notes
from handlers.domain.payments.stripe_credit_notes import CreditNote
from handlers.domain.payments.stripe_invoices import CollectedInvoice
from handlers.platform.base.clock import Clock
from handlers.platform.base.money import Money
from handlers.platform.database.sessions import tenant_session
from handlers.platform.payments import credit_notes as stripe
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Refused
from handlers.platform.payments.invoices import retrieve
from handlers.platform.payments.stripe_objects import Credit, StripeCreditNote, StripeInvoice
from handlers.services.payments import refunds


def push_credit_notes(
    collected: CollectedInvoice, stripe_invoice: StripeInvoice, cause: UUID, clock: Clock
) -> StripeInvoice:
    """Push every credit note of an invoice to Stripe, and return Stripe's invoice after that.

    Args:
        collected: The invoice.
        stripe_invoice: As it was retrieved from Stripe.
        cause: What this is done for.
        clock: The time.

    Raises:
        PaymentProviderError: Stripe was not reached, or refuses; all of it may come again.
    """
    with tenant_session(collected.tenant_id) as session:
        notes = stripe_credit_notes.of(session, collected.tenant_id, collected.invoice_id)
    waiting = [note for note in notes if note.stripe_credit_note_id is None]
    if not waiting or stripe_invoice.status in {"draft", "void"}:
        return stripe_invoice
    for note in waiting:
        # A key is forgotten after a day, and is another one once the invoice is paid: so this looks
        # first, each time after it was seen how the invoice is. Of what is paid, nobody can still
        # be about to take the same credit off what is open.
        there = stripe.of(stripe_invoice.stripe_id)
        made = there.get(str(note.credit_note_id)) or _issued(note, stripe_invoice, cause, clock)
        _remember(collected, note, made, cause, clock)
        stripe_invoice = retrieve(stripe_invoice.stripe_id)
    return stripe_invoice


def _issued(
    note: CreditNote, stripe_invoice: StripeInvoice, cause: UUID, clock: Clock
) -> StripeCreditNote:
    amount = to_stripe(Money(note.amount_minor, note.currency))
    paid = max(0, amount - stripe_invoice.open_amount)
    refunded = paid if note.is_refunded and stripe_invoice.charged else 0
    if note.is_refunded and paid and not refunded:
        refunds.report_no_charge(note, cause, clock())
    credit = Credit(
        tenant_id=note.tenant_id,
        credit_note_id=note.credit_note_id,
        memo=f"Credit note {note.number}: {note.note}",
        amount=amount,
        refunded=refunded,
        elsewhere=paid - refunded,
    )
    try:
        return stripe.issue(stripe_invoice.stripe_id, credit)
    except Refused as error:
        if refunded:
            refunds.report_refusal(note, str(error), cause, clock())
        raise


def _remember(
    collected: CollectedInvoice, note: CreditNote, made: StripeCreditNote, cause: UUID, clock: Clock
) -> None:
    refund = made.refund
    if refund is not None:
        refunds.report_failure(note, refund, cause, clock())
    with tenant_session(collected.tenant_id) as session:
        now = clock()
        is_new = stripe_credit_notes.remember(session, now, collected.invoice_id, note, made)
        if is_new and refund is not None:
            data = {
                "invoiceId": str(note.credit_note_id),
                "number": note.number,
                "amount": note.amount_minor,
                "currency": note.currency,
                "reference": refund.stripe_id,
            }
            publish_change(session, now, "refund.created", data, Origin("stripe", cause))
