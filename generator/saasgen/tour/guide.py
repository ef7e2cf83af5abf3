"""What every step of the tour is made of: a title, real calls, and their real answers, printed."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import jwt
import requests
from rich.console import Console
from rich.markup import escape

from saasgen.console import progress
from saasgen.errors import OutsideFailure
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.control.users import Users, new_password
from saasgen.sandbox.models import ClockMove
from saasgen.stack import Stack

TIMEOUT_S = 60
T = TypeVar("T")


class Guide:
    """Leads through a stack in its sandbox.

    Args:
        stack: the stack.
        sandbox: its running sandbox.
        console: where the steps are printed.
    """

    def __init__(self, stack: Stack, sandbox: Sandbox, console: Console) -> None:
        self.stack = stack
        self.sandbox = sandbox
        self.users = Users(sandbox)
        self.steps = 0
        self._out = console
        self._api = sandbox.status().api_url.rstrip("/")

    def step(self, title: str) -> None:
        """Begin a step."""
        self.steps += 1
        self._out.print(f"\n[bold cyan]{self.steps:>2}[/bold cyan] [bold]{escape(title)}[/bold]")

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: dict[str, Any] | None = None,
        *,
        expect: int,
        headers: dict[str, str] | None = None,
        show: bool | Sequence[str] = True,
    ) -> dict[str, Any]:
        """Call the API, print the answer, and require its status.

        Args:
            method: the HTTP method.
            path: the route, from /v1 on.
            token: an access token.
            body: the request's body.
            expect: the status it must have.
            headers: more headers.
            show: whether to print the answer: all of it, none, or what stands at some places
                (such as "lines/0/amountMinor") of an answer that is long.
        """
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        answer = requests.request(
            method, self._api + path, json=body, headers=given, timeout=TIMEOUT_S
        )
        expected = answer.status_code == expect
        if show or not expected:
            self._out.print(f"    {method} {path} → {answer.status_code}", highlight=False)
            self._print_body(answer.text, () if isinstance(show, bool) or not expected else show)
        self.require(expected, f"expected {expect}: {answer.text}")
        parsed: dict[str, Any] = answer.json()
        return parsed

    def require(self, holds: bool, otherwise: str) -> None:
        """Break the tour off if something is not as it should be.

        Raises:
            OutsideFailure: naming the step and what was wrong.
        """
        if not holds:
            raise OutsideFailure(f"Step {self.steps} of the tour went wrong: {otherwise}")

    def until(self, look: Callable[[], T | None], otherwise: str) -> T:
        """Look until something is there: what fans out arrives a little later."""
        deadline = time.monotonic() + TIMEOUT_S
        with progress("Waiting"):
            while not (found := look()):
                self.require(time.monotonic() < deadline, otherwise)
                time.sleep(0.2)
        return found

    def move_clock(self, to: datetime) -> ClockMove:
        """Move the sandbox's clock and wait for what that leads to."""
        with progress("The clock moves"):
            moved = self.sandbox.move_clock(to)
            self.sandbox.wait_idle(timeout_s=TIMEOUT_S)
        return moved

    def mail(self, wanted: Callable[[Any], bool]) -> Any:
        """Wait for a mail."""

        def look() -> Any:
            return next((m for m in self.sandbox.mail() if wanted(m)), None)

        return self.until(look, "the mail did not arrive")

    def show_claims(self, token: str) -> None:
        """Print what a token says of whoever holds it."""
        names = ("sub", "tenant_id", "cognito:groups", "plan_tier", "tenant_status")
        claims = claims_of(token)
        for name in names:
            self._out.print(f"    {name}: {claims.get(name)}", highlight=False)

    def accepted(self, email: str, first_name: str, last_name: str) -> str:
        """Accept the invitation in somebody's mail, sign in, return the access token."""
        mail = self.mail(lambda m: email in m.to and "/invite/accept?token=" in m.text)
        self._out.print(f"    mail → {escape(mail.subject)} (to {email})", highlight=False)
        person = {"firstName": first_name, "lastName": last_name, "password": new_password()}
        body = {"token": _invitation_in(mail.text), **person}
        self.call("POST", "/v1/admin/invitations/accept", None, body, expect=201)
        self.call("POST", "/v1/admin/invitations/accept", None, body, expect=404)
        return self.users.sign_in(email)

    def _print_body(self, text: str, places: Sequence[str]) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            lines = text.splitlines()
        else:
            lines = [_at(answer, place) for place in places]
            lines = lines or json.dumps(answer, indent=2).splitlines()
        for line in lines:
            self._out.print(f"      {escape(line)}", highlight=False, style="dim")

    def say(self, line: str) -> None:
        """Print a line of a step."""
        self._out.print(f"    {escape(line)}", highlight=False)


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; the API has verified its signature, this only prints it."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _at(answer: Any, place: str) -> str:
    """A place of an answer and what stands there: `lines/0/amountMinor: 12500`."""
    found = answer
    for part in place.split("/"):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return f"{place}: {json.dumps(found)}"


def _invitation_in(text: str) -> str:
    """The token of an invitation mail's link."""
    return text.partition("/invite/accept?token=")[2].split()[0]
