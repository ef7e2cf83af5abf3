"""Models and prices over the API: the operator writes, everybody reads."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Self
from urllib.error import HTTPError, URLError

import pytest

from handlers.platform.base import downloads
from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import MisconfiguredError, settings

from .conftest import Caller, Client
from .metering.test_ingest import event

PRICE = {"currency": "USD", "inputPerMillion": "2.50", "outputPerMillion": "10"}
TERMS = {"displayName": "Example Large", "providerId": "example-ai", "prices": [PRICE]}
PATH = "/v1/pricing/models/example-large"


def listed(model_id: str, **fields: Any) -> dict[str, Any]:
    return {"modelId": model_id, **TERMS, **fields}


def test_a_model_is_added_and_seen_by_every_tenant(
    operator_admin: Client, tenant_admin: Client
) -> None:
    reply = operator_admin.request("PUT", PATH, TERMS)
    assert reply.status == 200
    (found,) = tenant_admin.get("/v1/pricing/models").json["items"]
    assert found == reply.json
    (price,) = found.pop("prices")
    assert price.pop("validFrom")
    assert price == {"currency": "USD", "inputPerMillion": "2.5", "outputPerMillion": "10"}
    assert found == {
        "modelId": "example-large",
        "displayName": "Example Large",
        "providerId": "example-ai",
        "status": "inactive",
        "thermalState": "off",
    }


def test_usage_costs_what_the_operator_says(operator_admin: Client, tenant_admin: Client) -> None:
    operator_admin.request("PUT", PATH, TERMS)
    answer = tenant_admin.post(
        "/v1/metering/record", event("a", inputTokens=1_000_000, outputTokens=500_000)
    ).json
    costs = answer["providerCost"], answer["billedCost"], answer["estimated"]
    assert costs == ("7.5", "9", False)


def test_doing_it_again_changes_nothing(operator_admin: Client) -> None:
    first = operator_admin.request("PUT", PATH, TERMS).json
    assert operator_admin.request("PUT", PATH, TERMS).json == first


@pytest.mark.parametrize("role", ["super_admin", "admin"])
def test_no_other_tenant_prices_anything(tenant: TenantId, caller: Caller, role: str) -> None:
    assert caller(tenant, role).request("PUT", PATH, TERMS).status == 403
    assert caller(tenant, role).post("/v1/pricing/sync", {}).status == 403


def test_at_the_operator_only_who_has_all_of_billing_does(
    operator: TenantId, caller: Caller
) -> None:
    assert caller(operator, "admin").request("PUT", PATH, TERMS).status == 403


@pytest.mark.parametrize("model_id", ["Example", "-example", "x" * 101, "a%20b"])
def test_an_id_that_cannot_be_one_is_refused(operator_admin: Client, model_id: str) -> None:
    assert operator_admin.request("PUT", f"/v1/pricing/models/{model_id}", TERMS).status == 400


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"inputPerMillion": 2.5}, "/prices/0/inputPerMillion"),
        ({"inputPerMillion": "-1"}, "/prices/0/inputPerMillion"),
        ({"inputPerMillion": "1e3"}, "/prices/0/inputPerMillion"),
        ({"inputPerMillion": "0.0000001"}, "/prices/0/inputPerMillion"),
        ({"inputPerMillion": "0", "outputPerMillion": "0.00"}, "/prices/0"),
        ({"currency": "XXX"}, "/prices/0/currency"),
        ({"validFrom": "2026-01-01T00:00:00"}, "/prices/0/validFrom"),
    ],
)
def test_a_price_that_is_none_is_refused_with_its_place(
    operator_admin: Client, fields: dict[str, Any], place: str
) -> None:
    reply = operator_admin.request("PUT", PATH, TERMS | {"prices": [PRICE | fields]})
    assert reply.status == 400
    assert [error["field"] for error in reply.json["errors"]] == [place]


def test_models_are_listed_page_by_page(operator_admin: Client, tenant_admin: Client) -> None:
    body = {"models": [listed(f"m{n}") for n in range(3)]}
    assert operator_admin.post("/v1/pricing/sync", body).json == {
        "source": "request",
        "added": ["m0", "m1", "m2"],
        "changed": [],
        "unchanged": [],
    }
    first = tenant_admin.get("/v1/pricing/models", query={"limit": "2"}).json
    assert [model["modelId"] for model in first["items"]] == ["m0", "m1"]
    query = {"limit": "2", "cursor": first["nextCursor"]}
    second = tenant_admin.get("/v1/pricing/models", query=query).json
    assert [model["modelId"] for model in second["items"]] == ["m2"]
    assert "nextCursor" not in second
    assert tenant_admin.get("/v1/pricing/models", query={"status": "active"}).json["items"] == []


def test_a_list_that_names_a_model_twice_is_refused_as_a_whole(
    operator_admin: Client, tenant_admin: Client
) -> None:
    reply = operator_admin.post("/v1/pricing/sync", {"models": [listed("a"), listed("a")]})
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "/models")
    assert tenant_admin.get("/v1/pricing/models").json["items"] == []


class TestConfiguredSource:
    @pytest.fixture(autouse=True)
    def source(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
        """Serve documents by their addresses, as if they were fetched."""
        documents: dict[str, bytes] = {}
        monkeypatch.setattr(downloads, "fetch", documents.__getitem__)
        monkeypatch.setenv("PRICING_SOURCE_URL", "https://prices.example/list.json")
        settings.cache_clear()
        return documents

    def test_it_is_what_a_sync_without_a_list_brings(
        self, operator_admin: Client, source: dict[str, bytes]
    ) -> None:
        document = json.dumps({"models": [listed("a")]}).encode()
        source["https://prices.example/list.json"] = document
        answer = operator_admin.post("/v1/pricing/sync", {}).json
        assert (answer["source"], answer["added"]) == ("configured", ["a"])
        assert operator_admin.post("/v1/pricing/sync", {}).json["unchanged"] == ["a"]

    def test_a_fault_in_it_is_named_and_changes_nothing(
        self, operator_admin: Client, source: dict[str, bytes]
    ) -> None:
        wrong = listed("b", prices=[PRICE | {"inputPerMillion": "a lot"}])
        document = json.dumps({"models": [listed("a"), wrong]}).encode()
        source["https://prices.example/list.json"] = document
        reply = operator_admin.post("/v1/pricing/sync", {})
        assert reply.status == 422
        assert "inputPerMillion" in reply.json["detail"]
        assert operator_admin.get("/v1/pricing/models").json["items"] == []


def test_without_a_source_there_is_nothing_to_sync(operator_admin: Client) -> None:
    reply = operator_admin.post("/v1/pricing/sync", {})
    assert (reply.status, "PRICING_SOURCE_URL" in reply.json["detail"]) == (409, True)


class _Opener:
    """Answers every request with one document, or fails."""

    def __init__(self, answer: bytes | Exception) -> None:
        self._answer = answer

    def open(self, request: Any, timeout: float) -> Self:
        assert timeout <= 5
        if isinstance(self._answer, Exception):
            raise self._answer
        return self

    def read(self, size: int) -> bytes:
        assert isinstance(self._answer, bytes)
        return self._answer[:size]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    "answer", [URLError("refused"), TimeoutError(), b" " * (downloads.MAX_BYTES + 1)]
)
def test_a_source_that_fails_or_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception
) -> None:
    monkeypatch.setattr(downloads, "_opener", lambda: _Opener(answer))
    with pytest.raises(ServiceUnavailable):
        downloads.fetch("https://prices.example/list.json")


@pytest.mark.parametrize("address", ["http://prices.example/", "file:///etc/passwd", "ftp://a/b"])
def test_only_https_is_a_source(address: str) -> None:
    with pytest.raises(MisconfiguredError):
        downloads.fetch(address)


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody to another address."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_redirect_is_not_followed() -> None:
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        answering = Thread(target=server.handle_request, daemon=True)
        answering.start()
        with pytest.raises(HTTPError) as caught:
            downloads._opener().open(f"http://127.0.0.1:{server.server_port}/", timeout=5)
        answering.join()
    caught.value.close()  # an error is an open answer, too
    assert caught.value.code == 302
