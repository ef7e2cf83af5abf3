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
from generator.sandbox.users import Users
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
        admin = self._tenant_administrator(tenant)
        self._catalogue()
        self._subscribe(admin)
        invoice = self._fan_out(tenant, admin)
        self._isolation(operator, tenant, invoice)
        self._claims(tenant)
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

    def _tenant_administrator(self, tenant: dict[str, Any]) -> str:
        self._step(f"An administrator of {tenant['name']} signs in")
        self._users.create(tenant["email"], tenant["tenantId"], "super_admin")
        token = self._users.sign_in(tenant["email"])
        self._show_claims(token)
        return token

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


def _password_in(text: str) -> str:
    """The temporary password of an invitation mail: what follows the last 'password'."""
    return text.rpartition("assword")[2].split()[-1].rstrip(".")
