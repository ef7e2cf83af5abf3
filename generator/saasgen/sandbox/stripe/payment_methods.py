"""Payment methods and the SetupIntents that collect them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from saasgen.sandbox.stripe.faults import Fault, declined, missing, required
from saasgen.sandbox.stripe.routing import Route, reading
from saasgen.sandbox.stripe.store import Params, Resource, Store, merge_metadata, page
from saasgen.sandbox.stripe.test_cards import TEST_CARDS, Card


def card_of(method: Resource) -> Card:
    """The test card behind a payment method."""
    return next(card for card in TEST_CARDS.values() if card.last4 == method["card"]["last4"])


def _attach(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    if "customer" not in params:
        raise required("customer")
    customer = store.get("customer", params["customer"], "customer")
    return attach(store, ids[0], customer["id"])


def attach(store: Store, name: str, customer: str) -> Resource:
    """Attach a payment method, or a card of its own made from a test card's name.

    Raises:
        Fault: the bank refuses, or it is somebody else's.
    """
    is_test_card = name in TEST_CARDS
    method = _made(store, name) if is_test_card else store.get("payment_method", name)
    if method["customer"] == customer:
        return method
    if method["customer"] is not None or method["was_attached"]:
        raise Fault(
            "The payment method you provided has already been attached to a customer."
            if method["customer"]
            else "This PaymentMethod was previously used and then detached: it may not be used"
            " again."
        )
    method["customer"] = customer
    method["was_attached"] = True
    store.emit("payment_method.attached", method)
    return method


def _made(store: Store, name: str) -> Resource:
    card = TEST_CARDS[name]
    if card.refuses_attaching:
        raise declined(str(card.code), card.decline_code, card.message)
    year = datetime.fromtimestamp(store.now(), tz=UTC).year + 4
    return store.add(
        "payment_method",
        "pm",
        type="card",
        card={"brand": card.brand, "last4": card.last4, "exp_month": 12, "exp_year": year},
        billing_details={"address": None, "email": None, "name": None, "phone": None},
        customer=None,
        was_attached=False,
    )


def _detach(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    method = store.get("payment_method", ids[0])
    if method["customer"] is None:
        raise Fault("The payment method you provided is not attached to a customer.")
    customer = store.get("customer", method["customer"])
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
    method["customer"] = None
    store.emit("payment_method.detached", method)
    return method


def _retrieve(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    return store.get("payment_method", ids[0])


def _list(store: Store, params: Params, _: Sequence[str]) -> Resource:
    fields = {name: params[name] for name in ("customer", "type") if name in params}
    if "customer" not in fields:
        raise required("customer")
    return page(store.every("payment_method", **fields), params, "/v1/payment_methods")


def _create_setup(store: Store, params: Params, _: Sequence[str]) -> Resource:
    if "customer" in params:
        store.get("customer", params["customer"], "customer")
    setup = store.add(
        "setup_intent",
        "seti",
        customer=params.get("customer"),
        usage=params.get("usage", "off_session"),
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        payment_method=None,
        status="requires_payment_method",
    )
    setup["client_secret"] = f"{setup['id']}_secret_{secrets.token_hex(8)}"
    merge_metadata(setup, params)
    store.emit("setup_intent.created", setup)
    return setup


def _confirm_setup(store: Store, params: Params, ids: Sequence[str]) -> Resource:
    """Do what the browser does with the card's number, which never reaches a server of ours."""
    setup = store.get("setup_intent", ids[0])
    if "payment_method" not in params:
        raise required("payment_method")
    if setup["status"] != "requires_payment_method":
        raise Fault(
            f"You cannot confirm this SetupIntent because it has a status of {setup['status']}.",
            code="setup_intent_unexpected_state",
        )
    method: Any = attach(store, params["payment_method"], setup["customer"])
    setup.update(payment_method=method["id"], status="succeeded")
    store.emit("setup_intent.succeeded", setup)
    return setup


def _retrieve_setup(store: Store, _: Params, ids: Sequence[str]) -> Resource:
    found = store.find(ids[0])
    if found is None or found["object"] != "setup_intent":
        raise missing("setupintent", ids[0])
    return found


_METHODS = "/v1/payment_methods"
_SETUPS = "/v1/setup_intents"

ROUTES = (
    Route(
        "GET",
        _METHODS,
        "PaymentMethodListParams",
        _list,
        reading("customer", "type", "limit", "starting_after"),
    ),
    Route("GET", f"{_METHODS}/{{}}", "PaymentMethodRetrieveParams", _retrieve),
    Route(
        "POST", f"{_METHODS}/{{}}/attach", "PaymentMethodAttachParams", _attach, reading("customer")
    ),
    Route("POST", f"{_METHODS}/{{}}/detach", "PaymentMethodDetachParams", _detach),
    Route(
        "POST",
        _SETUPS,
        "SetupIntentCreateParams",
        _create_setup,
        reading("customer", "usage", "allowed_payment_method_types", "metadata"),
    ),
    Route("GET", f"{_SETUPS}/{{}}", "SetupIntentRetrieveParams", _retrieve_setup),
    Route(
        "POST",
        f"{_SETUPS}/{{}}/confirm",
        "SetupIntentConfirmParams",
        _confirm_setup,
        reading("payment_method"),
    ),
)
