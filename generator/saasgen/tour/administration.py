"""Two people run the customer's side: an invitation, a decision, the trail of it."""

import json
from typing import Any

from saasgen.tour.guide import Guide

_SHOWN_ENTRIES = 14


def second_administrator(guide: Guide, tenant: dict[str, Any], admin: str) -> str:
    """Invite a colleague; return his access token."""
    guide.step("She invites a colleague, but nobody above herself")
    email = tenant["email"].replace("admin@", "paul@")
    body = {"email": email, "role": "admin", "message": "Four eyes see more <3"}
    guide.call("POST", "/v1/admin/invitations", admin, body, expect=201)
    return guide.accepted(email, "Paul", "Breeze")


def two_people(guide: Guide, tenant: dict[str, Any], admin: str, colleague: str) -> None:
    """Set a budget, which one asks for and the other approves."""
    guide.step("He asks for a budget of 5,000.00, she approves what she was shown")
    body = {
        "type": "billing_change",
        "action": "set a budget",
        "resourceType": "billing_settings",
        "resourceId": tenant["tenantId"],
        "details": {"settings": {"budgetLimitMinor": 500_000}},
    }
    guide.call("POST", "/v1/admin/approvals", colleague, body, expect=201, show=False)
    pending = guide.call(
        "GET", "/v1/admin/approvals?pendingForMe=true", admin, expect=200, show=False
    )["items"]
    guide.require(len(pending) == 1, f"{len(pending)} approvals wait for her, not one")
    path = f"/v1/admin/approvals/{pending[0]['approvalId']}/process"
    decision = {"action": "approve", "contentHash": pending[0]["contentHash"]}
    guide.call("POST", path, colleague, decision, expect=403, show=False)
    guide.say("he himself may not → 403")
    other = {**decision, "contentHash": "0" * 64}
    refused = guide.call("POST", path, admin, other, expect=409, show=False)
    guide.say(f"of something else than she was shown → 409: {refused['detail']}")
    guide.call("POST", path, admin, decision, expect=200, show=False)
    shown = ("currency", "budgetLimitMinor", "alertThresholds")
    guide.call("GET", "/v1/billing/settings", admin, expect=200, show=shown)


def audit(guide: Guide, admin: str) -> None:
    """Read the trail and have its chain verified."""
    guide.step("The audit trail has it all, and nobody has touched it")
    path = "/v1/admin/audit?limit=100"
    entries = guide.until(
        lambda: _approved(guide.call("GET", path, admin, expect=200, show=False)),
        "the approval is not in the audit trail",
    )
    for entry in entries[:_SHOWN_ENTRIES]:
        change = entry.get("after") or {}
        guide.say(
            f"{entry['sequence']:>3} {entry['action']:<28} {entry['actor']:<42} "
            f"{json.dumps(change)[:60]}"
        )
    guide.call("GET", "/v1/admin/audit/verification", admin, expect=200)


def _approved(answer: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = answer["items"]
    done = {entry["action"] for entry in entries}
    return entries if {"approval.approved", "billing_settings.changed"} <= done else []
