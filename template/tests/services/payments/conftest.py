"""Tenants that are billed and pay by Stripe."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.domain.billing.invoices import Invoice

from ...collecting import issue, pay_automatically, pay_with

Bill = Callable[..., Invoice]


@pytest.fixture
def bill(make_tenant: Any, clock: Any) -> Bill:
    """Bill a tenant that pays with a card, or automatically with none."""

    def bill(card: str | None = None, *, auto_pay: bool = True) -> Invoice:
        tenant = make_tenant()
        if card is not None:
            pay_with(tenant, card, clock())
        pay_automatically(tenant, auto_pay, clock())
        clock.forward(seconds=1)  # ids are in the order of time
        return issue(tenant, clock())

    return bill
