"""An account of the stand-in behind the real SDK, with a clock that stands still."""

from datetime import UTC, datetime, timedelta

import pytest
from stripe import StripeClient

from saasgen.sandbox.stripe.account import API_KEY, StripeAccount
from saasgen.sandbox.stripe.transport import InProcessTransport


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account(clock: Clock) -> StripeAccount:
    return StripeAccount(clock)


@pytest.fixture
def stripe(account: StripeAccount) -> StripeClient:
    return StripeClient(API_KEY, http_client=InProcessTransport(account), max_network_retries=0)


@pytest.fixture
def customer(stripe: StripeClient) -> str:
    return stripe.v1.customers.create({"name": "Initech", "email": "pay@initech.example"}).id
