"""`saasgen billing-run`: bill whose period has ended, through the stack's function."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from saasgen.commands.invocation import invoke
from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.target import workspace
from saasgen.console import Bar, emit_json, out, progress, say
from saasgen.errors import PendingChanges, UserError
from saasgen.stack import Stack
from saasgen.terraform.workspace import Workspace

FUNCTION: Final = "billing_run"
_SECONDS_PER_CALL: Final = 10
"""Short enough to be interrupted between two, and to see the bar move."""
_PAUSE_S: Final = 5
_STEPS: Final = {"drafting": "drafting invoices", "finalizing": "issuing invoices"}

Call = Callable[[dict[str, Any]], dict[str, Any]]


def billing_run(
    stack: StackPath = HERE,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="SAASGEN_DRY_RUN", help="Say what would be billed, write nothing."
        ),
    ] = False,
    most: Annotated[
        int | None,
        typer.Option(
            envvar="SAASGEN_MOST",
            min=0,
            help="Stop at an invoice above this, in whole units of its currency.",
        ),
    ] = None,
    most_times: Annotated[
        float | None,
        typer.Option(
            envvar="SAASGEN_MOST_TIMES",
            min=0.01,
            help="Stop at an invoice with more than so many times the usage of the one before.",
        ),
    ] = None,
    unless_below: Annotated[
        int | None,
        typer.Option(
            envvar="SAASGEN_UNLESS_BELOW",
            min=0,
            help="But not for that if its usage is below this, in whole units of its currency.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(envvar="SAASGEN_WORKERS", min=1, max=16, help="Tenants billed at once.")
    ] = 2,
    on_sandbox: OnSandbox = False,
    as_json: Json = False,
) -> None:
    """Bill the tenants of STACK whose period has ended: draft, check, then issue their invoices.

    The stack does so by itself every hour; this does it now, or goes on with the run there is.
    Running it again, twice at once, or interrupting it bills nobody twice: it goes on where it was.
    Before anything is issued, invoices that leave the stack's bounds (billing_bounds), or those
    that are given here, stop the run and are named.

    Exit code 0 when the run is done or nobody is due, 2 when it was stopped or tenants could not be
    billed.
    """
    opened = Stack.open(stack)
    given = {
        "most": most,
        "mostTimes": None if most_times is None else str(most_times),
        "unlessBelow": unless_below,
    }
    bounds = {name: value for name, value in given.items() if value is not None}
    order = {"workers": workers, "seconds": _SECONDS_PER_CALL, "bounds": bounds}
    with workspace(opened, on_sandbox=on_sandbox) as work:
        call = partial(invoke, work, _find(work))
        with progress("Computing" if dry_run else "Billing") as bar:
            bar.now("tenants whose period has ended")
            answer = preview(call, order) if dry_run else run(call, order, bar)
    if as_json:
        emit_json({"stack": opened.name, **answer})
    else:
        _print(answer)
    if not dry_run:
        _require_done(answer)


def run(call: Call, order: dict[str, Any], bar: Bar) -> dict[str, Any]:
    """Call the function until its run is done or stopped; returns its last answer.

    Args:
        call: calls the billing function.
        order: what the function is told; see its `Order`.
        bar: a step for every tenant that is drafted, and one that is done with.
    """
    shown = 0
    while True:
        answer = call(order)
        bar.total(2 * answer["tenants"])
        is_done = answer["finalized"] + answer["failed"]
        steps = 2 * is_done + answer["drafted"]
        stood, shown = shown, max(shown, steps)
        for _ in range(shown - stood):
            bar.step()
        if answer["finished"]:
            return answer
        bar.now(str(_STEPS.get(answer["state"], answer["state"])))
        if steps == stood:  # others work on what is left, or broke off: their leases run out
            time.sleep(_PAUSE_S)


def preview(call: Call, order: dict[str, Any]) -> dict[str, Any]:
    """Ask what would be billed, tenant after tenant."""
    invoices: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    order = order | {"dryRun": True}
    while True:
        answer = call(order)
        invoices += answer["invoices"]
        failures |= answer["failures"]
        if answer["finished"]:
            return {"dryRun": True, "invoices": invoices, "failures": failures}
        order = order | {"after": answer["after"]}


def _find(work: Workspace) -> str:
    functions = work.outputs().get("function_names", {}).get("value", {})
    if FUNCTION not in functions:
        raise UserError(
            f"{work.stack.name} has no billing function: it was not applied yet, or with an older "
            "template. Run plan and apply first."
        )
    return str(functions[FUNCTION])


def _print(answer: dict[str, Any]) -> None:
    if answer.get("dryRun"):
        _print_invoices(answer["invoices"])
        _print_failures(answer["failures"])
        return
    if answer["state"] == "nobody_due":
        say("Nobody is due: every period that has ended is billed, and no draft waits.")
        return
    for fault in answer["faults"]:
        say(
            f"[yellow]Out of bounds[/yellow]: invoice {fault['invoiceId']} of tenant "
            f"{fault['tenantId']} over {fault['total']} {escape(fault['reason'])}."
        )
    _print_failures(answer["failures"])
    say(
        f"Run {answer['runId']} is {answer['state']}: {answer['invoices']} invoices, "
        f"{answer['finalized']} of {answer['tenants']} tenants done."
    )


def _print_invoices(invoices: list[dict[str, Any]]) -> None:
    if not invoices:
        say("Nothing would be drafted: no period has ended that is to be paid for.")
        return
    table = Table("tenant", "from", "to", box=None, pad_edge=False)
    table.add_column("lines", justify="right")
    table.add_column("total", justify="right")
    for found in invoices:
        table.add_row(
            found["tenantId"],
            found["periodStart"],
            found["periodEnd"],
            str(found["lines"]),
            found["total"],
        )
    out.print(table)
    say(f"{len(invoices)} invoices would be drafted next: of each tenant, for its oldest period.")


def _print_failures(failures: dict[str, str]) -> None:
    for tenant, reason in failures.items():
        say(f"[red]Cannot be billed[/red]: tenant {tenant}: {escape(reason)}")


def _require_done(answer: dict[str, Any]) -> None:
    if answer["state"] == "stopped":
        raise PendingChanges(
            "The run was stopped and nothing was issued. Finalize or void the invoices it names, "
            "and it goes on within the hour, or now if you run it again; or run it with other "
            "bounds (--most, --most-times, --unless-below)."
        )
    if answer["failed"]:
        raise PendingChanges(
            f"{answer['failed']} of {answer['tenants']} tenants could not be billed. The stack "
            "tries again every hour, or you do by running it again."
        )
