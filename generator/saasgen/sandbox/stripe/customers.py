"""Customers."""

from collections.abc import Sequence

from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.search import search
from saasgen.sandbox.stripe.store import Params, Resource, Store, merge_metadata, page

_FIELDS = ("name", "email", "description", "phone")


def _create(store: Store, params: Params, _: Sequence[str]) -> Resource:
    customer = store.add(
        "customer",
        "cus",
        currency=None,
        delinquent=False,
        invoice_settings={"default_payment_method": None},
        **{name: params.get(name) for name in _FIELDS},
    )
    merge_metadata(customer, params)
    store.emit("customer.created", customer)
    return customer


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("customer", ids[0])


def _update(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    customer = store.get("customer", ids[0])
    wanted = params.get("invoice_settings", {}).get("default_payment_method")
    if wanted:
        require_own(store, customer["id"], wanted, "invoice_settings[default_payment_method]")
    customer.update({name: params[name] or None for name in _FIELDS if name in params})
    if wanted is not None:
        customer["invoice_settings"]["default_payment_method"] = wanted or None
    merge_metadata(customer, params)
    store.emit("customer.updated", customer)
    return customer


def require_own(store: Store, customer: str, payment_method: str, param: str) -> Resource:
    """Return a payment method that is attached to a customer.

    Raises:
        Fault: it is not.
    """
    found = store.get("payment_method", payment_method, param)
    if found["customer"] != customer:
        raise Fault(
            f"The customer does not have a payment method with the ID {payment_method}. The payment"
            " method must be attached to the customer.",
            code="resource_missing",
            param=param,
        )
    return found


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {"email": params["email"]} if "email" in params else {}
    return page(store.every("customer", **fields), params, "/v1/customers")


def _search(store: Store, params: Params, _: Sequence[str]) -> Resource:
    return search(store, "customer", params, "/v1/customers/search")


_WRITTEN = reading(*_FIELDS, "metadata")

ROUTES = (
    Route("POST", "/v1/customers", "CustomerCreateParams", _create, _WRITTEN),
    Route(
        "GET", "/v1/customers/search", "CustomerSearchParams", _search, reading("query", "limit")
    ),
    Route("GET", "/v1/customers/{}", "CustomerRetrieveParams", _retrieve),
    Route(
        "POST",
        "/v1/customers/{}",
        "CustomerUpdateParams",
        _update,
        _WRITTEN | {"invoice_settings"},
    ),
    Route(
        "GET",
        "/v1/customers",
        "CustomerListParams",
        _list,
        reading("email", "limit", "starting_after"),
    ),
)
