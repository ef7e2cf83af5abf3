"""`saasgen delivery ...`: what a stack's GitHub workflows run."""

import typer

from saasgen.commands.apply import apply_saved
from saasgen.commands.money import change_in_dollars, dollars
from saasgen.commands.options import HERE, AllowDestroy, Json, StackPath
from saasgen.commands.plan import BASIS, Planned, make_plan, require_allowed
from saasgen.commands.target import workspace
from saasgen.console import emit_json, say
from saasgen.costs.fixed import CostChange
from saasgen.delivery.comment import Review, describe, marker, operators_changes
from saasgen.delivery.github import PullRequest, Repository
from saasgen.errors import PendingChanges, UserError
from saasgen.stack import Stack
from saasgen.terraform.summary import PlanSummary

app = typer.Typer(no_args_is_help=True, help="Deliver by pull request (GitHub workflows).")

AGAIN = (
    "Nothing was applied. Open another pull request (an empty commit will do): "
    "its plan is what is left to review."
)


@app.command()
def plan(
    stack: StackPath = HERE,
    allow_destroy: AllowDestroy = None,
    as_json: Json = False,
) -> None:
    """Plan what a pull request would change, and say so in one comment on it."""
    opened = Stack.open(stack)
    repository = Repository()
    pull_request = repository.opened()
    size = opened.tier().name
    with workspace(opened, on_sandbox=False) as work:
        planned = make_plan(work, size, destroy=False)
        review = Review(planned.fingerprint, pull_request.head)
        shown = _describe(opened, planned)
        _comment(repository, pull_request, opened, shown, review)
        require_allowed(planned.summary, allow_destroy or [], work)
    if as_json:
        emit_json({"pullRequest": pull_request.number, "fingerprint": planned.fingerprint})
    say(f"Pull request #{pull_request.number} says what it would change.")


@app.command()
def apply(
    stack: StackPath = HERE,
    allow_destroy: AllowDestroy = None,
    as_json: Json = False,
) -> None:
    """Plan what was merged, and apply it if it comes to what its pull request said.

    Exit code 2 when it comes to something else: then nothing is applied.
    """
    opened = Stack.open(stack)
    repository = Repository()
    size = opened.tier().name
    with workspace(opened, on_sandbox=False) as work:
        planned = make_plan(work, size, destroy=False)
        repository.summarise(_describe(opened, planned))
        if not planned.summary.empty:
            _require_within_rights(planned.summary)
            _require_reviewed(repository, opened, planned)
            require_allowed(planned.summary, allow_destroy or [], work)
            apply_saved(work)
    if as_json:
        emit_json({"applied": len(planned.summary.changes), "fingerprint": planned.fingerprint})
    say(f"[green]Applied[/green] {len(planned.summary.changes)} changes to {opened.name}.")


def _describe(stack: Stack, planned: Planned) -> str:
    return describe(stack, stack.tier().name, planned.summary, _cost(planned.cost))


def _cost(cost: CostChange) -> str:
    return (
        f"Cost per month ({BASIS}): {change_in_dollars(cost.change)}, "
        f"from {dollars(cost.before)} to {dollars(cost.after)}"
    )


def _comment(
    repository: Repository, pull_request: PullRequest, stack: Stack, shown: str, review: Review
) -> None:
    promise = (
        f"Planned for {pull_request.head}. On merge it is planned again, and applied if it comes "
        "to the same."
    )
    repository.write_comment(pull_request, marker(stack), f"{shown}\n\n{promise}\n\n{review}")


def _require_within_rights(summary: PlanSummary) -> None:
    """Refuse beforehand what AWS would refuse half-way."""
    kept = operators_changes(summary)
    if kept:
        raise UserError(
            "Only an operator may do this, from a machine: "
            + ", ".join(change.address for change in kept)
            + ". Run saasgen build, saasgen plan and saasgen apply there."
        )


def _require_reviewed(repository: Repository, stack: Stack, planned: Planned) -> None:
    """Refuse a plan that is not the one on the merged pull request.

    Raises:
        PendingChanges: says what is missing, or what differs.
    """
    merged = repository.merged()
    if merged is None:
        raise PendingChanges(
            f"{repository.commit} came by no pull request, so nobody reviewed its plan. {AGAIN}"
        )
    comment = repository.comment(merged, marker(stack))
    review = Review.read(comment) if comment else None
    if review is None:
        raise PendingChanges(f"Pull request #{merged.number} shows no plan. {AGAIN}")
    if review.commit != merged.head:
        raise PendingChanges(
            f"Pull request #{merged.number} shows the plan of {review.commit}, and "
            f"{merged.head} was merged. {AGAIN}"
        )
    if review.fingerprint != planned.fingerprint:
        raise PendingChanges(
            f"This is not the plan that pull request #{merged.number} shows: the stack or its main "
            f"branch changed in between. {AGAIN}"
        )
