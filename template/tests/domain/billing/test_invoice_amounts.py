"""Lines add up to totals, whatever was used, agreed and charged."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.billing.invoices.charges import drafts
from handlers.domain.billing.invoices.rounding import apportion, in_minor, rounded, tax_of
from handlers.domain.billing.invoices.usage import BilledUsage
from handlers.domain.subscriptions.pricing import Line, SubscriptionPrice
from handlers.domain.subscriptions.renewals import Renewal, SubscriptionTerm
from handlers.domain.terms.billing_periods import Period
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.domain.terms.margins import billed
from handlers.platform.base.money import Money

PERIOD = Period(date(2026, 3, 1), date(2026, 4, 1))
CURRENCIES = st.sampled_from(["JPY", "USD", "KWD", "CLF"])
PERCENTS = st.decimals(0, 100, places=2)
COSTS = st.decimals(-10_000, 1_000_000, places=12)


def usage(
    currency: str, cost: Decimal, *, is_adjustment: bool = False, model: str = "m"
) -> BilledUsage:
    return BilledUsage(currency, model, "p", is_adjustment, False, 1, 10, 10, cost)


@st.composite
def usages(draw: Any, currencies: Any = CURRENCIES) -> list[BilledUsage]:
    found = draw(st.lists(st.tuples(currencies, COSTS, st.booleans()), max_size=12))
    return [usage(code, cost, is_adjustment=late) for code, cost, late in found]


@st.composite
def billing_settings(draw: Any) -> BillingSettings:
    bounds = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    percents = [f"{draw(PERCENTS):.2f}" for _ in range(len(bounds) + 1)]
    tiers = [
        {"upToMinor": bound, "marginPercent": percent}
        for bound, percent in zip(bounds, percents, strict=False)
    ]
    return BillingSettings(
        currency="USD",
        margin_type=draw(st.sampled_from(["fixed", "tiered"])),
        margin_percent=draw(PERCENTS),
        margin_tiers=[*tiers, {"marginPercent": percents[-1]}],
        tax_enabled=draw(st.booleans()),
        tax_percent=draw(PERCENTS),
    )


@st.composite
def renewals(draw: Any) -> list[Renewal]:
    currency = draw(CURRENCIES)
    lines = tuple(
        Line("base", "plan", quantity, Money(unit, currency))
        for quantity, unit in draw(
            st.lists(st.tuples(st.integers(1, 500), st.integers(0, 10**7)), max_size=3)
        )
    )
    start = datetime(2026, 3, 10, tzinfo=UTC)
    term = SubscriptionTerm(
        start, datetime(2026, 4, 10, tzinfo=UTC), SubscriptionPrice(lines, currency)
    )
    return [Renewal(None, [term])]  # type: ignore[arg-type]


@given(usages(), billing_settings(), renewals())
def test_lines_add_up_to_the_total_to_the_last_unit(
    used: list[BilledUsage], settings: BillingSettings, renewed: list[Renewal]
) -> None:
    made = drafts(PERIOD, settings, used, renewed)
    assert len({draft.currency for draft in made}) == len(made)
    for draft in made:
        assert all(type(line.amount_minor) is int for line in draft.lines)
        assert draft.subtotal_minor == sum(line.amount_minor for line in draft.lines)
        assert draft.total_minor == draft.subtotal_minor + draft.tax_minor
        fees = sum(
            line.amount.amount_minor
            for renewal in renewed
            for term in renewal.terms
            for line in term.price.lines
            if term.price.currency == draft.currency
        )
        cost = sum((u.provider_cost for u in used if u.currency == draft.currency), Decimal(0))
        owed = in_minor(billed(settings._replace(currency=draft.currency), cost), draft.currency)
        assert draft.subtotal_minor == fees + rounded(owed)
        assert draft.tax_minor == tax_of(draft.subtotal_minor, settings.tax_due_percent)


@given(usages(st.just("USD")), billing_settings(), st.randoms(use_true_random=False))
def test_the_order_of_usage_changes_no_total(
    used: list[BilledUsage], settings: BillingSettings, random: Any
) -> None:
    shuffled = random.sample(used, len(used))
    totals = [
        [draft.total_minor for draft in drafts(PERIOD, settings, order, ())]
        for order in (used, shuffled)
    ]
    assert totals[0] == totals[1] or not any(totals[0] + totals[1])


FRACTIONS = st.lists(st.fractions(-(10**9), 10**9, max_denominator=10**6), max_size=30)


@given(FRACTIONS)
def test_parts_are_rounded_by_less_than_a_unit_and_add_up(exact: list[Fraction]) -> None:
    parts = apportion(exact)
    assert sum(parts) == rounded(sum(exact, Fraction(0)))
    assert all(abs(part - wanted) < 1 for part, wanted in zip(parts, exact, strict=True))


def test_what_lost_most_gets_the_missing_unit() -> None:
    third = Fraction(1, 3)
    assert apportion([third, third, third]) == [1, 0, 0]
    assert apportion([Fraction(1, 4), Fraction(3, 4), Fraction(0)]) == [0, 1, 0]
    assert apportion([]) == []


def test_a_half_goes_away_from_zero() -> None:
    assert [rounded(Fraction(n, 2)) for n in (-3, -1, 1, 3, 5)] == [-2, -1, 1, 2, 3]
    assert tax_of(105, Decimal("19.00")) == 20
    assert tax_of(-105, Decimal("19.00")) == -20


def test_a_graduated_margin_is_on_each_part_of_the_cost() -> None:
    tiers = [{"upToMinor": 10_000, "marginPercent": "30.00"}, {"marginPercent": "10.00"}]
    terms = BillingSettings("USD", margin_type="tiered", margin_tiers=tiers)
    assert billed(terms, Decimal(50)) == Decimal(65)
    assert billed(terms, Decimal(100)) == Decimal(130)
    assert billed(terms, Decimal(200)) == Decimal(240)
    assert billed(terms, Decimal(-200)) == Decimal(-260)


def test_a_line_says_what_was_used_and_what_it_cost() -> None:
    used = [usage("USD", Decimal("10.004")), usage("USD", Decimal("0.5"), is_adjustment=True)]
    (draft,) = drafts(PERIOD, BillingSettings("USD"), used, ())
    assert [(line.kind, line.amount_minor) for line in draft.lines] == [
        ("usage", 1200),
        ("adjustment", 60),
    ]
    assert draft.lines[0].usage["providerCost"] == "10.004"
    assert draft.margin == {"type": "fixed", "percent": "20.00"}


def test_where_nothing_is_to_be_paid_there_is_no_invoice() -> None:
    assert drafts(PERIOD, BillingSettings("USD"), [usage("USD", Decimal(0))], ()) == []
    assert drafts(PERIOD, BillingSettings("USD"), [], ()) == []
