"""`saasgen plan`: what would change, grouped so that a person can read it; saved for `apply`."""

from dataclasses import dataclass

from rich.markup import escape

from saasgen.commands.money import change_in_dollars, dollars, exact
from saasgen.commands.options import HERE, AllowDestroy, Json, OnSandbox, StackPath, TierName
from saasgen.commands.target import reporting, workspace
from saasgen.console import emit_json, out, progress, say
from saasgen.costs.fixed import CostChange
from saasgen.errors import PendingChanges, UserError
from saasgen.prices.price_list import newest_prices
from saasgen.stack import Stack
from saasgen.terraform import saved_plan
from saasgen.terraform.fingerprint import fingerprint
from saasgen.terraform.summary import Change, PlanSummary
from saasgen.terraform.values import require_known_names
from saasgen.terraform.workspace import Workspace

_COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}
BASIS = "fixed cost, without usage"


@dataclass(frozen=True)
class Planned:
    """What a plan would do, what that changes in the bill, and what tells it from another plan."""

    summary: PlanSummary
    cost: CostChange
    fingerprint: str


def plan(
    stack: StackPath = HERE,
    tier: TierName = None,
    allow_destroy: AllowDestroy = None,
    on_sandbox: OnSandbox = False,
    as_json: Json = False,
) -> None:
    """Plan STACK at its deployment tier, save the plan and print what it would do and cost.

    The cost is what is billed for being there; `saasgen cost` tells what use costs.

    Exit code 2 when something would change, 0 when nothing would.
    """
    opened = Stack.open(stack)
    size = opened.tier(tier).name
    require_known_names(opened, size)
    with workspace(opened, on_sandbox=on_sandbox, may_start=True) as work:
        planned = make_plan(work, size, destroy=False)
        where = work.target.name
        require_allowed(planned.summary, allow_destroy or [], work)
    summary = planned.summary
    if as_json:
        emit_json({"stack": opened.name, "tier": size, "target": where, **_as_json(planned)})
    else:
        print_summary(summary)
        print_cost_change(planned.cost)
        say(f"{opened.name} on {where}, {opened.environment.name}, tier {size}.")
    if not summary.empty:
        raise PendingChanges("Changes are pending: `saasgen apply` applies this plan.")


def make_plan(work: Workspace, tier: str, *, destroy: bool) -> Planned:
    """Plan, save the plan with what it was made from, and return what it would do.

    Raises:
        UserError: the stack was not built, or the configuration or a value is wrong.
    """
    if not destroy:
        _require_artifacts(work)
    file = saved_plan.plan_file(work)
    saved_plan.discard(work)
    with progress("Planning") as bar:
        made_from = work.state_id()
        shown = work.plan(tier, file, destroy=destroy, on_event=reporting(bar))
    saved_plan.save(work, tier, destroy=destroy, made_from=made_from)
    return Planned(PlanSummary.of(shown), CostChange.of(shown, newest_prices()), fingerprint(shown))


def require_allowed(summary: PlanSummary, allowed: list[str], work: Workspace) -> None:
    """Refuse a plan that loses data nobody allowed it to lose; its file is thrown away.

    Raises:
        UserError: names what would be lost, and how to allow it.
    """
    lost = [change for change in summary.destroyed_state if change.address not in allowed]
    if not lost:
        return
    saved_plan.discard(work)
    addresses = "\n".join(f"- {change.address} ({change.action})" for change in lost)
    flags = " ".join(f"--allow-destroy '{change.address}'" for change in lost)
    raise UserError(
        f"This plan would lose data:\n{addresses}\n"
        f"It was not saved. If that is meant, plan again with {flags}"
    )


def print_summary(summary: PlanSummary) -> None:
    """Print the changes by module and action (stdout)."""
    if summary.empty:
        out.print("No changes: the stack is as its configuration says.")
        return
    for module, actions in summary.by_module().items():
        out.print(f"[bold]{escape(module)}[/bold]")
        for action, changes in actions.items():
            colour = _COLOURS.get(action, "default")
            out.print(f"  [{colour}]{action} {len(changes)}[/{colour}]")
            for line in _lines(module, changes):
                out.print(f"    {escape(line)}", highlight=False)
    counts = (
        f"{summary.count('create')} to create, {summary.count('update')} to update, "
        f"{summary.count('replace')} to replace, {summary.count('delete')} to delete"
    )
    out.print(f"[bold]{counts}[/bold]")


def print_cost_change(cost: CostChange) -> None:
    """Print what the plan adds to the bill, by component (stdout)."""
    changed = [component for component in cost.components if component.change]
    if not changed:
        out.print(f"Cost per month ({BASIS}): no change, {dollars(cost.after)}.")
        return
    out.print(
        f"[bold]Cost per month ({BASIS}): {change_in_dollars(cost.change)}[/bold], "
        f"from {dollars(cost.before)} to {dollars(cost.after)}",
        highlight=False,
    )
    for component in changed:
        line = f"  {component.component} {change_in_dollars(component.change)}"
        out.print(line, highlight=False)


def _lines(module: str, changes: list[Change]) -> list[str]:
    """One line per resource: its instances together, and why it must be replaced."""
    instances: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        resource, _, key = change.address.removeprefix(f"module.{module}.").partition("[")
        reason = ", ".join(change.replaced_because)
        keys = instances.setdefault((resource, reason), [])
        if key:
            keys.append(key.rstrip("]").strip('"'))
    return [
        resource
        + (f" ({len(keys)}: {', '.join(keys)})" if keys else "")
        + (f" (because {reason} changed)" if reason else "")
        for (resource, reason), keys in instances.items()
    ]


def _require_artifacts(work: Workspace) -> None:
    """Refuse to plan without what the functions are made from."""
    runtime = "sandbox" if work.target.name == "sandbox" else "lambda"
    if not (work.stack.root / "build" / runtime / "build.json").is_file():
        option = " --for sandbox" if runtime == "sandbox" else ""
        raise UserError(
            f"{work.stack.name} was not built for {runtime}: run `saasgen build{option}` first."
        )


def _as_json(planned: Planned) -> dict[str, object]:
    actions = ("create", "update", "replace", "delete")
    summary = planned.summary
    return {
        "counts": {action: summary.count(action) for action in actions},  # type: ignore[arg-type]
        "changes": [change.model_dump() for change in summary.changes],
        "monthlyCostChange": _cost_as_json(planned.cost),
        "fingerprint": planned.fingerprint,
    }


def _cost_as_json(cost: CostChange) -> dict[str, object]:
    return {
        "basis": BASIS,
        "currency": "USD",
        "pricesOf": {"region": cost.region, "asOf": cost.as_of.isoformat()},
        "before": exact(cost.before),
        "after": exact(cost.after),
        "change": exact(cost.change),
        "components": [
            {
                "component": component.component,
                "before": exact(component.before),
                "after": exact(component.after),
                "change": exact(component.change),
            }
            for component in cost.components
        ],
    }
