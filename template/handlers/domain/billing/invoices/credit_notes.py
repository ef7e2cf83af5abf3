"""Credit notes: what is given back of an invoice that was issued, with a number of its own."""

from datetime import datetime
from fractions import Fraction

from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import publishing, reading, transitions
from handlers.domain.billing.invoices.draft import Draft, DraftLine, store
from handlers.domain.billing.invoices.invoice import Invoice
from handlers.domain.billing.invoices.parties import parties_of
from handlers.domain.billing.invoices.rounding import rounded
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.errors import Conflict, FieldError, Unprocessable
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session


def credit(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    amount_minor: int | None,
    note: str,
    seller: Sender,
    origin: Origin,
) -> Invoice:
    """Give back a part of an invoice, tax included; an unpaid one given back whole is cancelled.

    Args:
        session: In the tenant's context, or of the service.
        now: The present moment.
        tenant_id: Whose invoice.
        invoice_id: Which one.
        amount_minor: How much; None for all that was not given back yet.
        note: Why, in words that stand on the credit note.
        seller: In whose name.
        origin: Who gives it back.

    Returns:
        The credit note: an invoice of a negative amount, settled when it is issued.

    Raises:
        NotFound: The tenant has no such invoice.
        Conflict: It was not issued, or is nothing to give back of.
        Unprocessable: The amount is more than is left of it.
    """
    invoice = reading.lock(session, tenant_id, invoice_id)
    rest = invoice.total_minor - invoice.credited_minor
    amount = rest if amount_minor is None else amount_minor
    _require_creditable(invoice, rest, amount)
    stored = store(session, now, tenant_id, _draft(invoice, amount, note))
    if stored is None:
        raise LookupError("a credit note is one of a kind and was not stored")
    issued = transitions.issue(session, now, stored, parties_of(session, tenant_id, seller))
    if amount == rest and invoice.status != "paid":
        cancelled = transitions.cancel(session, now, invoice, None)
        publishing.publish(session, now, "invoice.voided", cancelled, origin, note=note)
    others = {"creditedInvoiceId": str(invoice_id), "creditedNumber": invoice.number, "note": note}
    publishing.publish(session, now, "invoice.credited", issued, origin, **others)
    return issued


def _require_creditable(invoice: Invoice, rest: int, amount: int) -> None:
    if invoice.status in ("draft", "cancelled") or invoice.reason == "credit_note":
        what = "a credit note" if invoice.reason == "credit_note" else invoice.status
        raise Conflict(f"Nothing can be given back of an invoice that is {what}.")
    if rest <= 0:
        raise Conflict("All of this invoice was given back already.")
    if amount > rest:
        fault = FieldError("/amountMinor", f"must not be above {rest}, what is left of the invoice")
        raise Unprocessable("More cannot be given back than was billed.", [fault])


def _draft(invoice: Invoice, amount: int, note: str) -> Draft:
    """Split the amount into net and tax.

    The tax is what the credits so far and this one have to give back, less what was given back:
    however often an invoice is credited, all of it comes to the invoice's own net and tax.
    """
    credited = invoice.credited_minor
    share = Fraction(invoice.tax_minor, invoice.total_minor)
    tax = rounded(share * (credited + amount)) - rounded(share * credited)
    line = DraftLine("credit", f"Credit on invoice {invoice.number}: {note}", 1, tax - amount)
    return Draft(
        reason="credit_note",
        subscription_id=invoice.subscription_id,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        currency=invoice.currency,
        lines=(line,),
        tax_percent=invoice.tax_percent,
        credited_invoice_id=invoice.invoice_id,
        note=note,
        fixed_tax_minor=-tax,
    )
