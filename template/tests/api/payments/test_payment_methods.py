"""What a tenant pays with: added by the browser, listed, chosen, removed, and nobody else's."""

from typing import Any
from uuid import uuid4

import pytest
import stripe as sdk
from saasgen.sandbox.stripe.account import API_KEY

from handlers.domain.terms import billing_settings
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.payments import access

from ..conftest import Caller, Client

PATH = "/v1/billing/payment-methods"


@pytest.fixture
def boss(tenant: TenantId, caller: Caller) -> Client:
    return caller(tenant, "super_admin")


def added(boss: Client, card: str = "pm_card_visa", *, default: bool = False) -> dict[str, Any]:
    reply = boss.post(PATH, {"stripePaymentMethodId": card, "makeDefault": default})
    assert reply.status == 201, reply.text
    return dict(reply.json)


def listed(boss: Client) -> list[dict[str, Any]]:
    return list(boss.get(PATH).json["items"])


def default_here(tenant: TenantId) -> str | None:
    with sessions.tenant_session(tenant) as session:
        return billing_settings.read(session, tenant, "USD").default_payment_method_id


def test_a_browser_adds_a_card_without_showing_us_its_number(stripe: Any, boss: Client) -> None:
    reply = boss.post(f"{PATH}/setup")
    secret = reply.json["clientSecret"]
    browser = sdk.StripeClient(API_KEY, http_client=access._transport()).v1.setup_intents
    done = browser.confirm(secret.partition("_secret_")[0], {"payment_method": "pm_card_visa"})

    made = added(boss, str(done.payment_method), default=True)
    assert (made["brand"], made["last4"], made["isDefault"]) == ("visa", "4242", True)
    assert listed(boss) == [made]


def test_one_of_them_pays(stripe: Any, boss: Client, tenant: TenantId) -> None:
    visa, mastercard = added(boss, default=True), added(boss, "pm_card_mastercard")
    assert [m["isDefault"] for m in listed(boss)] == [False, True]

    boss.post(f"{PATH}/{mastercard['paymentMethodId']}/default")
    assert [m["isDefault"] for m in listed(boss)] == [True, False]
    assert default_here(tenant) in [method["id"] for method in stripe.all("payment_method")]

    for method in (visa, mastercard):
        assert boss.request("DELETE", f"{PATH}/{method['paymentMethodId']}").status == 200
    assert listed(boss) == []
    assert default_here(tenant) is None


@pytest.mark.parametrize("verb", ["choose", "remove"])
def test_another_tenants_method_is_as_if_it_did_not_exist(
    stripe: Any, boss: Client, make_tenant: Any, caller: Caller, verb: str
) -> None:
    theirs = added(caller(make_tenant(), "super_admin"))["paymentMethodId"]
    added(boss)

    def reply(identifier: object) -> tuple[int, str]:
        answer = (
            boss.post(f"{PATH}/{identifier}/default")
            if verb == "choose"
            else boss.request("DELETE", f"{PATH}/{identifier}")
        )
        return answer.status, answer.json["detail"]

    assert reply(theirs) == reply(uuid4()) == reply("nonsense")
    assert reply(theirs) == (404, "There is no payment method with this id.")


def test_another_tenants_card_cannot_be_added(
    stripe: Any, boss: Client, make_tenant: Any, caller: Caller
) -> None:
    added(caller(make_tenant(), "super_admin"))
    (card,) = stripe.all("payment_method")
    reply = boss.post(PATH, {"stripePaymentMethodId": card["id"]})
    assert reply.status == 422
    assert listed(boss) == []


def test_what_the_bank_refuses_is_said(stripe: Any, boss: Client) -> None:
    reply = boss.post(PATH, {"stripePaymentMethodId": "pm_card_chargeDeclined"})
    assert (reply.status, reply.json["detail"]) == (
        422,
        "The bank refuses: Your card was declined.",
    )


def test_an_outage_is_said_and_leaves_nothing_behind(stripe: Any, boss: Client) -> None:
    stripe.calls, stripe.fault = 0, (2, "before", sdk.APIConnectionError("down"))
    reply = boss.post(PATH, {"stripePaymentMethodId": "pm_card_visa"})
    assert (reply.status, reply.headers["Retry-After"]) == (503, "60")
    stripe.fault = None
    added(boss)
    assert len(stripe.all("customer")) == 1


def test_without_a_provider_there_is_nothing_to_choose_from(boss: Client) -> None:
    assert listed(boss) == []
    reply = boss.post(PATH, {"stripePaymentMethodId": "pm_card_visa"})
    assert reply.status == 409
    assert "no payment provider" in reply.json["detail"]
