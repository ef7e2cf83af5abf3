"""What a plan comes to, as one hash: two plans with the same one would do the same.

A plan that a pull request's own code made cannot be trusted with what is applied: its file may run
anything. So the file is never passed on. The merged code is planned anew, and its fingerprint says
whether that is what was reviewed.
"""

import hashlib
import json
from typing import Any

_UNCHANGED = (["no-op"], ["read"])


def fingerprint(plan: dict[str, Any]) -> str:
    """Hash what `terraform show -json PLAN` would change: which resources, how, and to what.

    What a resource keeps is left out: AWS counts and dates things there while a review lasts.
    """
    changes = [
        {"address": found["address"], **_change(found["change"])}
        for found in plan.get("resource_changes", [])
        if found["change"]["actions"] not in _UNCHANGED
    ]
    ordered = sorted(changes, key=lambda change: str(change["address"]))
    return hashlib.sha256(json.dumps(ordered, sort_keys=True).encode()).hexdigest()


def _change(change: dict[str, Any]) -> dict[str, Any]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    names = sorted({*before, *after} if after else ())
    return {
        "actions": change["actions"],
        "of": before.get("id"),
        "values": {
            name: [before.get(name), after.get(name)]
            for name in names
            if before.get(name) != after.get(name)
        },
        "unknown": unknown,
    }
