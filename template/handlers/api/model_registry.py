"""The models of the stack and what they cost; the operator says so, every tenant reads it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import ValidationError

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, ExactAmount, Omittable, PageQuery
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.model_registry import models, price_list, prices
from handlers.domain.model_registry.models import ID_PATTERN, ModelStatus, ThermalState
from handlers.domain.model_registry.price_list import ListedModels, ModelTerms, PriceList
from handlers.domain.model_registry.prices import ModelPrice
from handlers.platform.base import downloads
from handlers.platform.base.errors import BadRequest, Conflict, Unprocessable
from handlers.platform.base.failure_reasons import reason_of
from handlers.platform.base.settings import settings


class PutModel(ModelTerms, Body):
    """What a model is and costs; its status is changed by an approval."""


class SyncPricing(Body):
    """A price list; without one, the list is fetched that the operator has configured."""

    models: Omittable[ListedModels] = None


class ModelQuery(PageQuery):
    """Which models to list."""

    status: ModelStatus | None = None


class CurrentPrice(Answer):
    """What a million tokens cost, in major units of the currency."""

    currency: str
    valid_from: datetime
    input_per_million: ExactAmount
    output_per_million: ExactAmount


class Model(Answer):
    """A model and what it costs now, in each currency that it has a price in."""

    model_id: str
    display_name: str
    provider_id: str
    status: ModelStatus
    thermal_state: ThermalState
    prices: list[CurrentPrice]

    @classmethod
    def of(cls, model: models.Model, current: Sequence[ModelPrice]) -> Self:
        """Show a model."""
        return cls(
            model_id=model.model_id,
            display_name=model.display_name,
            provider_id=model.provider_id,
            status=model.status,
            thermal_state=model.thermal_state,
            prices=[CurrentPrice.model_validate(price) for price in current],
        )


class ModelList(Answer):
    """A page of models, by their ids."""

    items: list[Model]
    next_cursor: str | None = None


class SyncedModels(Answer):
    """The ids of the models that a price list added, changed and left as they were."""

    source: Literal["request", "configured"]
    added: list[str]
    changed: list[str]
    unchanged: list[str]


@route(
    "GET",
    "/v1/pricing/models",
    permission="billing:read",
    query=ModelQuery,
    answer=ModelList,
)
def list_models(call: Call, query: ModelQuery) -> ModelList:
    """List the models and what they cost."""
    operator = settings().operator
    page = models.find_all(
        call.session,
        operator,
        limit=query.limit,
        after=from_cursor(query.cursor, _model_id),
        status=query.status,
    )
    ids = [model.model_id for model in page.items]
    current = prices.current(call.session, operator, call.now, ids)
    return ModelList(
        items=[Model.of(model, current.get(model.model_id, ())) for model in page.items],
        next_cursor=to_cursor(page.next_key),
    )


def _new_model_id(text: str) -> str:
    """Read an id that need not exist yet, and must be one that can."""
    if not re.fullmatch(ID_PATTERN, text):
        raise BadRequest("A model's id is made of a-z, 0-9 and ._-, such as example-large-2.")
    return text


@route(
    "PUT",
    "/v1/pricing/models/{modelId}",
    permission="billing:price",
    path_id=_new_model_id,
    body=PutModel,
    answer=Model,
)
def put_model(call: Call, model_id: str, body: PutModel) -> Model:
    """Add a model, or change what it is and costs."""
    price_list.put_model(call.session, call.now, call.tenant_id, model_id, body, call.origin)
    current = prices.current(call.session, call.tenant_id, call.now, [model_id])
    model = models.read_model(call.session, call.tenant_id, model_id)
    return Model.of(model, current.get(model_id, ()))


@route(
    "POST",
    "/v1/pricing/sync",
    permission="billing:price",
    body=SyncPricing,
    answer=SyncedModels,
)
def sync_pricing(call: Call, body: SyncPricing) -> SyncedModels:
    """Bring the models to a price list: all of it, or nothing."""
    listed = _configured() if body.models is None else PriceList(models=body.models)
    synced = price_list.sync(call.session, call.now, call.tenant_id, listed, call.origin)
    return SyncedModels(
        source="configured" if body.models is None else "request",
        added=[*synced.added],
        changed=[*synced.changed],
        unchanged=[*synced.unchanged],
    )


def _configured() -> PriceList:
    address = settings().pricing_source_url
    if address is None:
        raise Conflict("No price list is configured: send one, or set PRICING_SOURCE_URL.")
    try:
        return PriceList.model_validate_json(downloads.fetch(address))
    except ValidationError as error:
        raise Unprocessable(f"The configured price list is wrong: {reason_of(error)}.") from error


def _model_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text):
        raise ValueError("no model has such an id")
    return text
