"""Reaching what a command works on: AWS with credentials, or the stack's sandbox."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from saasgen.console import Bar
from saasgen.errors import UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.layout import DEFAULT
from saasgen.stack import Stack
from saasgen.terraform.events import ChangeSummary, Event, Progress
from saasgen.terraform.state_bucket import StateBucket
from saasgen.terraform.workspace import Target, Workspace


@contextmanager
def workspace(stack: Stack, *, on_sandbox: bool, may_start: bool = False) -> Iterator[Workspace]:
    """A workspace that is initialised and ready.

    Args:
        stack: the stack.
        on_sandbox: work on its sandbox instead of AWS.
        may_start: start a sandbox if none runs, for as long as the block runs: enough to plan
            against an empty account.

    Raises:
        UserError: no AWS credentials, no sandbox, no terraform, no provider, no state bucket.
    """
    if not on_sandbox:
        require_credentials()
        yield _initialised(stack, Target("aws", {}))
        return
    sandbox = sandbox_of(stack) if may_start else running_sandbox(stack)
    started_here = not sandbox.running
    if started_here:
        sandbox.start()
    try:
        yield sandbox_workspace(stack, sandbox)
    finally:
        if started_here:
            sandbox.stop()


def sandbox_of(stack: Stack, name: str | None = None) -> Sandbox:
    """The sandbox of a stack that a command means, running or not.

    Args:
        stack: the stack.
        name: the one that the command was given; else SAASGEN_SANDBOX names it.
    """
    return Sandbox(stack.root, name or os.environ.get("SAASGEN_SANDBOX") or DEFAULT)


def running_sandbox(stack: Stack, name: str | None = None) -> Sandbox:
    """The sandbox of a stack that a command means.

    Raises:
        UserError: it does not run.
    """
    sandbox = sandbox_of(stack, name)
    if not sandbox.running:
        raise UserError(
            f"{called(stack, sandbox)} is not running: start it with "
            f"`saasgen sandbox up{sandbox.option}`."
        )
    return sandbox


def called(stack: Stack, sandbox: Sandbox) -> str:
    """How a sentence begins that is about a sandbox of a stack."""
    named = "" if sandbox.name == DEFAULT else f"{sandbox.name} "
    return f"The sandbox {named}of {stack.name}"


def sandbox_target(sandbox: Sandbox) -> Target:
    """A sandbox as Terraform's target; one that does not run cannot be reached yet."""
    instance = None if sandbox.name == DEFAULT else sandbox.name
    return Target("sandbox", sandbox.environment() if sandbox.running else {}, instance)


def sandbox_workspace(stack: Stack, sandbox: Sandbox) -> Workspace:
    """The workspace of a running sandbox; a bare state bucket is made if there is none."""
    target = sandbox_target(sandbox)
    StateBucket.of(stack).ensure(target.environment)
    return _initialised(stack, target)


def require_credentials() -> None:
    """Refuse to go on without AWS credentials.

    Raises:
        UserError: there are none.
    """
    import boto3

    if boto3.Session().get_credentials() is None:
        raise UserError(
            "There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`. "
            "Without an AWS account, use the sandbox: --sandbox."
        )


def reporting(bar: Bar) -> Callable[[Event], None]:
    """Show Terraform's events on a progress bar: how many of how many, and what is under way."""
    under_way: dict[str, str] = {}

    def report(event: Event) -> None:
        if isinstance(event, ChangeSummary) and event.operation == "plan":
            bar.total(event.add + event.change + event.remove)
        if not isinstance(event, Progress) or event.action == "read":
            return
        if event.state == "start":
            under_way[event.address] = event.action
        else:
            under_way.pop(event.address, None)
            bar.step()
        longest = next(iter(under_way), "")
        bar.now(f"{longest} (and {len(under_way) - 1} more)" if len(under_way) > 1 else longest)

    return report


def _initialised(stack: Stack, target: Target) -> Workspace:
    ready = Workspace(stack, target)
    ready.init()
    return ready
