"""Nonsense is refused when it is asked for, by field."""

from typing import Any

import pytest
from saasgen.testing import Database

from .conftest import (
    CONFIG,
    PATH,
    Crew,
    add_model,
    decide,
    deployed,
    in_tenant,
    request_of,
    told,
)

NOBODY = "019ca945-0a00-7000-8000-000000000000"


UNREADABLE: list[tuple[str, str, dict[str, Any], str]] = [
    ("user_role_change", "administrator", {"newRole": "king"}, "/details/newRole"),
    ("user_role_change", "administrator", {}, "/details/newRole"),
    ("user_role_change", "administrator", {"newRole": "admin", "x": 1}, "/details/x"),
    ("billing_change", "billing_settings", {"settings": {}}, "/details/settings"),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"marginPercent": 25.5}},
        "/details/settings/marginPercent",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"billingCycleDay": 29}},
        "/details/settings/billingCycleDay",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"alertThresholds": [90, 50]}},
        "/details/settings/alertThresholds",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"currency": "ABC"}},
        "/details/settings/currency",
    ),
    (
        "billing_change",
        "billing_settings",
        {"settings": {"marginTiers": [{"marginPercent": "5.00", "upToMinor": 100}]}},
        "/details/settings",
    ),
    ("deployment", "environment", {"version": "latest; rm -rf /"}, "/details/version"),
    ("promotion", "deployment", {"targetEnvironment": "dev"}, "/details/targetEnvironment"),
    (
        "provider_change",
        "model_provider",
        {"config": {**CONFIG, "apiKeySecretArn": "hunter2"}},
        "/details/config/apiKeySecretArn",
    ),
    (
        "provider_change",
        "model_provider",
        {"config": {**CONFIG, "baseUrl": "http://api.example.com"}},
        "/details/config/baseUrl",
    ),
    ("model_activation", "model", {"newStatus": "active"}, "/details/thermalState"),
]


@pytest.mark.parametrize(("kind", "resource", "details", "field"), UNREADABLE)
def test_details_of_another_shape_are_refused_by_field(
    operators: Crew, kind: str, resource: str, details: dict[str, Any], field: str
) -> None:
    reply = operators.asking.post(PATH, request_of(kind, resource, "example", **details))

    assert reply.status == 400, reply.text
    assert field in [error["field"] for error in reply.json["errors"]]


SENSELESS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("user_role_change", "administrator", "clerk", {"newRole": "auditor"}, "/resourceId"),
    ("user_role_change", "administrator", NOBODY, {"newRole": "auditor"}, "/resourceId"),
    ("user_role_change", "user", "CLERK", {"newRole": "auditor"}, "/resourceType"),
    ("user_role_change", "administrator", "CLERK", {"newRole": "operator"}, "/details/newRole"),
    (
        "billing_change",
        "billing_settings",
        NOBODY,
        {"settings": {"autoPay": True}},
        "/resourceId",
    ),
    (
        "billing_change",
        "billing_settings",
        "TENANT",
        {"settings": {"autoPay": False}},
        "/details/settings",
    ),
    (
        "billing_change",
        "billing_settings",
        "TENANT",
        {"settings": {"marginType": "tiered"}},
        "/details/settings/marginType",
    ),
    ("deployment", "environment", "dev", {"version": "1.0.0"}, "/resourceId"),
    ("promotion", "deployment", NOBODY, {"targetEnvironment": "prod"}, "/resourceId"),
    (
        "promotion",
        "deployment",
        "DEPLOYMENT",
        {"targetEnvironment": "staging"},
        "/details/targetEnvironment",
    ),
    (
        "model_activation",
        "model",
        "none",
        {"newStatus": "active", "thermalState": "hot"},
        "/resourceId",
    ),
    (
        "model_activation",
        "model",
        "example-1",
        {"newStatus": "inactive", "thermalState": "off"},
        "/details/newStatus",
    ),
    ("provider_change", "model_provider", "No Name", {"config": CONFIG}, "/resourceId"),
]


@pytest.mark.parametrize(("kind", "resource", "resource_id", "details", "field"), SENSELESS)
def test_nonsense_is_refused_by_field(
    operators: Crew, kind: str, resource: str, resource_id: str, details: dict[str, Any], field: str
) -> None:
    add_model(operators.tenant)
    names = {"CLERK": operators.clerk.administrator_id, "TENANT": operators.tenant}
    if resource_id == "DEPLOYMENT":
        names["DEPLOYMENT"] = deployed(operators, "1.0.0")  # type: ignore[assignment]

    reply = operators.asking.post(
        PATH, request_of(kind, resource, names.get(resource_id, resource_id), **details)
    )

    assert reply.status == 422, reply.text
    assert [error["field"] for error in reply.json["errors"]] == [field]
    assert told("approval.requested") == [] or resource_id == "DEPLOYMENT"


@pytest.mark.parametrize(
    ("kind", "resource", "resource_id", "details"),
    [
        ("deployment", "environment", "prod", {"version": "1.0.0"}),
        ("promotion", "deployment", NOBODY, {"targetEnvironment": "prod"}),
        ("provider_change", "model_provider", "example-ai", {"config": CONFIG}),
        (
            "model_activation",
            "model",
            "example-1",
            {"newStatus": "active", "thermalState": "hot"},
        ),
    ],
)
def test_what_all_tenants_share_is_the_operators_alone(
    crew: Crew, kind: str, resource: str, resource_id: str, details: dict[str, Any]
) -> None:
    body = request_of(kind, resource, resource_id, **details)
    assert crew.deciding.post(PATH, body).status == 403


def test_a_customer_does_not_set_the_margin_it_pays(crew: Crew) -> None:
    settings = {"marginPercent": "0.00", "taxEnabled": False, "autoPay": True}
    body = request_of("billing_change", "billing_settings", crew.tenant, settings=settings)

    reply = crew.deciding.post(PATH, body)

    assert reply.status == 403
    assert [error["field"] for error in reply.json["errors"]] == [
        "/details/settings/marginPercent",
        "/details/settings/taxEnabled",
    ]


def test_tiers_and_a_budget_come_and_go(operators: Crew) -> None:
    tiers = [{"marginPercent": "20.00", "upToMinor": 100_000}, {"marginPercent": "12.50"}]
    for settings in (
        {"marginType": "tiered", "marginTiers": tiers, "budgetLimitMinor": 500_000},
        {"budgetLimitMinor": None},
    ):
        body = request_of("billing_change", "billing_settings", operators.tenant, settings=settings)
        assert decide(operators.deciding, operators.ask(body)).status == 200

    shown = operators.asking.get("/v1/billing/settings").json
    assert (shown["marginType"], shown["marginTiers"]) == ("tiered", tiers)
    assert "budgetLimitMinor" not in shown


def test_without_settings_of_its_own_a_tenant_is_billed_by_the_tables_defaults(
    crew: Crew, database: Database
) -> None:
    shown = crew.asking.get("/v1/billing/settings").json
    in_tenant(
        crew.tenant,
        "INSERT INTO billing_settings (tenant_id, created_at, updated_at)"
        " VALUES (%s, now(), now())",
        crew.tenant,
    )
    assert crew.asking.get("/v1/billing/settings").json == shown
    assert shown["marginPercent"] == "20.00"
