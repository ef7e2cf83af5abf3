"""The comment that shows a plan on its pull request, and what a later apply reads from it."""

import re
from dataclasses import dataclass

from saasgen.stack import Stack
from saasgen.terraform.summary import Change, PlanSummary

# GitHub takes 65 536 characters.
_MOST_CHARACTERS = 60_000
_SIGNS = {"create": "+", "update": "!", "replace": "-+", "delete": "-"}

_NOTE = "<!-- saasgen: fingerprint {fingerprint} of {commit} -->"
_NOTED = re.compile(_NOTE.format(fingerprint="([0-9a-f]{64})", commit="([0-9a-f]{40})") + r"\s*\Z")


@dataclass(frozen=True)
class Review:
    """What was shown to the reviewers: a plan, by its fingerprint, of a commit."""

    fingerprint: str
    commit: str

    @classmethod
    def read(cls, comment: str) -> "Review | None":
        """Read the note at the end of a comment; None where there is none."""
        noted = _NOTED.search(comment)
        return cls(noted.group(1), noted.group(2)) if noted else None

    def __str__(self) -> str:
        return _NOTE.format(fingerprint=self.fingerprint, commit=self.commit)


def marker(stack: Stack) -> str:
    """How the comment of a stack begins."""
    return f"<!-- saasgen: plan of {stack.name} {stack.environment.name} -->"


def describe(stack: Stack, tier: str, summary: PlanSummary, cost: str) -> str:
    """A plan in Markdown.

    Args:
        stack: the stack.
        tier: its deployment tier.
        summary: what would change.
        cost: what that changes in the bill, in words.
    """
    title = f"### Plan of {stack.name}: {stack.environment.name}, tier {tier}"
    if summary.empty:
        return f"{title}\n\nNo changes: the stack is as its configuration says."
    counts = ", ".join(f"{summary.count(a)} to {a}" for a in _SIGNS)  # type: ignore[arg-type]
    parts = [title, f"**{counts}**", cost, *_warnings(summary), _details(summary)]
    return "\n\n".join(parts)


def operators_changes(summary: PlanSummary) -> list[Change]:
    """The changes that the workflows' role may not make (module `ci_role` says why).

    Their own rights, and new keys.
    """
    return [change for change in summary.changes if _is_operators(change)]


def _is_operators(change: Change) -> bool:
    makes_key = change.type == "aws_kms_key" and change.action in {"create", "replace"}
    return makes_key or change.module.startswith("ci_role")


def _warnings(summary: PlanSummary) -> list[str]:
    lost = [f"`{change.address}` ({change.action})" for change in summary.destroyed_state]
    kept = [f"`{change.address}`" for change in operators_changes(summary)]
    found = []
    if lost:
        found.append("> [!CAUTION]\n> This loses data: " + ", ".join(lost))
    if kept:
        found.append(
            "> [!WARNING]\n> The workflows may not do this, so an operator has to apply the plan: "
            + ", ".join(kept)
        )
    return found


def _details(summary: PlanSummary) -> str:
    """Every change, as lines of a diff so that GitHub colours them."""
    lines: list[str] = []
    room = _MOST_CHARACTERS
    for change in summary.changes:
        because = ", ".join(change.replaced_because)
        line = f"{_SIGNS[change.action]} {change.address}" + (f" ({because})" if because else "")
        room -= len(line) + 1
        if room < 0:
            lines.append(f"# and {len(summary.changes) - len(lines)} more")
            break
        lines.append(line)
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"<details><summary>Changes</summary>\n\n{fence}diff\n{text}\n{fence}\n\n</details>"
