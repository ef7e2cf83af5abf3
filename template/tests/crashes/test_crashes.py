"""A crash before and after every call to the outside, then a retry, ends as if nothing had been.

Which calls an operation makes is recorded from a run of it: a call that is added is broken off,
too.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from moto import mock_aws
from saasgen.sandbox.stripe.account import StripeAccount
from saasgen.testing import ReusedDatabase

from handlers.domain.access.administrators import Administrator
from handlers.platform.base import clock as clocks
from handlers.platform.base.ids import TenantId
from handlers.platform.database import sessions
from handlers.platform.messaging import events

from ..conftest import MovableClock
from . import operations, payments
from .account import Account, forget_clients
from .operation import Once, Operation
from .outside import Crash, Outside
from .world import State, World

_SETTLE = "UPDATE deliveries SET state = %s, provider_id = %s WHERE state = 'uncertain'"


class Run(NamedTuple):
    """How a run came out; a person settles only what waits for one."""

    calls: list[str]
    began: State
    retried: State
    settled: State


Perform = Callable[..., Run]

OPERATIONS = {**operations.OPERATIONS, **payments.OPERATIONS}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """Keep an AWS account for all runs."""
    forget_clients()
    with mock_aws():
        yield Account()
    forget_clients()


@pytest.fixture
def perform(
    reused_database: ReusedDatabase,
    account: Account,
    make_administrator: Callable[..., Administrator],
    operator: TenantId,
    context: Any,
) -> Perform:
    """Do something in a world of its own, crash if told to, and retry until all leases are over."""

    def perform(operation: Operation, crash: Crash | None = None) -> Run:
        clock = MovableClock()
        account.reset()
        with pytest.MonkeyPatch.context() as patch, reused_database.lent():
            account.enter(patch)
            patch.setattr(clocks, "datetime", SimpleNamespace(now=lambda _zone: clock()))
            stripe = StripeAccount(clock)
            outside = Outside(patch, stripe, has_commits=operation.breaks_commits)
            world = World(operator, make_administrator, context, patch, account, stripe)
            attempt = operation.prepare(world)
            began = world.state()
            outside.run(attempt, crash)
            calls = outside.calls
            patch.setattr(events._Pending, "written", False)  # a new process
            for _ in range(2):
                clock.forward(minutes=1)
                attempt()
            retried = world.state()
            _ask_and_settle(world, crash)
            attempt()
            return Run(calls, began, retried, world.state())

    return perform


def _ask_and_settle(world: World, crash: Crash | None) -> None:
    """Do what a person does about a delivery that nobody can tell of: see whether it arrived."""
    has_arrived = crash is not None and crash.moment == "after"
    with sessions.tenant_session(world.tenant) as session:
        session.execute(_SETTLE, ["sent", "found"] if has_arrived else ["claimed", None])


def _without_a_person(whole: State, crash: Crash, once: Once | None) -> State:
    """Tell what a retry alone comes to."""
    if once is None or crash.call != once.call:
        return whole
    waiting = [delivery | {"state": "uncertain"} for delivery in whole["deliveries"]]
    left = whole[once.leaves] if crash.moment == "after" else []
    return whole | {"deliveries": waiting, once.leaves: left}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_crash_at_any_call_and_a_retry_end_as_if_nothing_had_been(
    perform: Perform, name: str
) -> None:
    operation = OPERATIONS[name]
    whole = perform(operation)
    assert whole.calls
    assert whole.settled == whole.retried != whole.began
    assert operation.once is None or operation.once.call in whole.calls

    for number, call in enumerate(whole.calls):
        for moment in ("before", "after"):
            crash = Crash(number, moment, call)
            run = perform(operation, crash)
            expected = _without_a_person(whole.retried, crash, operation.once)
            assert run.retried == expected, f"a crash {crash}, and a retry"
            assert run.settled == whole.settled, f"a crash {crash}, and what a person settled"
