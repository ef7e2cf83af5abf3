"""What models cost, from when on.

A price that stands is never changed, so that it cannot rewrite what was billed by it: a new one
follows on it. One that is dated back prices the usage anew that is not invoiced yet
(`handlers.domain.metering.repricing`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.metering.retention import RAW_LIFE
from handlers.platform.base.errors import Conflict, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import plain
from handlers.platform.database.sessions import Session

_AT_MOMENT: Final = """
    SELECT model_id, currency, valid_from, input_per_million, output_per_million
      FROM model_prices
     WHERE tenant_id = %(tenant)s AND model_id = %(model_id)s AND currency = %(currency)s
       AND valid_from = %(moment)s
"""
_IN_FORCE: Final = """
    SELECT model_id, currency, valid_from, input_per_million, output_per_million
      FROM model_prices
     WHERE tenant_id = %(tenant)s AND model_id = %(model_id)s AND currency = %(currency)s
       AND valid_from <= %(moment)s
     ORDER BY valid_from DESC
     LIMIT 1
"""
_CURRENT: Final = """
    SELECT DISTINCT ON (model_id, currency)
           model_id, currency, valid_from, input_per_million, output_per_million
      FROM model_prices
     WHERE tenant_id = %(tenant)s AND model_id = ANY(%(models)s) AND valid_from <= %(now)s
     ORDER BY model_id, currency, valid_from DESC
"""
_ADD: Final = """
    INSERT INTO model_prices (tenant_id, model_id, currency, valid_from, input_per_million,
                              output_per_million, created_at)
    VALUES (%(tenant)s, %(model_id)s, %(currency)s, %(valid_from)s, %(input_per_million)s,
            %(output_per_million)s, %(now)s)
    ON CONFLICT DO NOTHING
"""


class ModelPrice(NamedTuple):
    """What a million tokens cost, in major units of the currency."""

    model_id: str
    currency: str
    valid_from: datetime
    input_per_million: Decimal
    output_per_million: Decimal


class NewPrice(NamedTuple):
    """A price to come; without ``valid_from`` it holds from now on."""

    model_id: str
    currency: str
    input_per_million: Decimal
    output_per_million: Decimal
    valid_from: datetime | None = None


def current(
    session: Session, operator: TenantId, now: datetime, model_ids: Iterable[str]
) -> Mapping[str, Sequence[ModelPrice]]:
    """Read what models cost now, by model and then by currency."""
    values = {"tenant": operator, "models": list(model_ids), "now": now}
    prices: dict[str, list[ModelPrice]] = {}
    for row in session.all(_CURRENT, values):
        prices.setdefault(row["model_id"], []).append(ModelPrice(**row))
    return prices


def add_price(
    session: Session, now: datetime, tenant_id: TenantId, wanted: NewPrice, origin: Origin
) -> bool:
    """Add a price in the operator's context; False if it is the price already.

    Raises:
        Conflict: Another price holds from that very moment.
        Unprocessable: It is dated back to usage that is no longer there.
    """
    valid_from = now if wanted.valid_from is None else wanted.valid_from
    values = {"tenant": tenant_id, "now": now, "moment": valid_from, **wanted._asdict()}
    standing = session.one(_IN_FORCE if wanted.valid_from is None else _AT_MOMENT, values)
    if standing is not None and _amounts(ModelPrice(**standing)) == _amounts(wanted):
        return False
    if valid_from < now - RAW_LIFE:
        raise Unprocessable(
            f"{wanted.model_id} cannot be priced from {valid_from:%Y-%m-%d} on: usage is kept for "
            f"{RAW_LIFE.days} days, and what is older cannot be priced anew."
        )
    if session.execute(_ADD, values | {"valid_from": valid_from}) == 0:
        raise Conflict(
            f"{wanted.model_id} has another price in {wanted.currency} from {valid_from:%FT%T%z} "
            "on. A price that stands is never changed: let the new one hold from another moment."
        )
    _publish(session, now, wanted, valid_from, origin)
    return True


def _publish(
    session: Session, now: datetime, added: NewPrice, valid_from: datetime, origin: Origin
) -> None:
    after: dict[str, Any] = {
        "currency": added.currency,
        "inputPerMillion": plain(added.input_per_million),
        "outputPerMillion": plain(added.output_per_million),
        "validFrom": valid_from.isoformat(),
    }
    publish_change(session, now, "model.priced", {"modelId": added.model_id}, origin, after=after)


def _amounts(price: ModelPrice | NewPrice) -> tuple[Decimal, Decimal]:
    return price.input_per_million, price.output_per_million
