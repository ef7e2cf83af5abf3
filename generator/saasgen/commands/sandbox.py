"""`saasgen sandbox ...`: the whole stack on this machine."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from saasgen.commands import bring_up, snapshots, standing, watching
from saasgen.commands.options import (
    HERE,
    Json,
    Port,
    SandboxName,
    StackFolder,
    StackPath,
    TierName,
)
from saasgen.commands.target import called, running_sandbox, sandbox_of
from saasgen.console import emit_json, out, progress, say
from saasgen.errors import UserError
from saasgen.sandbox.clock import parse_duration, parse_moment
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.models import SandboxStatus
from saasgen.stack import Stack

app = typer.Typer(no_args_is_help=True, help="Run a whole stack on this machine, without AWS.")

app.command()(snapshots.save)
app.command()(snapshots.load)
app.command()(snapshots.fork)
app.command("list")(snapshots.list_)

_PATIENCE_S = 300.0
_SHORTEST_STEP = timedelta(hours=1)

Watch = Annotated[
    bool,
    typer.Option(
        "--watch", envvar="SAASGEN_WATCH", help="Serve handlers as soon as they are saved."
    ),
]


@app.command()
def up(
    stack: StackPath = HERE,
    tier: TierName = None,
    port: Port = None,
    watch: Watch = False,
    cold: Annotated[
        bool,
        typer.Option("--cold", envvar="SAASGEN_COLD", help="Apply even what was applied before."),
    ] = False,
    name: SandboxName = None,
    as_json: Json = False,
) -> None:
    """Apply STACK's real Terraform to the sandbox, migrate, and serve its API.

    What was applied before is loaded instead. Run again after a change, it applies the difference.
    """
    opened = Stack.open(stack)
    sandbox = sandbox_of(opened, name)
    timings = bring_up.bring_up(opened, sandbox, tier=opened.tier(tier).name, port=port, cold=cold)
    status = sandbox.status()
    option = sandbox.option
    if as_json:
        emit_json({**status.model_dump(mode="json"), "seconds": timings})
    else:
        say(f"[green]Up[/green]: {status.api_url} (stop it with `saasgen sandbox down{option}`)")
        say(f"A token for curl: saasgen sandbox token{option}")
    if watch:
        watching.watch(opened, sandbox)


@app.command()
def down(stack: StackPath = HERE, name: SandboxName = None) -> None:
    """Stop the sandbox of STACK. What was in it and was not saved is forgotten."""
    opened = Stack.open(stack)
    sandbox = sandbox_of(opened, name)
    if not sandbox.running:
        say(f"{called(opened, sandbox)} was not running.")
    sandbox.stop()
    say(f"{called(opened, sandbox)} is down.")


@app.command()
def status(stack: StackPath = HERE, name: SandboxName = None, as_json: Json = False) -> None:
    """Show what runs: functions, queues, schedules and addresses.

    Exit code 2 when something does not run that should; it is named.
    """
    opened = Stack.open(stack)
    sandbox = sandbox_of(opened, name)
    found = standing.look(opened, sandbox)
    if as_json:
        emit_json(found.model_dump(mode="json"))
    else:
        _print_status(found)
    standing.require_all_running(opened, sandbox, found)


@app.command()
def logs(
    function: Annotated[str, typer.Argument(help="A function as `status` names it.")],
    stack: StackFolder = HERE,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", envvar="SAASGEN_FOLLOW", help="Go on as it grows.")
    ] = False,
    name: SandboxName = None,
) -> None:
    """Print what a function wrote to its log."""
    for line in running_sandbox(Stack.open(stack), name).logs(function, follow=follow):
        print(line)


@app.command()
def clock(
    to: Annotated[
        str | None,
        typer.Argument(
            help="How far to go (+31d, +1d6h) or where to (2027-01-31T09:00Z).",
            show_default="show the clock",
        ),
    ] = None,
    stack: StackFolder = HERE,
    step: Annotated[
        str | None,
        typer.Option(
            envvar="SAASGEN_STEP", help="Go in steps such as +1d: schedules run after each."
        ),
    ] = None,
    name: SandboxName = None,
    as_json: Json = False,
) -> None:
    """Show the sandbox's clock, or move it forward.

    A schedule that falls due on the way runs once, however often it would have, and what it leads
    to is waited for; with --step, once in each step.
    """
    sandbox = running_sandbox(Stack.open(stack), name)
    stride = None if step is None else _stride(step)
    now = sandbox.status().now
    fired = [] if to is None else _move(sandbox, now, parse_moment(to, now), stride)
    status = sandbox.status()
    if as_json:
        reached = {"now": status.now.isoformat(), "aheadSeconds": round(status.clock_ahead_s)}
        emit_json({**reached, "fired": fired})
        return
    if fired:
        say(f"Ran: {', '.join(fired)}")
    out.print(_clock(status))


def _move(sandbox: Sandbox, now: datetime, to: datetime, stride: timedelta | None) -> list[str]:
    """Go there, wait for what that leads to; return the schedules that ran, each as often."""
    stops = list(_stops(now, to, stride))
    fired: list[str] = []
    sandbox.wait_idle(_PATIENCE_S)  # what is under way ends at the time it began
    with progress("Moving the clock", len(stops)) as bar:
        for stop in stops:
            bar.now(f"{stop:%Y-%m-%d %H:%M}")
            fired += sandbox.move_clock(stop).fired
            sandbox.wait_idle(_PATIENCE_S)
            bar.step()
    return fired


def _stride(step: str) -> timedelta:
    stride = parse_duration(step)
    if stride < _SHORTEST_STEP:  # each one waits for its schedules
        raise UserError(f"--step {step}: a step is an hour at least.")
    return stride


def _stops(now: datetime, to: datetime, stride: timedelta | None) -> Iterator[datetime]:
    if stride is not None:
        while (now := now + stride) < to:
            yield now
    yield to


@app.command()
def mail(stack: StackPath = HERE, name: SandboxName = None, as_json: Json = False) -> None:
    """Read the mail the stack has sent, oldest first."""
    sandbox = running_sandbox(Stack.open(stack), name)
    messages, api_url = sandbox.mail(), sandbox.status().api_url
    if as_json:
        emit_json([message.model_dump(mode="json") for message in messages])
        return
    for message in messages:
        out.print(f"[bold]{escape(message.subject)}[/bold]  to {', '.join(message.to)}")
        out.print(escape(message.text.strip()), highlight=False)
        for file in message.files:
            out.print(f"[dim]{escape(file.name)}:[/dim] {api_url}{file.path}")
        out.print()
    if not messages:
        say("No mail was sent.")


@app.command()
def token(
    stack: StackPath = HERE,
    email: Annotated[
        str | None,
        typer.Option(envvar="SAASGEN_EMAIL", help="Whose; the first administrator by default."),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(envvar="SAASGEN_TENANT", help="Id of the tenant of a user to make."),
    ] = None,
    role: Annotated[
        str, typer.Option(envvar="SAASGEN_ROLE", help="Role of a user to make.")
    ] = "admin",
    name: SandboxName = None,
    as_json: Json = False,
) -> None:
    """Print an access token for the API; makes the user first when --tenant is given."""
    from saasgen.sandbox.control.users import Users

    opened = Stack.open(stack)
    users = Users(running_sandbox(opened, name))
    who = email or str(opened.answers["admin_email"])
    if tenant is not None:
        users.create(who, tenant, role)
    access_token = users.sign_in(who)
    if as_json:
        emit_json({"email": who, "accessToken": access_token})
    else:
        print(access_token)


def _print_status(found: SandboxStatus) -> None:
    out.print(f"API   {found.api_url}")
    out.print(f"AWS   {found.endpoint}")
    out.print(f"Clock {_clock(found)}")
    if found.token_url:
        out.print(f"OAuth {found.token_url}")
    if found.stripe:
        out.print(f"Pay   {found.stripe}")
    if found.database:
        out.print(f"SQL   {found.database.superuser_dsn}")
    functions = Table("function", "handler", box=None, pad_edge=False)
    for function in found.functions:
        functions.add_row(function.name, function.handler)
    out.print(functions)
    queues = Table("queue", "visible", "in flight", box=None, pad_edge=False)
    for queue in found.queues:
        queues.add_row(queue.name, str(queue.visible), str(queue.in_flight))
    out.print(queues)
    schedules = Table("schedule", "when", "function", box=None, pad_edge=False)
    for schedule in found.schedules:
        when = schedule.expression if schedule.enabled else "off"
        schedules.add_row(schedule.name, when, schedule.function)
    out.print(schedules)


def _clock(found: SandboxStatus) -> str:
    apart = timedelta(seconds=abs(round(found.clock_ahead_s)))
    which = "ahead" if found.clock_ahead_s > 0 else "behind"
    return f"{found.now:%Y-%m-%d %H:%M:%S} UTC" + (f", {apart} {which}" if apart else "")
