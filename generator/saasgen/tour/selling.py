"""A customer subscribes, and everything follows by events."""

from typing import Any

import psycopg

from saasgen.errors import OutsideFailure
from saasgen.tour.guide import TIMEOUT_S, Guide

_SOLD = ("tierId", "seatCount", "totalPriceMinor", "currency", "status", "currentPeriodEnd")
_BILLED = ("number", "status", "lines/0/description", "lines/0/amountMinor", "totalMinor", "dueAt")


def catalogue(guide: Guide) -> None:
    """Read the price list."""
    guide.step("The catalogue is public")
    tiers = guide.call("GET", "/v1/subscription-tiers", expect=200, show=False)["tiers"]
    for tier in tiers:
        price = tier["pricing"]
        shown = "contact sales"
        if not price["contactSales"]:
            shown = f"{price['monthlyMinor'] / 100:.2f} {price['currency']} a month"
        guide.say(f"{tier['id']:<16} {shown}")


def subscribe(guide: Guide, admin: str) -> None:
    """Buy a plan."""
    guide.step("Subscribe: five seats of TEAM, monthly")
    body = {"tierId": "TEAM", "billingCycle": "monthly", "seatCount": 5}
    guide.call("POST", "/v1/subscriptions", admin, body, expect=201, show=_SOLD)


def fan_out(guide: Guide, tenant: dict[str, Any], admin: str) -> dict[str, Any]:
    """Watch what the subscription leads to; return its invoice."""
    guide.step("The event fans out: an invoice, a mail, an audit trail")
    guide.sandbox.wait_idle(timeout_s=TIMEOUT_S)
    invoices = guide.until(
        lambda: guide.call("GET", "/v1/invoices", admin, expect=200, show=False)["items"],
        "no invoice came of the subscription",
    )
    guide.require(len(invoices) == 1, f"there are {len(invoices)} invoices, not one")
    path = f"/v1/invoices/{invoices[0]['invoiceId']}"
    invoice = guide.call("GET", path, admin, expect=200, show=_BILLED)
    mail = guide.mail(lambda m: tenant["email"] in m.to and "nvoice" in m.subject)
    guide.say(f"mail → {mail.subject} (to {', '.join(mail.to)})")
    trail = guide.until(
        lambda: _audit_trail(guide, tenant["tenantId"], at_least=3), "the audit trail is short"
    )
    for action, resource in trail:
        guide.say(f"audit → {action} {resource}")
    return invoice


def isolation(guide: Guide, operator: str, tenant: dict[str, Any], invoice: dict[str, Any]) -> None:
    """Show that nobody sees another tenant's invoice."""
    guide.step("Another tenant's invoice answers 404, word for word as one that is not there")
    path = f"/v1/invoices/{invoice['invoiceId']}"
    other = guide.call("GET", path, operator, expect=404)
    unknown = guide.call(
        "GET", f"/v1/invoices/{tenant['tenantId']}", operator, expect=404, show=False
    )
    same = {**other, "requestId": 0} == {**unknown, "requestId": 0}
    guide.require(same, f"an unknown id answers otherwise: {unknown}")


def claims(guide: Guide, tenant: dict[str, Any]) -> None:
    """Show what a token says after the purchase."""
    guide.step("The next token carries what the tenant bought")
    guide.show_claims(guide.users.sign_in(tenant["email"]))


def _audit_trail(guide: Guide, tenant_id: str, at_least: int) -> list[tuple[str, str]]:
    database = guide.sandbox.status().database
    if database is None:
        raise OutsideFailure("The sandbox serves no database.")
    with psycopg.connect(database.superuser_dsn) as connection:
        rows = connection.execute(
            "SELECT action, resource_type FROM audit_entries WHERE tenant_id = %s"
            " ORDER BY occurred_at, entry_id",
            (tenant_id,),
        ).fetchall()
    return [(row[0], row[1]) for row in rows] if len(rows) >= at_least else []
