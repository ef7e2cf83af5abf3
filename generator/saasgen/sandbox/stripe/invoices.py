"""Invoices: draft, open, paid, void, uncollectible (https://docs.stripe.com/invoicing/overview)."""

from collections.abc import Sequence
from typing import Any

from saasgen.sandbox.stripe import charging
from saasgen.sandbox.stripe.customers import require_own
from saasgen.sandbox.stripe.faults import Fault, required
from saasgen.sandbox.stripe.invoice_totals import sum_up
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.search import search
from saasgen.sandbox.stripe.store import (
    Params,
    Resource,
    Store,
    is_created,
    merge_metadata,
    page,
)

_URL = "/v1/invoices"
_DAY_S = 86_400
_TRANSITIONS = {
    "finalized_at": None,
    "paid_at": None,
    "voided_at": None,
    "marked_uncollectible_at": None,
}


def _create(store: Store, params: Params, _: Sequence[str]) -> Resource:
    if "customer" not in params:
        raise required("customer")
    customer = store.get("customer", params["customer"], "customer")
    if params.get("currency", "usd") != params.get("currency", "usd").lower():
        raise Fault(f"Invalid currency: {params['currency']}", param="currency")
    method = params.get("collection_method", "charge_automatically")
    invoice = store.add(
        "invoice",
        "in",
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        currency=params.get("currency") or customer["currency"] or "usd",
        collection_method=method,
        auto_advance=params.get("auto_advance", False),
        due_date=_due_date(store, params, method),
        description=params.get("description"),
        default_payment_method=params.get("default_payment_method"),
        billing_reason="manual",
        status="draft",
        number=None,
        attempted=False,
        attempt_count=0,
        amount_paid=0,
        amount_overpaid=0,
        pre_payment_credit_notes_amount=0,
        post_payment_credit_notes_amount=0,
        hosted_invoice_url=None,
        invoice_pdf=None,
        period_start=store.now(),
        period_end=store.now(),
        status_transitions=dict(_TRANSITIONS),
    )
    merge_metadata(invoice, params)
    if params.get("pending_invoice_items_behavior") == "include":
        _take_pending(store, invoice)
    sum_up(store, invoice)
    store.emit("invoice.created", invoice)
    return invoice


def _due_date(store: Store, params: Params, method: str) -> int | None:
    given = {"days_until_due", "due_date"} & params.keys()
    if method == "charge_automatically" and given:
        raise Fault(
            "You can only specify a due date if the collection method is send_invoice.",
            param=min(given),
        )
    if method == "send_invoice" and not given:
        raise required("days_until_due")
    if "due_date" in params:
        return int(params["due_date"])
    return store.now() + params["days_until_due"] * _DAY_S if given else None


def _take_pending(store: Store, invoice: Resource) -> None:
    for item in store.every("invoiceitem", customer=invoice["customer"], invoice=None):
        if item["currency"] == invoice["currency"]:
            item["invoice"] = invoice["id"]


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("invoice", ids[0])


