"""The margin on top of the cost of usage: fixed or graduated, and exact."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.terms.billing_settings import BillingSettings
from handlers.domain.terms.margins import billed, increments

COSTS = st.decimals(min_value=-(10**12), max_value=10**15, places=12)
PERCENTS = st.decimals(min_value=0, max_value=999, places=2)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])


def tiered(*tiers: tuple[str, int | None], currency: str = "USD") -> BillingSettings:
    shown = [
        {"marginPercent": percent} | ({} if up_to is None else {"upToMinor": up_to})
        for percent, up_to in tiers
    ]
    return BillingSettings(currency, margin_type="tiered", margin_tiers=shown)


@st.composite
def terms(draw: st.DrawFn) -> BillingSettings:
    currency = draw(CURRENCIES)
    if draw(st.booleans()):
        return BillingSettings(currency, margin_percent=draw(PERCENTS))
    bounds = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    percents = [f"{draw(PERCENTS):.2f}" for _ in range(len(bounds) + 1)]
    return tiered(*zip(percents, [*bounds, None], strict=True), currency=currency)


@pytest.mark.parametrize(
    ("cost", "bill"),
    [("0", "0"), ("5", "6"), ("10", "12"), ("30", "34"), ("150", "161.5"), ("-1", "-1.2")],
)
def test_each_band_has_its_percentage_on_the_part_inside_it(cost, bill):
    # 150 is 10 and 2 of the first band, 90 and 9 of the second, 50 and 0.5 of the third
    settings = tiered(("20.00", 1000), ("10.00", 10_000), ("1.00", None))
    assert billed(settings, Decimal(cost)) == Decimal(bill)


def test_a_bound_lies_ten_times_lower_where_there_are_three_decimals():
    usd, kwd = (tiered(("30.00", 1000), ("10.00", None), currency=c) for c in ("USD", "KWD"))
    assert billed(usd, Decimal(11)) == Decimal("14.1")
    assert billed(kwd, Decimal(11)) == Decimal("12.3")


@given(PERCENTS, COSTS)
def test_nothing_is_rounded(percent, cost):
    bill = billed(BillingSettings("USD", margin_percent=percent), cost)
    # fractions, since decimals would round the expectation
    assert Fraction(bill) == Fraction(cost) * (1 + Fraction(percent) / 100)


@given(terms(), COSTS, COSTS)
def test_more_usage_never_costs_less(settings, one, other):
    low, high = sorted([one, other])
    extra = Fraction(billed(settings, high)) - Fraction(billed(settings, low))
    assert extra >= Fraction(high) - Fraction(low)


@given(terms())
def test_no_usage_is_no_bill(settings):
    assert billed(settings, Decimal(0)) == 0


@given(PERCENTS, COSTS)
def test_one_tier_without_a_bound_is_a_fixed_margin(percent, cost):
    fixed = BillingSettings("USD", margin_percent=percent)
    assert billed(tiered((f"{percent:.2f}", None)), cost) == billed(fixed, cost)


@given(terms(), st.lists(COSTS, max_size=20), COSTS)
def test_the_increments_of_a_period_sum_to_its_bill(settings, costs, before):
    steps = sum(map(Fraction, increments(settings, before, costs)))
    with localcontext(prec=100):
        after = billed(settings, sum(costs, before))
    assert Fraction(billed(settings, before)) + steps == Fraction(after)
