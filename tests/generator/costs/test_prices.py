"""The price file: whose prices, of when, and the arithmetic of one of them."""

import json
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from saasgen.prices.price_list import Price
from tests.generator.costs.estimates import PRICES


def test_the_prices_say_whose_they_are_of_when_and_that_they_must_be_checked():
    assert PRICES.region == "us-east-1"
    assert PRICES.as_of.isoformat() == "2026-11-21"
    assert "check them" in PRICES.note
    assert all(price.page for price in PRICES.prices.values())


def test_no_price_is_ever_a_float():
    for file in resources.files("saasgen.prices").iterdir():
        if file.name.endswith(".json"):
            found: list[str] = []
            json.loads(file.read_text("utf-8"), parse_float=found.append, parse_int=found.append)
            assert not found, f"{file.name}: write {found} as strings"


def _price(**changes: object) -> dict[str, object]:
    steps = [{"above": "0", "usd": "1"}]
    return {"unit": "GB", "per": "1", "steps": steps, "free": "0", "page": "x", **changes}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"free": 0.1}, "must be written as a string"),
        ({"per": "0"}, "per must not be 0"),
        ({"steps": [{"above": "5", "usd": "1"}]}, "begin at 0"),
        ({"steps": [{"above": "0", "usd": "1"}, {"above": "0", "usd": "2"}]}, "begin at 0"),
        ({"steps": [{"above": "0", "usd": "-1"}]}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_price_is_refused(wrong: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=message):
        Price.model_validate(_price(**wrong))


def test_each_step_prices_its_own_part():
    steps = [{"above": "0", "usd": "3"}, {"above": "10", "usd": "2"}, {"above": "30", "usd": "1"}]
    price = Price.model_validate(_price(steps=steps))

    costs = [price.cost(Decimal(n)) for n in (0, 4, 10, 11, 30, 35)]

    assert costs == [0, 12, 30, 32, 70, 75]


def test_the_free_allowance_is_taken_off_only_when_asked_and_never_below_nothing():
    price = Price.model_validate(_price(free="5"))

    assert price.cost(Decimal(8)) == 8
    assert price.cost(Decimal(8), free_tier=True) == 3
    assert price.cost(Decimal(2), free_tier=True) == 0


@pytest.mark.parametrize("name", sorted(PRICES.prices))
@given(quantity=st.decimals(0, 10**12, places=3), more=st.decimals(0, 10**12, places=3))
def test_more_never_costs_less(name: str, quantity: Decimal, more: Decimal):
    price = PRICES[name]

    assert 0 <= price.cost(quantity) <= price.cost(quantity + more)
