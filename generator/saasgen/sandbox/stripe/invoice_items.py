"""Invoice items: what an invoice adds up."""

from collections.abc import Sequence

from saasgen.sandbox.stripe.faults import Fault, required
from saasgen.sandbox.stripe.invoice_totals import sum_up
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, merge_metadata, page

_URL = "/v1/invoiceitems"


def _create(store: Store, params: Params, _: Sequence[str]) -> Resource:
    invoice = _draft(store, params["invoice"]) if "invoice" in params else None
    customer = store.get("customer", _customer(params, invoice), "customer")
    currency = _currency(params, invoice)
    item = store.add(
        "invoiceitem",
        "ii",
        amount=_amount(params),
        currency=currency,
        customer=customer["id"],
        description=params.get("description"),
        invoice=params.get("invoice"),
        period=params.get("period", {"start": store.now(), "end": store.now()}),
        quantity=params.get("quantity", 1),
    )
    merge_metadata(item, params)
    if invoice is not None:
        sum_up(store, invoice)
    store.emit("invoiceitem.created", item)
    return item


def _draft(store: Store, invoice_id: str) -> Resource:
    invoice = store.get("invoice", invoice_id, "invoice")
    if invoice["status"] != "draft":
        raise Fault(
            "The specified invoice is no longer editable.",
            code="invoice_not_editable",
            param="invoice",
        )
    return invoice


def _customer(params: Params, invoice: Resource | None) -> str:
    if "customer" in params:
        if invoice is not None and invoice["customer"] != params["customer"]:
            raise Fault("The invoice belongs to another customer.", param="customer")
        return str(params["customer"])
    if invoice is None:
        raise required("customer")
    return str(invoice["customer"])


def _currency(params: Params, invoice: Resource | None) -> str:
    currency = params.get("currency") or (invoice and invoice["currency"])
    if not currency:
        raise required("currency")
    if currency != currency.lower():
        raise Fault(f"Invalid currency: {currency}", param="currency")
    if invoice is not None and currency != invoice["currency"]:
        raise Fault(
            f"The currency of the invoice item ({currency}) and of the invoice "
            f"({invoice['currency']}) are not the same.",
            param="currency",
        )
    return str(currency)


def _amount(params: Params) -> int:
    if "amount" in params and "quantity" in params:
        raise Fault(
            "You may only specify one of these parameters: amount, quantity.", param="amount"
        )
    if "amount" in params:
        return int(params["amount"])
    if "unit_amount_decimal" in params:
        return int((params["unit_amount_decimal"] * params.get("quantity", 1)).to_integral_value())
    raise required("amount")


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {name: params[name] for name in ("customer", "invoice") if name in params}
    return page(store.every("invoiceitem", **fields), params, _URL)


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("invoiceitem", ids[0])


def _delete(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    item = store.get("invoiceitem", ids[0])
    invoice = _draft(store, item["invoice"]) if item["invoice"] else None
    left = store.remove(item)
    if invoice is not None:
        sum_up(store, invoice)
    return left


ROUTES = (
    Route(
        "POST",
        _URL,
        "InvoiceItemCreateParams",
        _create,
        reading(
            "customer",
            "invoice",
            "amount",
            "currency",
            "description",
            "period",
            "quantity",
            "unit_amount_decimal",
            "metadata",
        ),
    ),
    Route(
        "GET",
        _URL,
        "InvoiceItemListParams",
        _list,
        reading("customer", "invoice", "limit", "starting_after"),
    ),
    Route("GET", f"{_URL}/{{}}", "InvoiceItemRetrieveParams", _retrieve),
    Route("DELETE", f"{_URL}/{{}}", "InvoiceItemDeleteParams", _delete),
)