def _update(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    invoice = store.get("invoice", ids[0])
    if "default_payment_method" in params:
        require_own(
            store, invoice["customer"], params["default_payment_method"], "default_payment_method"
        )
    changed = ("auto_advance", "description", "default_payment_method")
    invoice.update({name: params[name] for name in changed if name in params})
    merge_metadata(invoice, params)
    store.emit("invoice.updated", invoice)
    return invoice


def _delete(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    invoice = _in(store, ids[0], "draft", "You can only delete draft invoices.")
    for item in [*store.every("invoiceitem", invoice=invoice["id"])]:
        store.remove(item)
    left = store.remove(invoice)
    store.emit("invoice.deleted", {**invoice, "deleted": True})
    return left


def _finalize(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    invoice = _in(
        store, ids[0], "draft", "This invoice is already finalized, you can't re-finalize it."
    )
    customer = store.get("customer", invoice["customer"])
    customer["currency"] = customer["currency"] or invoice["currency"]
    number = sum(one["number"] is not None for one in store.every("invoice"))
    invoice.update(
        status="open",
        number=f"SANDBOX-{number + 1:04d}",
        auto_advance=params.get("auto_advance", invoice["auto_advance"]),
        hosted_invoice_url=f"https://invoice.stripe.example/i/{invoice['id']}",
        invoice_pdf=f"https://invoice.stripe.example/i/{invoice['id']}/pdf",
    )
    invoice["status_transitions"]["finalized_at"] = store.now()
    store.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        settle(store, invoice)
    else:
        charging.intend(store, invoice)
    return invoice


def _pay(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    invoice = store.get("invoice", ids[0])
    if invoice["status"] == "paid":
        raise Fault("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in {"open", "uncollectible"}:
        raise Fault(f"Invoice is not open: it is {invoice['status']}.", code="invoice_not_open")
    if params.get("paid_out_of_band"):
        charging.cancel(store, invoice)
    else:
        charging.charge(store, invoice, _method(store, params, invoice))
    settle(store, invoice)
    return invoice


def _method(store: Store, params: Params, invoice: Resource) -> Resource:
    customer = store.get("customer", invoice["customer"])
    chosen = (
        params.get("payment_method")
        or invoice["default_payment_method"]
        or customer["invoice_settings"]["default_payment_method"]
    )
    if not chosen:
        raise Fault(
            "There is no default_payment_method set on this Customer or Invoice. Please set one, or"
            " specify the payment_method parameter.",
            code="missing_payment_method",
        )
    return require_own(store, customer["id"], chosen, "payment_method")


def settle(store: Store, invoice: Resource) -> None:
    """Let an invoice be paid."""
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
    )
    invoice["status_transitions"]["paid_at"] = store.now()
    store.emit("invoice.paid", invoice)
    store.emit("invoice.payment_succeeded", invoice)


def _void(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    if next(store.every("credit_note", invoice=ids[0]), None) is not None:
        raise Fault(
            "The stand-in does not know whether an invoice with credit notes can be voided.",
            status=501,
            kind="api_error",
        )
    return _give_up(store, ids[0], "void", "voided_at", "invoice.voided")


def _mark_uncollectible(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return _give_up(
        store, ids[0], "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible"
    )


def _give_up(store: Store, invoice_id: str, status: str, moment: str, event_type: str) -> Resource:
    invoice = store.get("invoice", invoice_id)
    if invoice["status"] not in {"open", "uncollectible"} - {status}:
        raise Fault(
            f"You can only pass in open invoices. This invoice isn't open: it is "
            f"{invoice['status']}.",
            code="invoice_not_open",
        )
    invoice.update(status=status, auto_advance=False)
    invoice["status_transitions"][moment] = store.now()
    if status == "void":
        charging.cancel(store, invoice)
    store.emit(event_type, invoice)
    return invoice


def _in(store: Store, invoice_id: str, status: str, otherwise: str) -> Resource:
    invoice = store.get("invoice", invoice_id)
    if invoice["status"] != status:
        raise Fault(otherwise, code="invoice_not_editable")
    return invoice


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {
        name: params[name] for name in ("customer", "status", "collection_method") if name in params
    }
    bounds: Any = params.get("created", {})
    found = (one for one in store.every("invoice", **fields) if is_created(one, bounds))
    return page(found, params, _URL)


def _search(store: Store, params: Params, _: Sequence[str]) -> Resource:
    return search(store, "invoice", params, f"{_URL}/search")


_ONE = f"{_URL}/{{}}"

ROUTES = (
    Route(
        "POST",
        _URL,
        "InvoiceCreateParams",
        _create,
        reading(
            "customer",
            "currency",
            "collection_method",
            "auto_advance",
            "due_date",
            "days_until_due",
            "description",
            "default_payment_method",
            "metadata",
            "pending_invoice_items_behavior",
        ),
    ),
    Route(
        "GET",
        _URL,
        "InvoiceListParams",
        _list,
        reading("customer", "status", "collection_method", "created", "limit", "starting_after"),
    ),
    Route("GET", f"{_URL}/search", "InvoiceSearchParams", _search, reading("query", "limit")),
    Route("GET", _ONE, "InvoiceRetrieveParams", _retrieve),
    Route(
        "POST",
        _ONE,
        "InvoiceUpdateParams",
        _update,
        reading("auto_advance", "description", "default_payment_method", "metadata"),
    ),
    Route("DELETE", _ONE, "InvoiceDeleteParams", _delete),
    Route(
        "POST",
        f"{_ONE}/finalize",
        "InvoiceFinalizeInvoiceParams",
        _finalize,
        reading("auto_advance"),
    ),
    Route(
        "POST",
        f"{_ONE}/pay",
        "InvoicePayParams",
        _pay,
        reading("payment_method", "paid_out_of_band", "off_session"),
    ),
    Route("POST", f"{_ONE}/void", "InvoiceVoidInvoiceParams", _void),
    Route(
        "POST", f"{_ONE}/mark_uncollectible", "InvoiceMarkUncollectibleParams", _mark_uncollectible
    ),
)
