"""Invoices at Stripe, which collect ours.

    draft ──▶ its items ──▶ finalize ──▶ advance ──▶ pay
                                 └─────▶ void

Every write carries a key of what it is about. A key is forgotten after a day or so: whoever may
come back later than that looks first what is there already.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from handlers.platform.payments.access import call, once, stack
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Declined
from handlers.platform.payments.stripe_objects import (
    Bill,
    BillLine,
    StripeInvoice,
    StripeInvoiceStatus,
)

if TYPE_CHECKING:
    from stripe import Invoice, InvoicePayment, ListObject, PaymentIntent
    from stripe.params import InvoiceCreateParams, InvoiceListParams


_LISTED = 100


def draft(bill: Bill, *, look_first: bool) -> str:
    """Make the draft of an invoice, or find the one that was made, and return its id.

    Args:
        bill: what it is to collect.
        look_first: whether an earlier attempt may be so long ago that its key is forgotten. A
            search finds what was made then; it does not yet find what was made a moment ago.
    """
    earlier = _made_before(bill) if look_first else None
    if earlier is not None:
        return earlier
    key = once("invoice", bill.invoice_id, "charge" if bill.is_automatic else "send")
    return call(lambda stripe: stripe.v1.invoices.create(_draft_params(bill), key)).id


def _made_before(bill: Bill) -> str | None:
    query = f"metadata['invoice_id']:'{bill.invoice_id}' AND metadata['stack']:'{stack()}'"
    invoices = call(lambda stripe: stripe.v1.invoices.search({"query": query, "limit": 1}))
    return invoices.data[0].id if invoices.data else None


def _draft_params(bill: Bill) -> "InvoiceCreateParams":
    params: InvoiceCreateParams = {
        "customer": bill.customer,
        "currency": bill.total.currency.lower(),
        "auto_advance": False,  # nothing is collected before everything stands on it
        "pending_invoice_items_behavior": "exclude",
        "description": f"Invoice {bill.number}",
        "collection_method": "charge_automatically" if bill.is_automatic else "send_invoice",
        "metadata": _metadata(bill),
    }
    if not bill.is_automatic:
        params["due_date"] = int(bill.due_at.timestamp())
    return params


def fill(bill: Bill, stripe_id: str) -> None:
    """Add the positions that a draft still lacks."""
    present = call(
        lambda stripe: [
            item.metadata["position"]
            for item in stripe.v1.invoice_items.list(
                {"invoice": stripe_id, "limit": _LISTED}
            ).auto_paging_iter()
            if item.metadata
        ]
    )
    for position in bill.positions:
        if str(position.number) not in present:
            _add(bill, stripe_id, position)


def _add(bill: Bill, stripe_id: str, position: BillLine) -> None:
    call(
        lambda stripe: stripe.v1.invoice_items.create(
            {
                "customer": bill.customer,
                "invoice": stripe_id,
                "amount": to_stripe(position.amount),
                "currency": position.amount.currency.lower(),
                "description": position.description,
                "metadata": {**_metadata(bill), "position": str(position.number)},
            },
            once("position", stripe_id, position.number),
        )
    )


def finalize(stripe_id: str) -> None:
    """Turn a draft into a demand, which Stripe does not collect by itself yet."""
    call(
        lambda stripe: stripe.v1.invoices.finalize_invoice(
            stripe_id, {"auto_advance": False}, once("finalize", stripe_id)
        )
    )


def advance(stripe_id: str) -> None:
    """Let Stripe collect a demand by itself from now on: it repeats what fails."""
    call(
        lambda stripe: stripe.v1.invoices.update(
            stripe_id, {"auto_advance": True}, once("advance", stripe_id)
        )
    )


def pay(stripe_id: str, cause: object) -> Declined | None:
    """Charge what the customer pays with, and return why that failed.

    Args:
        stripe_id: an open invoice.
        cause: what the attempt is made for: an attempt for the same cause is the same attempt.
    """
    try:
        call(lambda stripe: stripe.v1.invoices.pay(stripe_id, {}, once("pay", stripe_id, cause)))
    except Declined as declined:
        return declined
    return None


def settle_by_hand(stripe_id: str) -> None:
    """Tell Stripe that the money came another way, so that it does not collect it as well."""
    call(
        lambda stripe: stripe.v1.invoices.pay(
            stripe_id, {"paid_out_of_band": True}, once("by-hand", stripe_id)
        )
    )


def void(stripe_id: str) -> None:
    """Take a demand back."""
    call(lambda stripe: stripe.v1.invoices.void_invoice(stripe_id, options=once("void", stripe_id)))


def discard(stripe_id: str) -> None:
    """Delete a draft."""
    call(lambda stripe: stripe.v1.invoices.delete(stripe_id))


def retrieve(stripe_id: str) -> StripeInvoice:
    """Read an invoice as it is now.

    Raises:
        UnknownObject: There is none, or not any more.
    """
    return _read(
        call(
            lambda stripe: stripe.v1.invoices.retrieve(
                stripe_id, {"expand": ["payments.data.payment.payment_intent"]}
            )
        )
    )


def made_since(moment: datetime) -> Iterator[StripeInvoice]:
    """Read the invoices of this stack that were made since then, the newest first."""
    page = _page(moment, None)
    while page.data:
        for invoice in page.data:
            if _metadata_of(invoice).get("stack") == stack():
                yield _read(invoice)
        page = _page(moment, page.data[-1].id)


def _page(moment: datetime, after: str | None) -> "ListObject[Invoice]":
    params: InvoiceListParams = {"created": {"gte": int(moment.timestamp())}, "limit": _LISTED}
    if after is not None:
        params["starting_after"] = after
    return call(lambda stripe: stripe.v1.invoices.list(params))


def _read(invoice: "Invoice") -> StripeInvoice:
    claims = _metadata_of(invoice)
    paid_at = invoice.status_transitions.paid_at
    return StripeInvoice(
        stripe_id=invoice.id,
        status=cast(StripeInvoiceStatus, invoice.status),
        total=invoice.total,
        currency=invoice.currency.upper(),
        attempts=invoice.attempt_count,
        created_at=_moment(invoice.created),
        paid_at=_moment(paid_at) if paid_at else None,
        hosted_url=invoice.hosted_invoice_url,
        failure=_failure(invoice),
        claims=(claims.get("tenant_id"), claims.get("invoice_id")),
        open_amount=invoice.amount_remaining,
        credited=invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount,
        charged=sum(one.amount_paid or 0 for one in _payments(invoice) if _is_collected(one)),
        is_advancing=bool(invoice.auto_advance),
    )


def _metadata_of(invoice: "Invoice") -> dict[str, str]:
    return invoice.metadata.to_dict() if invoice.metadata else {}


def _payments(invoice: "Invoice") -> "Sequence[InvoicePayment]":
    payments = getattr(invoice, "payments", None)
    return payments.data if payments else ()


def _is_collected(payment: "InvoicePayment") -> bool:
    """Tell whether Stripe itself took the money, which can go back the same way."""
    return payment.status == "paid" and payment.payment.type != "payment_record"


def _failure(invoice: "Invoice") -> str | None:
    for payment in _payments(invoice):
        intent = cast("PaymentIntent", payment.payment.payment_intent)
        error = getattr(intent, "last_payment_error", None)
        if error:
            return str(getattr(error, "decline_code", None) or error.code)
    return None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _metadata(bill: Bill) -> dict[str, str]:
    ids: dict[str, UUID] = {"tenant_id": bill.tenant_id, "invoice_id": bill.invoice_id}
    return {**{name: str(value) for name, value in ids.items()}, "stack": stack()}
