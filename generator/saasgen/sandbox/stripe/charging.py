"""Charging an invoice: its payment intent, and what the bank says."""

from saasgen.sandbox.stripe.faults import Fault, declined
from saasgen.sandbox.stripe.payment_methods import card_of
from saasgen.sandbox.stripe.store import Resource, Store


def intend(store: Store, invoice: Resource) -> None:
    """Make what will collect a finalized invoice."""
    intent = store.add(
        "payment_intent",
        "pi",
        amount=invoice["amount_due"],
        amount_received=0,
        currency=invoice["currency"],
        customer=invoice["customer"],
        payment_method=None,
        last_payment_error=None,
        latest_charge=None,
        status="requires_payment_method",
    )
    store.add(
        "invoice_payment",
        "inpay",
        invoice=invoice["id"],
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    store.emit("payment_intent.created", intent)


def payments_of(store: Store, invoice: Resource) -> list[Resource]:
    """The payments of an invoice."""
    return [*store.every("invoice_payment", invoice=invoice["id"])]


def intend_less(store: Store, invoice: Resource) -> None:
    """Collect no more of an invoice than what is left to be paid."""
    for payment in payments_of(store, invoice):
        intent = store.get("payment_intent", payment["payment"]["payment_intent"])
        intent["amount"] = payment["amount_requested"] = invoice["amount_remaining"]


def charge_of(store: Store, invoice: Resource) -> Resource | None:
    """The charge that paid an invoice; None if none did."""
    intents = {payment["payment"]["payment_intent"] for payment in payments_of(store, invoice)}
    return next((one for one in store.every("charge") if one["payment_intent"] in intents), None)


def charge(store: Store, invoice: Resource, method: Resource) -> None:
    """Take the money for an invoice.

    Raises:
        Fault: the bank declines; the attempt counts.
    """
    (payment,) = payments_of(store, invoice)
    intent = store.get("payment_intent", payment["payment"]["payment_intent"])
    invoice["attempted"] = True
    # attempts by hand count once: only the retry schedule counts on
    invoice["attempt_count"] = max(invoice["attempt_count"], 1)
    card = card_of(method)
    if card.code is not None:
        fault = declined(card.code, card.decline_code, card.message)
        _fail(store, invoice, intent, fault, method)
        raise fault
    made = store.add(
        "charge",
        "ch",
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        paid=True,
        amount_refunded=0,
        refunded=False,
        status="succeeded",
    )
    intent.update(
        status="succeeded",
        amount_received=made["amount"],
        latest_charge=made["id"],
        last_payment_error=None,
        payment_method=method["id"],
    )
    payment.update(status="paid", amount_paid=made["amount"])
    payment["status_transitions"]["paid_at"] = store.now()
    store.emit("charge.succeeded", made)
    store.emit("payment_intent.succeeded", intent)


def cancel(store: Store, invoice: Resource) -> None:
    """Give up what would have collected an invoice."""
    for payment in payments_of(store, invoice):
        intent = store.get("payment_intent", payment["payment"]["payment_intent"])
        intent["status"] = payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = store.now()
        store.emit("payment_intent.canceled", intent)


def _fail(
    store: Store, invoice: Resource, intent: Resource, fault: Fault, method: Resource
) -> None:
    error = fault.body["error"]
    intent["last_payment_error"] = {**error, "payment_method": dict(method)}
    if error["code"] == "authentication_required":
        intent["status"] = "requires_action"
        store.emit("invoice.payment_action_required", invoice)
    store.emit("payment_intent.payment_failed", intent)
    store.emit("invoice.payment_failed", invoice)
