"""Refunds: money of a charge that goes back the way it came (https://docs.stripe.com/refunds)."""

from collections.abc import Sequence

from saasgen.sandbox.stripe.charging import charge_of
from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.payment_methods import card_of
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, page

SETTLING_S = 60
"""How long the bank of a card whose refunds are not settled at once takes; days, in life."""

_URL = "/v1/refunds"


def require_refundable(store: Store, invoice: Resource, amount: int) -> None:
    """Make sure that an invoice's charge can be refunded.

    Raises:
        Fault: there is no charge, or less is left of it.
    """
    charge = charge_of(store, invoice)
    if charge is None:
        raise Fault(
            "There is no charge on this invoice that could be refunded.", param="refund_amount"
        )
    left = charge["amount"] - charge["amount_refunded"]
    if amount > left:
        raise Fault(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="refund_amount",
        )


def refund(store: Store, invoice: Resource, amount: int) -> Resource:
    """Give back a part of an invoice's charge, which `require_refundable` allows."""
    charge = charge_of(store, invoice)
    if charge is None:
        raise LookupError(f"invoice {invoice['id']} has no charge")
    card = card_of(store.get("payment_method", charge["payment_method"]))
    made = store.add(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=None,
        failure_reason=None,
        status="pending" if card.refunds_become == "succeeded" else "succeeded",
        becomes=card.refunds_become,
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.emit("refund.created", made)
    store.emit("charge.refunded", charge)
    return made


def settle_due(store: Store) -> None:
    """Let the banks decide about the refunds that they took their time for."""
    for made in store.every("refund"):
        if made["becomes"] and made["created"] + SETTLING_S <= store.now():
            _settle(store, made)


def _settle(store: Store, made: Resource) -> None:
    made.update(status=made["becomes"], becomes=None)
    if made["status"] == "failed":
        made["failure_reason"] = "expired_or_canceled_card"
        charge = store.get("charge", made["charge"])
        charge["amount_refunded"] -= made["amount"]
        charge["refunded"] = False
        store.emit("refund.failed", made)
    store.emit("refund.updated", made)
    store.emit("charge.refund.updated", made)


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("refund", ids[0])


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    return page(store.every("refund", **fields), params, _URL)


ROUTES = (
    Route(
        "GET",
        _URL,
        "RefundListParams",
        _list,
        reading("charge", "payment_intent", "limit", "starting_after"),
    ),
    Route("GET", f"{_URL}/{{}}", "RefundRetrieveParams", _retrieve),
)
