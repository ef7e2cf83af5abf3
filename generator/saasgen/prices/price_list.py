"""A price file: unit prices of one region at one date, with their steps and free allowances."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

NEWEST = "us_east_1_2026_11.json"


def _exact(value: object) -> object:
    """Refuse a JSON number: it has been a float on its way here."""
    if isinstance(value, float | int):
        raise ValueError(f"must be written as a string, got {value!r}")  # noqa: TRY004 (pydantic's)
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, allow_inf_nan=False)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Data):
    """What a quantity costs beyond a mark, as long as the next step does not begin.

    Attributes:
        above: where the step begins, in units per month.
        usd: US dollars for `per` units.
    """

    above: Exact
    usd: Exact


class Price(_Data):
    """The price of one thing.

    Attributes:
        unit: what is counted.
        per: how many units the amounts of the steps are for (1, 1000, 1000000).
        steps: cheaper with quantity, as AWS does it: each step prices its own part only.
        free: units per month that AWS gives to each account, shared by all of its stacks.
        page: the AWS page the price stands on.
        note: which variant it is.
    """

    unit: str
    per: Exact
    steps: tuple[Step, ...] = Field(min_length=1)
    free: Exact
    page: str
    note: str = ""

    @model_validator(mode="after")
    def _steps_begin_at_nothing_and_rise(self) -> "Price":
        marks = [step.above for step in self.steps]
        if marks[0] != 0 or marks != sorted(set(marks)):
            raise ValueError("the steps must begin at 0 and rise")
        if self.per == 0:
            raise ValueError("per must not be 0")
        return self

    def cost(self, quantity: Decimal, *, free_tier: bool = False) -> Decimal:
        """US dollars for `quantity` units in one month, exact.

        Args:
            quantity: units in the month.
            free_tier: take the account's free allowance off first.
        """
        billed = max(quantity - self.free, Decimal(0)) if free_tier else quantity
        ends = [step.above for step in self.steps[1:]] + [billed]
        parts = (
            max(min(billed, end) - step.above, Decimal(0)) * step.usd
            for step, end in zip(self.steps, ends, strict=True)
        )
        return sum(parts, Decimal(0)) / self.per


class PriceList(_Data):
    """All prices of one file.

    Attributes:
        region: the AWS region the prices hold in.
        as_of: the day they were written down.
        currency: always US dollars: AWS publishes no other.
        note: what the prices leave out, and how far to trust them.
        prices: by name.
    """

    region: str
    as_of: date
    currency: str = Field(pattern="^USD$")
    note: str
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.prices[name]


@cache
def newest_prices() -> PriceList:
    """The newest price file that comes with the tool."""
    text = resources.files("saasgen.prices").joinpath(NEWEST).read_text("utf-8")
    return PriceList.model_validate_json(text)
