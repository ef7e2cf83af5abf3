"""What is approved is executed once, and told with what was and what is."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.domain import audit
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging.events import Event

from .conftest import (
    CONFIG,
    Crew,
    add_model,
    decide,
    deployed,
    deployment,
    environment,
    in_tenant,
    promotion,
    request_of,
    told,
)


def audited(tenant: TenantId) -> dict[str, dict[str, Any]]:
    """Write the trail of all that has happened and return its last entries, by event type."""
    with sessions.service_session() as session:
        rows = session.all(
            "SELECT event_id, event_type, tenant_id, created_at AS occurred_at, payload AS data,"
            " correlation_id FROM outbox WHERE tenant_id = %s ORDER BY event_id",
            [tenant],
        )
    with sessions.tenant_session(tenant) as session:
        for row in rows:
            audit.record(session, row["occurred_at"], Event(**row))
        entries = session.all("SELECT * FROM audit_entries ORDER BY sequence")
    assert all(entry["resource_id"] != "*" for entry in entries)
    return {entry["action"]: entry for entry in entries}


Prepared = tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]


def prepare_deployment(crew: Crew) -> Prepared:
    deployed(crew, "1.3.9")
    return deployment("1.4.0"), "deployment.approved", {"version": "1.3.9"}, {"version": "1.4.0"}


def prepare_promotion(crew: Crew) -> Prepared:
    return promotion(crew), "deployment.promoted", {"promotedTo": None}, {"promotedTo": "prod"}


def prepare_model_activation(crew: Crew) -> Prepared:
    add_model(crew.tenant)
    body = request_of(
        "model_activation", "model", "example-1", newStatus="active", thermalState="warm"
    )
    was, after = (
        {"status": "inactive", "thermalState": "off"},
        {"status": "active", "thermalState": "warm"},
    )
    return body, "model.changed", was, after


def prepare_provider_change(crew: Crew) -> Prepared:
    add_model(crew.tenant)
    body = request_of("provider_change", "model_provider", "example-ai", config=CONFIG)
    after = {**CONFIG, "timeoutS": 60, "maxConcurrency": 100}
    return body, "model_provider.changed", {}, after


def prepare_user_role_change(crew: Crew) -> Prepared:
    was, after = {"role": "operator"}, {"role": "auditor"}
    return crew.role_change("auditor"), "administrator.role_changed", was, after


def prepare_billing_change(crew: Crew) -> Prepared:
    after = {"marginPercent": "25.50", "alertThresholds": [80, 100]}
    body = request_of("billing_change", "billing_settings", crew.tenant, settings=after)
    was = {"marginPercent": "20.00", "alertThresholds": [50, 75, 90, 100]}
    return body, "billing_settings.changed", was, after


PREPARATIONS = [
    prepare_deployment,
    prepare_promotion,
    prepare_model_activation,
    prepare_provider_change,
    prepare_user_role_change,
    prepare_billing_change,
]


@pytest.mark.parametrize("prepare", PREPARATIONS, ids=lambda prepare: prepare.__name__[8:])
def test_every_type_is_executed_once_and_told_with_what_it_was(
    operators: Crew, prepare: Callable[[Crew], Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    if prepare is prepare_promotion:
        environment(monkeypatch, "staging", two_people=False)
    body, effect, was, after = prepare(operators)
    effects = len(told(effect))

    asked = operators.ask(body)
    assert len(told(effect)) == effects
    assert asked["before"] == told("approval.requested")[-1]["after"]["before"]

    approved = decide(operators.deciding, asked)
    again = decide(operators.deciding, asked)

    assert (approved.status, approved.json["status"], again.status) == (200, "approved", 409)
    assert len(told(effect)) == effects + 1
    event = told(effect)[-1]
    assert (event["before"], event["after"]) == (was, after)
    assert event["actor"] == f"user:{operators.chief.cognito_sub}"
    entries = audited(operators.tenant)
    assert (entries[effect]["before"], entries[effect]["after"]) == (was, after)
    about = {name: entries["approval.approved"][name] for name in ("resource_type", "resource_id")}
    assert about == {"resource_type": "approval", "resource_id": asked["approvalId"]}
    (decision,) = [e for e in told("approval.approved") if e["approvalId"] == asked["approvalId"]]
    assert (decision["before"], decision["after"]) == (
        {"status": "pending"},
        {"status": "approved"},
    )


def test_what_was_approved_is_the_state_of_things_afterwards(operators: Crew) -> None:
    for prepare in (prepare_provider_change, prepare_billing_change, prepare_user_role_change):
        body, *_ = prepare(operators)
        decide(operators.deciding, operators.ask(body))
    activation = request_of(
        "model_activation", "model", "example-1", newStatus="active", thermalState="hot"
    )
    decide(operators.deciding, operators.ask(activation))

    shown = operators.deciding.get("/v1/billing/settings").json
    assert (shown["marginPercent"], shown["alertThresholds"]) == ("25.50", [80, 100])
    assert operators.role_of_the_clerk() == "auditor"
    (model,) = in_tenant(operators.tenant, "SELECT status, thermal_state FROM models")
    assert model == {"status": "active", "thermal_state": "hot"}
    (provider,) = in_tenant(operators.tenant, "SELECT config FROM model_providers")
    assert provider["config"] == {**CONFIG, "timeoutS": 60, "maxConcurrency": 100}


def test_deployments_form_a_row_and_know_their_approval(operators: Crew) -> None:
    first = deployed(operators, "1.0.0")
    second = deployed(operators, "1.1.0")

    rows = in_tenant(
        operators.tenant,
        "SELECT deployment_id::text AS id, replaces::text, environment FROM deployments"
        " ORDER BY deployment_id",
    )
    assert rows == [
        {"id": first, "replaces": None, "environment": "prod"},
        {"id": second, "replaces": first, "environment": "prod"},
    ]
