"""A guided tour of a running stack: every step is a real call, printed with its real answer."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import jwt
import psycopg
import requests
from rich.console import Console
from rich.markup import escape

from generator.errors import OutsideFailure
from generator.sandbox.client import Sandbox
from generator.sandbox.users import Users, new_password
from generator.stack import Stack

_TIMEOUT_S = 60
_SHOWN_LINES = 14
T = TypeVar("T")


class Tour:
    """Walks through a stack in its sandbox.

    Args:
        stack: the stack.
        sandbox: its running sandbox.
        console: where the steps are printed.
    """

    def __init__(self, stack: Stack, sandbox: Sandbox, console: Console) -> None:
        self._out = console
        self._stack = stack
        self._sandbox = sandbox
        self._users = Users(sandbox)
        self._api = sandbox.status().api_url.rstrip("/")
        self._number = 0

    def run(self) -> int:
        """Take the whole tour and return how many steps it had.

        Raises:
            OutsideFailure: a step did not answer as it should; says which and what it answered.
        """
        self._health()
        operator = self._first_administrator()
        self._uninvited(operator)
        tenant = self._tenant(operator)
        admin = self._tenant_administrator(tenant, operator)
        self._catalogue()
        self._subscribe(admin)
        invoice = self._fan_out(tenant, admin)
        self._isolation(operator, tenant, invoice)
        self._claims(tenant)
        colleague = self._second_administrator(tenant, admin)
        self._two_people(tenant, admin, colleague)
        self._audit(admin)
        return self._number

    def _health(self) -> None:
        self._step("Is it well? Database, version, migration level")
        self._call("GET", "/v1/health", expect=200)

    def _first_administrator(self) -> str:
        email = str(self._stack.answers["admin_email"])
        self._step(f"The first administrator, {email}, accepts the invitation mail and signs in")
        invitation = self._mail(lambda m: email in m.to and "assword" in m.text)
        password = _password_in(invitation.text)
        token = self._users.accept_invitation(email, password)
        self._show_claims(token)
        return token

    def _uninvited(self, operator: str) -> None:
        self._step("Without a token the API says 401; with a role that may not, 403")
        self._call("GET", "/v1/tenants", expect=401)
        claims = _claims(operator)
        guest = f"guest@{self._stack.answers['domain']}"
        self._users.create(guest, claims["tenant_id"], "user")
        token = self._users.sign_in(guest)
        self._call("POST", "/v1/tenants", token, _tenant_body("Nobody"), expect=403)

    def _tenant(self, operator: str) -> dict[str, Any]:
        self._step("Create a tenant, twice with one Idempotency-Key: one tenant")
        body, key = _tenant_body("Northwind Traders"), {"Idempotency-Key": "tour-northwind"}
        tenant = self._call("POST", "/v1/tenants", operator, body, expect=201, headers=key)
        again = self._call(
            "POST", "/v1/tenants", operator, body, expect=201, headers=key, show=False
        )
        self._require(again == tenant, f"the second answer was another: {again}")
        self._out.print("    again → the same answer")
        return tenant

    def _tenant_administrator(self, tenant: dict[str, Any], operator: str) -> str:
        self._step(f"The operator invites {tenant['name']}'s administrator, who accepts by mail")
        body = {"email": tenant["email"], "role": "super_admin"}
        path = f"/v1/tenants/{tenant['tenantId']}/invitations"
        self._call("POST", path, operator, body, expect=201, show=False)
        token = self._accepted(tenant["email"], "Nora", "Wind")
        self._show_claims(token)
        return token

    def _accepted(self, email: str, first_name: str, last_name: str) -> str:
        """Accept the invitation in somebody's mail, sign in, return the access token."""
        mail = self._mail(lambda m: email in m.to and "/invite/accept?token=" in m.text)
        self._out.print(f"    mail → {escape(mail.subject)} (to {email})", highlight=False)
        person = {"firstName": first_name, "lastName": last_name, "password": new_password()}
        body = {"token": _invitation_in(mail.text), **person}
        self._call("POST", "/v1/admin/invitations/accept", None, body, expect=201)
        self._call("POST", "/v1/admin/invitations/accept", None, body, expect=404)
        return self._users.sign_in(email)

    def _catalogue(self) -> None:
        self._step("The catalogue is public")
        tiers = self._call("GET", "/v1/subscription-tiers", expect=200, show=False)["tiers"]
        for tier in tiers:
            price = tier["pricing"]
            shown = "contact sales"
            if not price["contactSales"]:
                shown = f"{price['monthlyMinor'] / 100:.2f} {price['currency']} a month"
            self._out.print(f"    {tier['id']:<16} {shown}", highlight=False)

    def _subscribe(self, admin: str) -> None:
        self._step("Subscribe: five seats of TEAM, monthly")
        body = {"tierId": "TEAM", "billingCycle": "monthly", "seatCount": 5}
        self._call("POST", "/v1/subscriptions", admin, body, expect=201)

    def _fan_out(self, tenant: dict[str, Any], admin: str) -> dict[str, Any]:
        self._step("The event fans out: an invoice, a mail, an audit trail")
        self._sandbox.wait_idle(timeout_s=_TIMEOUT_S)
        invoices = self._until(
            lambda: self._call("GET", "/v1/invoices", admin, expect=200, show=False)["items"],
            "no invoice came of the subscription",
        )
        self._require(len(invoices) == 1, f"there are {len(invoices)} invoices, not one")
        path = f"/v1/invoices/{invoices[0]['invoiceId']}"
        invoice = self._call("GET", path, admin, expect=200)
        mail = self._mail(lambda m: tenant["email"] in m.to and "nvoice" in m.subject)
        self._out.print(
            f"    mail → {escape(mail.subject)} (to {', '.join(mail.to)})", highlight=False
        )
        trail = self._until(
            lambda: self._audit_trail(tenant["tenantId"], at_least=3), "the audit trail is short"
        )
        for action, resource in trail:
            self._out.print(f"    audit → {action} {resource}", highlight=False)
        return invoice

    def _isolation(self, operator: str, tenant: dict[str, Any], invoice: dict[str, Any]) -> None:
        self._step("Another tenant's invoice answers 404, word for word as one that is not there")
        path = f"/v1/invoices/{invoice['invoiceId']}"
        other = self._call("GET", path, operator, expect=404)
        unknown = self._call(
            "GET", f"/v1/invoices/{tenant['tenantId']}", operator, expect=404, show=False
        )
        same = {**other, "requestId": 0} == {**unknown, "requestId": 0}
        self._require(same, f"an unknown id answers otherwise: {unknown}")

    def _claims(self, tenant: dict[str, Any]) -> None:
        self._step("The next token carries what the tenant bought")
        self._show_claims(self._users.sign_in(tenant["email"]))

    def _second_administrator(self, tenant: dict[str, Any], admin: str) -> str:
        self._step("She invites a colleague, but nobody above herself")
        email = tenant["email"].replace("admin@", "paul@")
        body = {"email": email, "role": "admin", "message": "Four eyes see more <3"}
        self._call("POST", "/v1/admin/invitations", admin, body, expect=201)
        return self._accepted(email, "Paul", "Breeze")

    def _two_people(self, tenant: dict[str, Any], admin: str, colleague: str) -> None:
        self._step("He asks for a budget of 5,000.00, she approves what she was shown")
        body = {
            "type": "billing_change",
            "action": "set a budget",
            "resourceType": "billing_settings",
            "resourceId": tenant["tenantId"],
            "details": {"settings": {"budgetLimitMinor": 500_000}},
        }
        self._call("POST", "/v1/admin/approvals", colleague, body, expect=201, show=False)
        pending = self._call(
            "GET", "/v1/admin/approvals?pendingForMe=true", admin, expect=200, show=False
        )["items"]
        self._require(len(pending) == 1, f"{len(pending)} approvals wait for her, not one")
        path = f"/v1/admin/approvals/{pending[0]['approvalId']}/process"
        decision = {"action": "approve", "contentHash": pending[0]["contentHash"]}
        self._call("POST", path, colleague, decision, expect=403, show=False)
        self._out.print("    he himself may not → 403")
        self._call("POST", path, admin, {**decision, "contentHash": "0" * 64}, expect=409)
        self._call("POST", path, admin, decision, expect=200, show=False)
        self._call("GET", "/v1/billing/settings", admin, expect=200)

    def _audit(self, admin: str) -> None:
        self._step("The audit trail has it all, and nobody has touched it")
        path = "/v1/admin/audit?limit=100"
        entries = self._until(
            lambda: self._approved(self._call("GET", path, admin, expect=200, show=False)),
            "the approval is not in the audit trail",
        )
        for entry in entries[:_SHOWN_LINES]:
            change = entry.get("after") or {}
            self._out.print(
                f"    {entry['sequence']:>3} {entry['action']:<28} {entry['actor']:<42} "
                f"{escape(json.dumps(change)[:60])}",
                highlight=False,
            )
        self._call("GET", "/v1/admin/audit/verification", admin, expect=200)

    def _approved(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = answer["items"]
        done = {entry["action"] for entry in entries}
        return entries if {"approval.approved", "billing_settings.changed"} <= done else []

    def _step(self, title: str) -> None:
        self._number += 1
        self._out.print(f"\n[bold cyan]{self._number:>2}[/bold cyan] [bold]{escape(title)}[/bold]")

    def _call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: dict[str, Any] | None = None,
        *,
        expect: int,
        headers: dict[str, str] | None = None,
        show: bool = True,
    ) -> dict[str, Any]:
        """Call the API, print the answer, and require its status."""
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        answer = requests.request(
            method, self._api + path, json=body, headers=given, timeout=_TIMEOUT_S
        )
        if show or answer.status_code != expect:
            self._out.print(f"    {method} {path} → {answer.status_code}", highlight=False)
            self._print_body(answer.text)
        self._require(answer.status_code == expect, f"expected {expect}: {answer.text}")
        parsed: dict[str, Any] = answer.json()
        return parsed

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise OutsideFailure(f"Step {self._number} of the tour went wrong: {otherwise}")

    def _until(self, look: Callable[[], T], otherwise: str) -> T:
        """Look until something is there: what fans out arrives a little later."""
        deadline = time.monotonic() + _TIMEOUT_S
        while not (found := look()):
            self._require(time.monotonic() < deadline, otherwise)
            time.sleep(0.2)
        return found

    def _mail(self, wanted: Callable[[Any], bool]) -> Any:
        def look() -> Any:
            return next((m for m in self._sandbox.mail() if wanted(m)), None)

        return self._until(look, "the mail did not arrive")

    def _audit_trail(self, tenant_id: str, at_least: int) -> list[tuple[str, str]]:
        database = self._sandbox.status().database
        if database is None:
            raise OutsideFailure("The sandbox serves no database.")
        with psycopg.connect(database.superuser_dsn) as connection:
            rows = connection.execute(
                "SELECT action, resource_type FROM audit_entries WHERE tenant_id = %s"
                " ORDER BY occurred_at, entry_id",
                (tenant_id,),
            ).fetchall()
        return [(row[0], row[1]) for row in rows] if len(rows) >= at_least else []

    def _show_claims(self, token: str) -> None:
        names = ("sub", "tenant_id", "cognito:groups", "plan_tier", "tenant_status")
        claims = _claims(token)
        for name in names:
            self._out.print(f"    {name}: {claims.get(name)}", highlight=False)

    def _print_body(self, text: str) -> None:
        try:
            lines = json.dumps(json.loads(text), indent=2).splitlines()
        except ValueError:
            lines = text.splitlines()
        for line in lines[:_SHOWN_LINES]:
            self._out.print(f"      {escape(line)}", highlight=False, style="dim")
        if len(lines) > _SHOWN_LINES:
            self._out.print(f"      ... ({len(lines) - _SHOWN_LINES} more lines)", style="dim")


def _claims(token: str) -> dict[str, Any]:
    """What a token says; the API has verified its signature, this only prints it."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _tenant_body(name: str) -> dict[str, Any]:
    return {"name": name, "email": f"admin@{name.partition(' ')[0].lower()}.example.com"}


def _invitation_in(text: str) -> str:
    """The token of an invitation mail's link."""
    return text.partition("/invite/accept?token=")[2].split()[0]


def _password_in(text: str) -> str:
    """The temporary password of an invitation mail: what follows the last 'password'."""
    return text.rpartition("assword")[2].split()[-1].rstrip(".")
