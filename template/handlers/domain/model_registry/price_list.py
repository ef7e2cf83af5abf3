"""Price lists: models with their prices, as the API takes them and the operator publishes them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Final, NamedTuple, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from handlers.domain.base.origin import Origin
from handlers.domain.model_registry.models import ID_PATTERN, Description, ModelChange, save_model
from handlers.domain.model_registry.prices import NewPrice, add_price
from handlers.platform.base.ids import TenantId
from handlers.platform.base.json_models import Currency, Omittable, Shape
from handlers.platform.database.sessions import Session

MAX_MODELS: Final = 1000


RegistryId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
DisplayName = Annotated[
    str, StringConstraints(pattern=r"^[^\u0000-\u001f\u007f]{1,200}$", strip_whitespace=True)
]
# Decimals travel as strings: a float would not be what was agreed.
PerMillion = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,8}(\.[0-9]{1,6})?$")]


class ListedPrice(Shape):
    """What a million tokens cost, in major units of the currency."""

    currency: Currency
    input_per_million: PerMillion
    output_per_million: PerMillion
    valid_from: Omittable[AwareDatetime] = Field(
        default=None, description="From when on; from now on where it is left out."
    )

    @model_validator(mode="after")
    def _costs_something(self) -> Self:
        if Decimal(self.input_per_million) == Decimal(self.output_per_million) == 0:
            raise ValueError("a price of nothing is no price: leave it out")
        return self


class ModelTerms(Shape):
    """What a model is and costs."""

    display_name: DisplayName
    provider_id: RegistryId
    prices: list[ListedPrice] = Field(
        default=[], max_length=50, description="Prices to add; those that stand are kept."
    )

    @model_validator(mode="after")
    def _prices_each_moment_once(self) -> Self:
        moments = [(price.currency, price.valid_from) for price in self.prices]
        if len(moments) > len(set(moments)):
            raise ValueError("prices must not name a currency and a validFrom twice")
        return self


class ListedModel(ModelTerms):
    """A model of a price list."""

    model_id: RegistryId


def _each_once(models: list[ListedModel]) -> list[ListedModel]:
    if len(models) > len({model.model_id for model in models}):
        raise ValueError("must not name a model twice")
    return models


ListedModels = Annotated[
    list[ListedModel], Field(min_length=1, max_length=MAX_MODELS), AfterValidator(_each_once)
]


class PriceList(Shape):
    """A whole price list; models that it does not name stay as they are."""

    models: ListedModels


class Synced(NamedTuple):
    """The ids of the models that a price list added, changed and left as they were."""

    added: Sequence[str]
    changed: Sequence[str]
    unchanged: Sequence[str]


def put_model(
    session: Session,
    now: datetime,
    operator: TenantId,
    model_id: str,
    terms: ModelTerms,
    origin: Origin,
) -> ModelChange:
    """Add or change one model and its prices, in the operator's context."""
    described = Description(model_id, terms.provider_id, terms.display_name)
    outcome = save_model(session, now, operator, described, origin)
    added = [
        add_price(session, now, operator, _new(model_id, price), origin) for price in terms.prices
    ]
    return "changed" if any(added) and outcome == "unchanged" else outcome


def sync(
    session: Session, now: datetime, operator: TenantId, listed: PriceList, origin: Origin
) -> Synced:
    """Bring the registry to a price list, in the operator's context and one transaction."""
    # sorted: two lists at the same time lock the models in the same order
    in_order = sorted(listed.models, key=lambda model: model.model_id)
    outcomes = [
        (put_model(session, now, operator, model.model_id, model, origin), model.model_id)
        for model in in_order
    ]
    ids = {
        outcome: [model_id for _, model_id in group]
        for outcome, group in groupby(sorted(outcomes), key=lambda pair: pair[0])
    }
    return Synced(ids.get("added", []), ids.get("changed", []), ids.get("unchanged", []))


def _new(model_id: str, price: ListedPrice) -> NewPrice:
    return NewPrice(
        model_id,
        price.currency,
        Decimal(price.input_per_million),
        Decimal(price.output_per_million),
        price.valid_from,
    )
