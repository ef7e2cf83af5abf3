"""Who is told what about which event, and how urgently."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from handlers.domain.access.administrators import Administrator
from handlers.domain.notifications.administrators.rules import (
    LIFE,
    RULES,
    Notice,
    UnknownOccasionError,
    notice_for,
)
from handlers.platform.base.ids import AdministratorId, TenantId

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAFF = {
    "root": "super_admin",
    "second": "super_admin",
    "admin": "admin",
    "operator": "operator",
    "auditor": "auditor",
}
IDS = {name: str(UUID(int=number)) for number, name in enumerate(STAFF)}
EVERYBODY = " ".join(STAFF)

INVITATION = {"email": "bob@b.example", "role": "auditor", "invitedBy": "Ada", "invitationId": "i"}
PERIOD = {"periodStart": "2026-03-01T12:00:00+00:00", "periodEnd": "2026-04-01T12:00:00+00:00"}
PRICE = {"amount": 7500, "currency": "USD"}
SUBSCRIPTION = {"subscriptionId": "s", "planId": "TEAM", "seatCount": 3, **PRICE, **PERIOD}
INVOICE = {"invoiceId": "i", "number": 12, "dueAt": "2026-03-15T12:00:00+00:00", **PRICE}
MACHINE = {"machineClientId": "m", "clientId": "4c", "name": "Meter", "scopes": ["billing.read"]}
BUDGET = {"spent": 8000, "budget": 10000, "currency": "USD", **PERIOD}
ENDS = "2026-03-02T12:00:00+00:00"
REQUEST = {
    "approvalId": "a",
    "requestedByName": "Grace",
    "action": "deploy",
    "resourceType": "stack",
    "resourceId": "prod",
    "priority": "high",
    "decidedByName": "Root",
    "reason": "Not on a Friday.",
    "expiresAt": ENDS,
}
DEPLOYMENT = {"deploymentId": "d", "approvalId": "a", "environment": "staging", "version": "1.2.3"}


def administrator(name: str, role: str = "operator") -> dict[str, Any]:
    return {"administratorId": IDS[name], "name": "Ada", "role": role}


def requested_by(name: str, **others: str) -> dict[str, Any]:
    return REQUEST | {"requestedBy": IDS[name]} | others


class Case(NamedTuple):
    """An event, who caused it, and who is told: how urgently, and under which title."""

    event_type: str
    data: dict[str, Any]
    actor: str
    told: dict[str, tuple[str, str]]


CASES = [
    Case(
        "tenant.updated",
        {"after": {"name": "X"}},
        "admin",
        {"root second": ("system low", "Your organisation was changed")},
    ),
    Case("tenant.suspended", {"name": "X"}, "", {EVERYBODY: ("alert critical", "X is suspended")}),
    Case("tenant.reactivated", {"name": "X"}, "", {EVERYBODY: ("alert high", "X is active again")}),
    Case(
        "subscription.created",
        SUBSCRIPTION,
        "root",
        {"second admin operator auditor": ("billing medium", "New subscription: Team")},
    ),
    Case("invoice.finalized", INVOICE, "", {EVERYBODY: ("billing medium", "Invoice 12 is ready")}),
    Case("invoice.overdue", INVOICE, "", {EVERYBODY: ("billing high", "Invoice 12 is overdue")}),
    Case("invoice.paid", INVOICE, "", {EVERYBODY: ("billing low", "Invoice 12 is paid")}),
    Case(
        "invoice.voided",
        {"invoiceId": "i", **PRICE},
        "root",
        {"second admin operator auditor": ("billing medium", "A draft of an invoice is cancelled")},
    ),
    Case(
        "invoice.credited",
        INVOICE | {"creditedNumber": 11, "amount": -500},
        "",
        {EVERYBODY: ("billing medium", "Credit note 12 on invoice 11 is ready")},
    ),
    Case(
        "budget.reached",
        BUDGET | {"threshold": 75},
        "",
        {EVERYBODY: ("billing high", "75 % of the budget are reached")},
    ),
    Case(
        "budget.reached",
        BUDGET | {"threshold": 100},
        "",
        {EVERYBODY: ("billing critical", "100 % of the budget are reached")},
    ),
    Case(
        "invoice.payment_failed",
        INVOICE | {"reason": "insufficient_funds"},
        "",
        {EVERYBODY: ("alert high", "The payment of invoice 12 failed")},
    ),
    Case(
        "reconciliation.differed",
        {"counts": {"missing_there": 2}, "compared": 9},
        "",
        {EVERYBODY: ("alert high", "Payments do not agree with the provider's")},
    ),
    Case(
        "refund.failed",
        INVOICE | {"customerTenantId": "t", "reason": "lost_or_stolen_card", "isFinal": True},
        "stripe",
        {EVERYBODY: ("alert high", "The refund of credit note 12 failed")},
    ),
    Case(
        "billing_settings.changed",
        {"after": {"taxId": "1"}},
        "root",
        {"second admin operator auditor": ("billing high", "Billing settings were changed")},
    ),
    Case(
        "invitation.created",
        INVITATION,
        "root",
        {"second admin": ("security low", "Invitation sent: bob@b.example")},
    ),
    Case(
        "invitation.resent",
        INVITATION,
        "admin",
        {"root second": ("security low", "Invitation sent again: bob@b.example")},
    ),
    Case(
        "invitation.revoked",
        INVITATION,
        "admin",
        {"root second": ("security low", "Invitation revoked: bob@b.example")},
    ),
    Case(
        "administrator.created",
        administrator("admin", "admin"),
        "",
        {"root second": ("security medium", "Ada has joined as administrator")},
    ),
    Case(
        "administrator.created",
        administrator("second", "super_admin"),
        "second",
        {"root admin": ("security critical", "Ada has joined as super administrator")},
    ),
    Case(
        "administrator.updated",
        administrator("auditor"),
        "admin",
        {"auditor": ("security low", "Your name was changed")},
    ),
    Case("administrator.updated", administrator("admin"), "admin", {}),
    Case(
        "administrator.role_changed",
        administrator("operator"),
        "admin",
        {
            "operator": ("security high", "You are operator now"),
            "root second": ("security high", "Ada is operator now"),
        },
    ),
    Case(
        "administrator.role_changed",
        administrator("second", "super_admin"),
        "root",
        {
            "second": ("security high", "You are super administrator now"),
            "admin": ("security critical", "Ada is super administrator now"),
        },
    ),
    Case(
        "administrator.deactivated",
        administrator("operator"),
        "admin",
        {"root second": ("security high", "Ada was deactivated")},
    ),
    Case(
        "administrator.reactivated",
        administrator("operator"),
        "admin",
        {
            "operator": ("security medium", "Your account is active again"),
            "root second": ("security medium", "Ada is active again"),
        },
    ),
    Case(
        "machine_client.created",
        MACHINE,
        "root",
        {"second admin": ("security medium", "Machine client created: Meter")},
    ),
    Case(
        "machine_client.secret_read",
        MACHINE,
        "root",
        {"second admin": ("security low", "Machine client secret read: Meter")},
    ),
    Case(
        "machine_client.revoked",
        MACHINE,
        "admin",
        {"root second": ("security low", "Machine client revoked: Meter")},
    ),
    Case(
        "administrator.deleted",
        administrator("operator"),
        "root",
        {"second admin": ("security high", "Ada was deleted")},
    ),
    Case(
        "approval.requested",
        requested_by("admin"),
        "admin",
        {"root second": ("approval high", "Approval wanted: deploy of stack prod")},
    ),
    Case(
        "approval.requested",
        requested_by("root"),
        "root",
        {"second": ("approval high", "Approval wanted: deploy of stack prod")},
    ),
    Case(
        "approval.requested",
        requested_by("admin", priority="critical"),
        "admin",
        {"root second": ("approval critical", "Approval wanted: deploy of stack prod")},
    ),
    Case(
        "approval.approved",
        requested_by("admin"),
        "root",
        {"admin": ("approval high", "Approved: deploy of stack prod")},
    ),
    Case("approval.approved", requested_by("root"), "root", {}),
    Case(
        "approval.rejected",
        requested_by("admin"),
        "root",
        {"admin": ("approval high", "Rejected: deploy of stack prod")},
    ),
    Case(
        "approval.cancelled",
        requested_by("admin"),
        "admin",
        {"root second": ("approval low", "Request cancelled: deploy of stack prod")},
    ),
    Case(
        "approval.cancelled",
        requested_by("admin"),
        "root",
        {
            "admin": ("approval medium", "Request cancelled: deploy of stack prod"),
            "second": ("approval low", "Request cancelled: deploy of stack prod"),
        },
    ),
    Case(
        "deployment.approved",
        DEPLOYMENT | {"after": {"version": "1.2.3"}},
        "root",
        {
            "second admin operator": (
                "deployment medium",
                "Version 1.2.3 is approved for staging",
            )
        },
    ),
    Case(
        "deployment.promoted",
        DEPLOYMENT | {"after": {"promotedTo": "prod"}},
        "admin",
        {
            "root second operator": (
                "deployment medium",
                "Version 1.2.3 goes on from staging to prod",
            )
        },
    ),
]


def person(name: str) -> Administrator:
    return Administrator(
        tenant_id=TenantId(UUID(int=0)),
        administrator_id=AdministratorId(UUID(IDS[name])),
        cognito_sub=f"sub-of-{name}",
        email=f"{name}@initech.example",
        first_name="",
        last_name="",
        role=STAFF[name],  # type: ignore[arg-type]
        status="active",
        created_at=NOW,
        updated_at=NOW,
    )


def told(event_type: str, data: dict[str, Any], actor: str) -> dict[str, Notice]:
    data = data | {"actor": f"user:sub-of-{actor}" if actor else "system"}
    heard = {name: notice_for(event_type, data, NOW, person(name)) for name in STAFF}
    return {name: notice for name, notice in heard.items() if notice is not None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.event_type} by {case.actor}")
def test_whom_an_event_concerns_is_told_in_fitting_words(case: Case) -> None:
    heard = {
        name: (f"{notice.category} {notice.priority}", notice.words.title)
        for name, notice in told(case.event_type, case.data, case.actor).items()
    }
    assert heard == {name: how for names, how in case.told.items() for name in names.split()}


def test_every_event_that_is_told_is_tried() -> None:
    assert {case.event_type for case in CASES} == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.event_type)
def test_links_stay_within_the_app_and_decide_nothing(case: Case) -> None:
    for notice in told(case.event_type, case.data, case.actor).values():
        assert notice.words.link_path.startswith("/")
        assert "?" not in notice.words.link_path
        assert notice.words.link_label


def test_a_request_to_approve_is_told_until_it_ends_and_the_rest_for_a_while() -> None:
    request = told("approval.requested", requested_by("admin"), "admin")["root"]
    assert request.expires_at == datetime.fromisoformat(ENDS)
    assert request.words.message == "Grace asks for it. Decide until 2 March 2026, 12:00 UTC."
    assert told("invoice.finalized", INVOICE, "")["root"].expires_at == NOW + LIFE
    assert timedelta(days=30) < LIFE


def test_a_decision_says_who_and_why() -> None:
    rejected = told("approval.rejected", requested_by("admin"), "root")["admin"]
    assert rejected.words.message == "By Root. The reason: Not on a Friday."
    approved = told("approval.approved", requested_by("admin", reason=""), "root")["admin"]
    assert approved.words.message == "By Root."


def test_what_was_changed_is_named() -> None:
    data = {"after": {"name": "X", "email": "x@x.example"}}
    assert told("tenant.updated", data, "")["root"].words.message == "What changed: email, name."


def test_an_event_that_nobody_thought_of_is_refused() -> None:
    with pytest.raises(UnknownOccasionError, match=r"tenant\.renamed"):
        told("tenant.renamed", {}, "")
