from typing import Any

import psycopg
import pytest

from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

from .conftest import Client


def test_everybody_reads_the_catalogue(context: Any) -> None:
    reply = Client(None, context).get("/v1/subscription-tiers")
    assert reply.status == 200
    tiers = {tier["id"]: tier for tier in reply.json["tiers"]}
    assert list(tiers) == [
        "FREE",
        "INDIVIDUAL",
        "FAMILY",
        "TEAM",
        "BUSINESS",
        "ENTERPRISE",
        "ENTERPRISE_PLUS",
    ]
    assert tiers["TEAM"]["pricing"] == {
        "currency": "USD",
        "monthlyMinor": 2500,
        "annualMinor": 25000,
        "annualSavingsMinor": 5000,
        "perUser": True,
        "minUsers": 2,
        "maxUsers": 25,
        "contactSales": False,
    }
    assert tiers["FREE"]["includedCreditsPerUser"] == "0.5"
    assert "monthlyMinor" not in tiers["ENTERPRISE"]["pricing"]
    assert tiers["ENTERPRISE_PLUS"]["features"]["onPremiseDeployment"] is True
    assert "concurrentRequests" not in tiers["ENTERPRISE_PLUS"]["rateLimits"]
    assert [a["id"] for a in reply.json["addOns"] if a["contactSales"]] == [
        "API_POWER_PACK",
        "PRIORITY_SUPPORT",
    ]


@pytest.mark.parametrize(("currency", "monthly"), [("EUR", 2500), ("JPY", 25), ("KWD", 25000)])
def test_prices_are_minor_units_of_the_stacks_currency(
    monkeypatch: pytest.MonkeyPatch, context: Any, currency: str, monthly: int
) -> None:
    monkeypatch.setenv("CURRENCY", currency)
    settings.cache_clear()
    tiers = Client(None, context).get("/v1/subscription-tiers").json["tiers"]
    (team,) = [tier["pricing"] for tier in tiers if tier["id"] == "TEAM"]
    assert (team["currency"], team["monthlyMinor"]) == (currency, monthly)


def test_health_tells_what_runs(anyone: Client) -> None:
    reply = anyone.get("/v1/health")
    assert reply.status == 200
    assert reply.json["migrationLevel"] >= 7
    assert (reply.json["status"], reply.json["database"]) == ("ok", "ok")
    assert reply.json["product"] == "Acme Billing"


def test_health_fails_with_the_database(anyone: Client) -> None:
    def unreachable(_role: object) -> Any:
        raise psycopg.OperationalError("connection refused")

    with sessions.connected_by(unreachable):
        assert anyone.get("/v1/health").status == 503
