from dataclasses import fields
from decimal import Decimal

import pytest
from pydantic.alias_generators import to_camel

from handlers.catalog.add_ons import ADD_ONS
from handlers.catalog.plan_features import FEATURE_NAMES, plan_features, with_overrides
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS, can_upgrade
from handlers.catalog.tier import ADD_ON_IDS, TIER_IDS, SubscriptionTierId, TierFeatures

ALL_FORMATS = ("txt", "md", "pdf", "docx", "html", "json", "csv", "xml")


@pytest.mark.parametrize(
    ("tier_id", "expected"),
    [
        ("FREE", (0, 0, False, 1, 1, 0)),
        ("INDIVIDUAL", (2900, 29000, False, 1, 1, 5800)),
        ("FAMILY", (4900, 49000, False, 1, 5, 9800)),
        ("TEAM", (2500, 25000, True, 2, 25, 5000)),
        ("BUSINESS", (4500, 45000, True, 5, 150, 9000)),
        ("ENTERPRISE", (None, None, True, 50, None, None)),
        ("ENTERPRISE_PLUS", (None, None, True, 100, None, None)),
    ],
)
def test_a_tier_has_the_price_and_seats_of_the_price_list(
    tier_id: SubscriptionTierId, expected: tuple[object, ...]
) -> None:
    price = SUBSCRIPTION_TIERS[tier_id].pricing
    assert expected == (
        price.monthly,
        price.annual,
        price.per_user,
        price.min_users,
        price.max_users,
        price.annual_savings,
    )
    assert price.contact_sales is (price.monthly is None)


@pytest.mark.parametrize(
    ("tier_id", "credits_included", "requests", "tokens", "concurrent"),
    [
        ("FREE", "0.5", 10, 20_000, 1),
        ("INDIVIDUAL", "3", 60, 100_000, 5),
        ("FAMILY", "6", 120, 200_000, 10),
        ("TEAM", "3", 300, 500_000, 20),
        ("BUSINESS", "5", 1_000, 2_000_000, 50),
        ("ENTERPRISE", "10", 5_000, 10_000_000, 200),
        ("ENTERPRISE_PLUS", "15", 20_000, 50_000_000, None),
    ],
)
def test_a_tier_has_its_credits_and_rate_limits(
    tier_id: SubscriptionTierId,
    credits_included: str,
    requests: int,
    tokens: int,
    concurrent: int | None,
) -> None:
    tier = SUBSCRIPTION_TIERS[tier_id]
    assert tier.included_credits_per_user == Decimal(credits_included)
    limits = tier.rate_limits
    assert (limits.requests_per_minute, limits.tokens_per_minute) == (requests, tokens)
    assert limits.concurrent_requests == concurrent


@pytest.mark.parametrize(
    ("tier_id", "flags"),
    [
        ("FREE", 1),
        ("INDIVIDUAL", 4),
        ("FAMILY", 9),
        ("TEAM", 11),
        ("BUSINESS", 19),
        ("ENTERPRISE", 23),
        ("ENTERPRISE_PLUS", 25),
    ],
)
def test_a_tier_has_as_many_features_on_as_the_source_lists(
    tier_id: SubscriptionTierId, flags: int
) -> None:
    features = SUBSCRIPTION_TIERS[tier_id].features
    assert sum(getattr(features, item.name) is True for item in fields(TierFeatures)) == flags


