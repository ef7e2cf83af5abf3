"""The calls that leave the process for AWS and Stripe; at one of them the process may die.

So may it at a commit, which is a call to the database.
"""

import re
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

import pytest
from botocore.client import BaseClient
from saasgen.sandbox.stripe.account import StripeAccount
from saasgen.sandbox.stripe.transport import InProcessTransport

from handlers.platform.database import sessions
from handlers.platform.payments import access

_STRIPE_ID: Final = re.compile(r"/[a-z]+_\d{6}\w+")

# The relay is not part of what is tested: what it would hand on, the tests hand to the consumers.
_ANSWERED_HERE: Final = {"lambda.Invoke": {"StatusCode": 202}}


class Killed(BaseException):
    """The process is gone: no `except Exception` catches it."""


class Crash(NamedTuple):
    """Where the process dies: just before a call leaves, or just after its answer came."""

    number: int
    moment: Literal["before", "after"]
    call: str

    def __str__(self) -> str:
        return f"{self.moment} call {self.number + 1}, {self.call}"


class Outside:
    """Records the calls of a process, and ends it at one of them.

    Args:
        monkeypatch: puts it in the way of the calls.
        stripe: where calls to Stripe end.
        has_commits: whether a commit is a call.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, stripe: StripeAccount, *, has_commits: bool
    ) -> None:
        self.calls: list[str] = []
        self._crash: Crash | None = None
        self._is_watching = self._is_dead = False
        self._stripe = stripe
        self._send = BaseClient._make_api_call  # type: ignore[attr-defined]

        def pass_on(client: BaseClient, operation: str, parameters: Any) -> Any:
            return self._pass(client, operation, parameters)

        monkeypatch.setattr(BaseClient, "_make_api_call", pass_on)
        monkeypatch.setattr(access, "_transport", lambda: InProcessTransport(self._ask_stripe))
        if has_commits:
            commit = sessions._commit
            monkeypatch.setattr(
                sessions, "_commit", lambda to: self._through("database.commit", lambda: commit(to))
            )

    def run(self, process: Callable[[], None], crash: Crash | None = None) -> None:
        """Run a process; one that is to crash does so.

        Raises:
            AssertionError: It did not come to the call at which it was to crash.
        """
        self.calls, self._crash, self._is_dead = [], crash, False
        self._is_watching = True
        try:
            process()
        except Killed:
            pass
        finally:
            self._is_watching = False
        assert self._is_dead is (crash is not None), f"{crash} in {self.calls}"

    def _pass(self, client: Any, operation: str, parameters: Any) -> Any:
        call = f"{client.meta.service_model.service_name}.{operation}"
        return self._through(
            call,
            lambda: _ANSWERED_HERE.get(call) or self._send(client, operation, parameters),
        )

    def _ask_stripe(self, request: Any) -> Any:
        path = _STRIPE_ID.sub("/{}", request.path)
        return self._through(f"stripe {request.method} {path}", lambda: self._stripe(request))

    def _through(self, call: str, send: Callable[[], Any]) -> Any:
        number = len(self.calls)
        if self._is_watching:
            if self._is_dead:  # what boto3 would clean up; it waits for ever if that is killed, too
                raise ConnectionError("a process that is gone calls nobody")
            self.calls.append(call)
            self._die_at(Crash(number, "before", call))
        answer = send()
        if self._is_watching:
            self._die_at(Crash(number, "after", call))
        return answer

    def _die_at(self, moment: Crash) -> None:
        if moment == self._crash:
            self._is_dead = True
            raise Killed
