import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import AddOnId, BillingCycle, SubscriptionTierId
from handlers.domain.subscriptions.pricing import Line, in_currency, price_of
from handlers.platform.base.errors import Unprocessable
from handlers.platform.base.money import Money

PRICED = [tier.id for tier in SUBSCRIPTION_TIERS.values() if not tier.pricing.contact_sales]


@pytest.mark.parametrize(
    ("tier_id", "cycle", "seats", "add_ons", "total"),
    [
        ("FREE", "annual", 1, (), 0),
        ("FAMILY", "monthly", 3, (), 4900),
        ("TEAM", "monthly", 2, (), 5000),
        ("TEAM", "monthly", 2, ("COMPLIANCE_ADDON",), 10000),
        ("TEAM", "annual", 2, ("COMPLIANCE_ADDON",), 2 * 25000 + 2 * 30000),
    ],
)
def test_a_price_is_the_sum_of_its_lines(
    tier_id: SubscriptionTierId,
    cycle: BillingCycle,
    seats: int,
    add_ons: tuple[AddOnId, ...],
    total: int,
) -> None:
    assert price_of(tier_id, cycle, seats, add_ons, "USD").total == Money(total, "USD")


@pytest.mark.parametrize(
    ("hundredths", "currency", "minor"),
    [(2500, "USD", 2500), (2500, "JPY", 25), (2500, "KWD", 25000)],
)
def test_the_price_list_is_taken_into_a_currencys_minor_units(
    hundredths: int, currency: str, minor: int
) -> None:
    assert in_currency(hundredths, currency) == Money(minor, currency)


def test_a_figure_that_a_currency_cannot_pay_is_refused() -> None:
    with pytest.raises(ValueError, match="50 hundredths cannot be expressed in JPY"):
        in_currency(50, "JPY")


def test_every_fault_of_an_order_is_named_at_once() -> None:
    with pytest.raises(Unprocessable) as refusal:
        price_of("ENTERPRISE", "monthly", 3, ["PRIORITY_SUPPORT"], "USD")
    assert [error.field for error in refusal.value.errors] == ["/tierId", "/seatCount", "/addOns/0"]


@given(tier_id=st.sampled_from(PRICED), seats=st.integers(-3, 200))
def test_seats_outside_the_bounds_are_never_sold(tier_id: SubscriptionTierId, seats: int) -> None:
    pricing = SUBSCRIPTION_TIERS[tier_id].pricing
    is_within = pricing.min_users <= seats <= (pricing.max_users or seats)
    try:
        price = price_of(tier_id, "monthly", seats, (), "USD")
    except Unprocessable:
        assert not is_within
    else:
        assert is_within
        assert price.total.amount_minor >= 0


def test_a_line_survives_its_way_through_an_event() -> None:
    (line,) = price_of("TEAM", "annual", 7, (), "EUR").lines
    assert Line.from_event(line.to_event(), "EUR") == line
