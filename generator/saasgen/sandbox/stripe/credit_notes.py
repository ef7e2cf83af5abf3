"""Credit notes: what a finalized invoice is less (https://docs.stripe.com/api/credit_notes).

What is still open of the invoice becomes less first. What goes beyond that was paid already: the
request says how it is given back, to the last unit.
"""

from collections.abc import Sequence

from saasgen.sandbox.stripe import charging, refunds
from saasgen.sandbox.stripe.faults import Fault, required
from saasgen.sandbox.stripe.invoices import settle
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, merge_metadata, page

_URL = "/v1/credit_notes"


def _create(store: Store, params: Params, _: Sequence[str]) -> Resource:
    invoice = store.get("invoice", params["invoice"], "invoice")
    if "amount" not in params:
        raise required("amount")
    amount = params["amount"]
    _require_creditable(invoice, amount)
    before = min(amount, invoice["amount_remaining"])
    _require_given_back(params, amount - before)
    refunded = params.get("refund_amount", 0)
    if refunded:
        refunds.require_refundable(store, invoice, refunded)
    note = _add(store, invoice, params, before)
    if refunded:
        made = refunds.refund(store, invoice, refunded)
        note["refunds"].append(
            {
                "amount_refunded": refunded,
                "payment_record_refund": None,
                "refund": made["id"],
                "type": "refund",
            }
        )
    _reduce(store, invoice, before, amount - before)
    store.emit("credit_note.created", note)
    return note


def _require_creditable(invoice: Resource, amount: int) -> None:
    if invoice["status"] not in {"open", "paid"}:
        raise Fault(
            "Credit notes can only be created for invoices that are open or paid: this one is "
            f"{invoice['status']}.",
            param="invoice",
        )
    credited = (
        invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    )
    if not 0 < amount <= invoice["total"] - credited:
        raise Fault(
            "The amount of a credit note is at least 1 and at most what is left of the invoice: "
            f"{invoice['total'] - credited}.",
            param="amount",
        )


def _require_given_back(params: Params, after: int) -> None:
    given = params.get("refund_amount", 0) + params.get("out_of_band_amount", 0)
    if given != after:
        raise Fault(
            "The sum of refunds and out of band amounts must equal the credit note's post payment"
            f" amount: it is {given}, and must be {after}."
        )


def _add(store: Store, invoice: Resource, params: Params, before: int) -> Resource:
    after = params["amount"] - before
    kind = "mixed" if before and after else "pre_payment" if before else "post_payment"
    number = sum(1 for _ in store.every("credit_note", invoice=invoice["id"])) + 1
    note = store.add(
        "credit_note",
        "cn",
        invoice=invoice["id"],
        customer=invoice["customer"],
        currency=invoice["currency"],
        number=f"{invoice['number']}-CN-{number:02d}",
        amount=params["amount"],
        total=params["amount"],
        pre_payment_amount=before,
        post_payment_amount=after,
        out_of_band_amount=params.get("out_of_band_amount"),
        refunds=[],
        memo=params.get("memo"),
        reason=params.get("reason"),
        status="issued",
        type=kind,
    )
    merge_metadata(note, params)
    return note


def _reduce(store: Store, invoice: Resource, before: int, after: int) -> None:
    invoice["pre_payment_credit_notes_amount"] += before
    invoice["post_payment_credit_notes_amount"] += after
    invoice["amount_due"] -= before
    invoice["amount_remaining"] -= before
    store.emit("invoice.updated", invoice)
    if not before:
        return
    if invoice["amount_remaining"]:
        charging.intend_less(store, invoice)
    else:
        # nothing is left to be paid, and nothing was
        charging.cancel(store, invoice)
        settle(store, invoice)


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("credit_note", ids[0])


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {name: params[name] for name in ("invoice", "customer") if name in params}
    return page(store.every("credit_note", **fields), params, _URL)


ROUTES = (
    Route(
        "POST",
        _URL,
        "CreditNoteCreateParams",
        _create,
        reading(
            "invoice",
            "amount",
            "refund_amount",
            "out_of_band_amount",
            "memo",
            "reason",
            "email_type",
            "metadata",
        ),
    ),
    Route(
        "GET",
        _URL,
        "CreditNoteListParams",
        _list,
        reading("invoice", "customer", "limit", "starting_after"),
    ),
    Route("GET", f"{_URL}/{{}}", "CreditNoteRetrieveParams", _retrieve),
)
