"""`saasgen redrive`: why messages died, and their replay through the stack's own function."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
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

MOST: Final = 1000
"""Messages the function looks at in one call."""
_SECONDS_PER_CALL: Final = 10
"""Short enough to be interrupted between two, and to see the bar move."""

_OUTCOMES: Final = {
    "ready": "would be replayed",
    "replayed": "replayed",
    "held": "held back",
    "newer": "left: sent after this run began",
}

Call = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Redriven:
    """What a run has come to; a message that was seen twice counts as it was seen last."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    replayed: int = 0
    hidden: int = 0
    finished: bool = False

    def add(self, answer: dict[str, Any]) -> None:
        """Take in what the function answered to one call."""
        self.messages |= {message["messageId"]: message for message in answer["messages"]}
        self.replayed += answer["replayed"]
        self.finished = answer["finished"]

    @property
    def remaining(self) -> list[dict[str, Any]]:
        """The messages that are still dead."""
        return [m for m in self.messages.values() if m["outcome"] != "replayed"]


def redrive(
    queue: Annotated[
        str, typer.Argument(help="Key or name of the dead-letter queue, such as write_audit.")
    ],
    stack: StackPath = HERE,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="SAASGEN_DRY_RUN", help="Say why messages died, touch none."
        ),
    ] = False,
    limit: Annotated[
        int,
        typer.Option(
            envvar="SAASGEN_LIMIT", min=1, help="Messages to replay, or to look at, at most."
        ),
    ] = MOST,
    per_second: Annotated[
        float,
        typer.Option(
            envvar="SAASGEN_PER_SECOND", min=0.1, max=50, help="Messages to replay in a second."
        ),
    ] = 5,
    include_held: Annotated[
        bool,
        typer.Option(
            "--include-held",
            envvar="SAASGEN_INCLUDE_HELD",
            help="Replay also what is held back because a replay alone cannot help it.",
        ),
    ] = False,
    on_sandbox: OnSandbox = False,
    as_json: Json = False,
) -> None:
    """Say why messages of STACK died in QUEUE, and replay them at a bounded rate.

    A message goes back to the consumer that failed on it, and to no other. Running it again, twice
    at once, or interrupting it loses nothing.

    Exit code 0 when nothing is left in the queue, 2 when messages remain dead.
    """
    opened = Stack.open(stack)
    order = {"dryRun": dry_run, "perSecond": per_second, "includeHeld": include_held}
    done = Redriven()
    with workspace(opened, on_sandbox=on_sandbox) as work:
        function, key = _find(work, queue)
        try:
            with progress("Reading" if dry_run else "Replaying") as bar:
                bar.now(f"dead letters of {key}")
                call = partial(invoke, work, function)
                run(call, order | {"queue": key}, limit, bar, done)
        finally:  # what was done before a failure, or Ctrl-C, is told all the same
            _tell(opened, key, done, as_json=as_json)
    _require_nothing_left(key, done, dry_run=dry_run)


def run(call: Call, order: dict[str, Any], limit: int, bar: Bar, done: Redriven) -> None:
    """Call the function until nothing is left, the limit is reached, or it replays no more.

    Each call is short: between two of them the run can be interrupted. All are one run, whose
    beginning the function tells: what dies again under way is not replayed again.

    Args:
        call: calls the redrive function.
        order: what the function is told; see its `Order`.
        limit: messages to replay, or in a dry run to look at, at most.
        bar: shows how far it is.
        done: is filled with what the calls answer.
    """
    is_dry = order["dryRun"]
    at_once = MOST if is_dry else max(1, int(order["perSecond"] * _SECONDS_PER_CALL))
    while not done.finished:
        answer = call(order | {"limit": min(at_once, limit - done.replayed)})
        if "startedAt" not in order:
            order = order | {"startedAt": answer["startedAt"]}
            done.hidden = answer["hidden"]
            bar.total(min(limit, answer["visible"]))
        done.add(answer)
        for _ in range(len(answer["messages"]) if is_dry else answer["replayed"]):
            bar.step()
        if answer["replayed"] == 0 or done.replayed >= limit:
            break


def _find(work: Workspace, queue: str) -> tuple[str, str]:
    """Return the name of the redrive function and the key of a queue."""
    outputs = work.outputs()
    functions = outputs.get("function_names", {}).get("value", {})
    if "redrive" not in functions:
        raise UserError(
            f"{work.stack.name} has no redrive function: it was not applied yet, or with an older "
            "template. Run plan and apply first."
        )
    names: dict[str, str] = outputs["dead_letter_queue_names"]["value"]
    keys = {name: key for key, name in names.items()} | {key: key for key in names}
    if queue not in keys:
        raise UserError(
            f"There is no dead-letter queue {queue!r}. Queues: {', '.join(sorted(names))}."
        )
    return str(functions["redrive"]), keys[queue]


def _tell(stack: Stack, key: str, done: Redriven, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "stack": stack.name,
                "queue": key,
                "replayed": done.replayed,
                "remaining": len(done.remaining),
                "finished": done.finished,
                "messages": list(done.messages.values()),
            }
        )
        return
    if done.messages:
        _print_messages(done)
    for advice, count in Counter(m["advice"] for m in done.remaining if "advice" in m).items():
        say(f"[yellow]Held back[/yellow] ({count}): {escape(advice)}.")
    _say_how_to_find_reasons(done)
    if done.hidden:
        say(f"{done.hidden} more were hidden when it began: somebody else is looking at them.")


def _print_messages(done: Redriven) -> None:
    table = Table("what", "id", "tenant", "since", box=None, pad_edge=False)
    table.add_column("tried", justify="right")
    table.add_column("why")
    table.add_column("done")
    for message in done.messages.values():
        table.add_row(
            escape(message.get("eventType") or message.get("function") or "?"),
            message.get("eventId") or message.get("requestId") or message["messageId"],
            message.get("tenantId", ""),
            message["since"],
            str(message.get("attempts", "?")),
            escape(message.get("reason", "not recorded")),
            _OUTCOMES[message["outcome"]],
        )
    out.print(table)


def _say_how_to_find_reasons(done: Redriven) -> None:
    """Give the query that finds the first reason that was not recorded."""
    unexplained = [m for m in done.messages.values() if "logQuery" in m]
    if not unexplained:
        return
    first = unexplained[0]
    say(f"Reasons not recorded: {len(unexplained)} (the database may have been away). Ask the log")
    say(f"{first['logGroup']} with CloudWatch Logs Insights; --json has the query of each:")
    say(escape(f"  {first['logQuery']}"))


def _require_nothing_left(key: str, done: Redriven, *, dry_run: bool) -> None:
    say(f"{key}: replayed {done.replayed}, left {len(done.remaining)}.")
    if done.finished and not done.remaining:
        return
    ready = sum(1 for message in done.remaining if message["outcome"] == "ready")
    if dry_run and ready:
        raise PendingChanges(f"`saasgen redrive {key}` replays {ready} of these messages.")
    raise PendingChanges(f"Messages remain dead in {key}.")
