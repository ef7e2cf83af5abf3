"""Models and their prices: the operator's, followed by new ones and never rewritten."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from handlers.domain.base.origin import Origin
from handlers.domain.model_registry import models, price_list, prices
from handlers.domain.model_registry.price_list import PriceList
from handlers.domain.model_registry.prices import NewPrice
from handlers.platform.base.errors import Conflict, Unprocessable
from handlers.platform.database import sessions

ORIGIN = Origin("user:ada", UUID(int=0xC0FFEE))


@pytest.fixture
def sync(database, operator, clock):
    def sync(*listed):
        with sessions.tenant_session(operator) as session:
            wanted = PriceList.model_validate({"models": [*listed]})
            return price_list.sync(session, clock(), operator, wanted, ORIGIN)

    return sync


def model(model_id="example-large", *listed, **fields):
    terms = {"displayName": "Example", "providerId": "example-ai"} | fields
    return {"modelId": model_id, **terms, "prices": [*listed]}


def price(input_price="1.50", output_price="6", **fields):
    amounts = {"inputPerMillion": input_price, "outputPerMillion": output_price}
    return {"currency": "USD", **amounts, **fields}


def _prices(operator):
    with sessions.tenant_session(operator) as session:
        return session.all("SELECT * FROM model_prices ORDER BY model_id, valid_from")


def test_a_list_says_what_it_added_changed_and_left(sync, clock):
    assert sync(model("a", price()), model("b")) == (["a", "b"], [], [])
    clock.forward(days=1)
    renamed = model("b", displayName="B")
    assert sync(renamed, model("a", price("1.5", "6.00")), model("c")) == (["c"], ["b"], ["a"])
    assert sync(model("a", price("2"))) == ([], ["a"], [])


def test_a_new_price_follows_on_the_one_before(sync, operator, clock):
    sync(model("a", price("1")))
    first = clock()
    clock.forward(days=1)
    sync(model("a", price("2")))
    rows = [(row["valid_from"], row["input_per_million"]) for row in _prices(operator)]
    assert rows == [(first, 1), (clock(), 2)]


def test_the_current_price_is_the_last_one_that_has_begun(sync, tenant, operator, clock):
    tomorrow = clock() + timedelta(days=1)
    sync(model("a", price("1"), price("9", currency="EUR"), price("2", validFrom=tomorrow)))
    for days, wanted in ((0, [("EUR", 9), ("USD", 1)]), (1, [("EUR", 9), ("USD", 2)])):
        with sessions.tenant_session(tenant) as session:
            moment = clock() + timedelta(days=days)
            found = prices.current(session, operator, moment, ["a", "b"])
        assert [(p.currency, p.input_per_million) for p in found["a"]] == wanted
        assert "b" not in found


def test_a_price_that_stands_is_never_changed(sync, operator, clock):
    moment = clock() - timedelta(days=1)
    sync(model("a", price("1", validFrom=moment)))
    assert sync(model("a", price("1.0", validFrom=moment))).unchanged == ["a"]
    with pytest.raises(Conflict, match="never changed"):
        sync(model("b"), model("a", price("2", validFrom=moment)))
    assert [row["input_per_million"] for row in _prices(operator)] == [1]


def test_a_list_with_one_fault_changes_nothing(sync, tenant, operator, clock):
    too_old = price(validFrom=clock() - timedelta(days=91))
    with pytest.raises(Unprocessable, match="90 days"):
        sync(model("a", price()), model("b", too_old))
    with sessions.tenant_session(tenant) as session:
        assert models.find_all(session, operator, limit=10).items == ()


def test_a_model_begins_as_one_that_nobody_may_use(sync, operator):
    sync(model("a"))
    with sessions.tenant_session(operator) as session:
        found = models.read_model(session, operator, "a")
    assert (found.status, found.thermal_state) == ("inactive", "off")
    assert (found.display_name, found.provider_id) == ("Example", "example-ai")


def test_changes_are_announced(sync, operator):
    sync(model("a", price()))
    with sessions.service_session() as session:
        rows = session.all("SELECT event_type, payload FROM outbox ORDER BY event_id")
    assert [row["event_type"] for row in rows] == [
        "model_provider.changed",
        "model.added",
        "model.priced",
    ]
    assert rows[2]["payload"]["after"]["inputPerMillion"] == "1.5"
    assert {row["payload"]["actor"] for row in rows} == {"user:ada"}


def test_nobody_but_the_operator_prices_anything(tenant, clock):
    new = NewPrice("a", "USD", Decimal(1), Decimal(1))
    with pytest.raises(psycopg.Error), sessions.tenant_session(tenant) as session:
        prices.add_price(session, clock(), tenant, new, ORIGIN)