@pytest.mark.parametrize(
    ("tier_id", "name", "value"),
    [
        ("FREE", "max_models_per_month", 5),
        ("FREE", "max_requests_per_day", 50),
        ("FREE", "watermarked_outputs", True),
        ("INDIVIDUAL", "max_requests_per_day", 1_000),
        ("FAMILY", "max_requests_per_day", 2_000),
        ("FAMILY", "team_workspaces", False),
        ("TEAM", "parental_controls", False),
        ("TEAM", "audit_logs", False),
        ("TEAM", "data_retention", "1_year"),
        ("TEAM", "max_tokens_per_request", 200_000),
        ("BUSINESS", "model_access", "full_plus_beta"),
        ("BUSINESS", "webhooks", True),
        ("BUSINESS", "dedicated_account_manager", False),
        ("ENTERPRISE", "uptime_guarantee", "99.9%"),
        ("ENTERPRISE", "dedicated_infrastructure", False),
        ("ENTERPRISE_PLUS", "uptime_guarantee", "99.99%"),
        ("ENTERPRISE_PLUS", "export_formats", ALL_FORMATS),
    ],
)
def test_a_feature_is_what_the_source_says(
    tier_id: SubscriptionTierId, name: str, value: object
) -> None:
    assert getattr(SUBSCRIPTION_TIERS[tier_id].features, name) == value


def test_tiers_are_in_order_and_keyed_by_their_id() -> None:
    assert tuple(SUBSCRIPTION_TIERS) == TIER_IDS
    assert [tier.sort_order for tier in SUBSCRIPTION_TIERS.values()] == list(range(7))
    assert tuple(ADD_ONS) == ADD_ON_IDS


def test_every_tier_can_be_translated() -> None:
    keys = [tier.localization_key for tier in SUBSCRIPTION_TIERS.values()]
    assert keys == [f"billing.tiers.{tier_id.lower()}" for tier_id in TIER_IDS]


@pytest.mark.parametrize(
    ("current", "wanted", "is_up"),
    [("FREE", "TEAM", True), ("TEAM", "TEAM", False), ("ENTERPRISE", "BUSINESS", False)],
)
def test_an_upgrade_is_a_step_up(
    current: SubscriptionTierId, wanted: SubscriptionTierId, is_up: bool
) -> None:
    assert can_upgrade(current, wanted) is is_up


def test_compliance_is_for_team_and_up_and_part_of_enterprise_plus() -> None:
    offering = {
        t.id for t in SUBSCRIPTION_TIERS.values() if "COMPLIANCE_ADDON" in t.available_add_ons
    }
    including = {
        t.id for t in SUBSCRIPTION_TIERS.values() if "COMPLIANCE_ADDON" in t.included_add_ons
    }
    assert offering == {"TEAM", "BUSINESS", "ENTERPRISE"}
    assert including == {"ENTERPRISE_PLUS"}
    assert (ADD_ONS["COMPLIANCE_ADDON"].monthly, ADD_ONS["COMPLIANCE_ADDON"].per_user) == (
        2500,
        True,
    )


def test_add_ons_without_a_list_price_are_sold_by_a_person() -> None:
    assert ADD_ONS["API_POWER_PACK"].monthly is None
    assert ADD_ONS["PRIORITY_SUPPORT"].annual is None


@pytest.mark.parametrize("tier_id", TIER_IDS)
def test_every_plan_answers_every_feature_a_token_names(tier_id: SubscriptionTierId) -> None:
    assert set(plan_features(tier_id)) == FEATURE_NAMES


def test_the_feature_matrix_of_tokens_follows_the_tiers() -> None:
    free, team, business = (plan_features(t) for t in ("FREE", "TEAM", "BUSINESS"))  # type: ignore[arg-type]
    assert (free["apiAccess"], free["invoiceExport"], free["maxUsers"]) == (False, False, 1)
    assert (team["apiAccess"], team["auditLog"], team["maxUsers"]) == (True, False, 25)
    assert (business["auditLog"], business["webhooks"]) == (True, True)
    assert plan_features("ENTERPRISE")["maxUsers"] is None


def test_an_override_wins_over_the_plan_and_an_unknown_one_is_left_out() -> None:
    features = with_overrides(plan_features("FREE"), {"webhooks": True, "freeBeer": True})
    assert features["webhooks"] is True
    assert "freeBeer" not in features


@pytest.mark.parametrize(("snake", "expected"), [("id", "id"), ("max_users", "maxUsers")])
def test_json_names_are_camel_case(snake: str, expected: str) -> None:
    assert to_camel(snake) == expected
