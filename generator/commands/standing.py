"""What of a sandbox should run and does not."""

from generator.commands.bring_up import is_unfinished
from generator.errors import NotRunning
from generator.sandbox.client import Sandbox
from generator.sandbox.models import SandboxStatus
from generator.stack import Stack

_UNFINISHED = (
    "`sandbox up` is not finished: it still runs, or it was interrupted and can be run again"
)


def look(stack: Stack) -> SandboxStatus:
    """What runs in the sandbox of a stack.

    Raises:
        NotRunning: the sandbox itself does not run.
    """
    sandbox = Sandbox(stack.root)
    if sandbox.running:
        return sandbox.status()
    unfinished = f" {_UNFINISHED}." if is_unfinished(stack) else ""
    raise NotRunning(
        f"The sandbox of {stack.name} is not running: start it with `saasgen sandbox up`."
        f"{unfinished}"
    )


def require_all_running(stack: Stack, found: SandboxStatus) -> None:
    """Name what does not run in a sandbox that does.

    Raises:
        NotRunning: names each part, and what brings it back.
    """
    faults = [_UNFINISHED] if is_unfinished(stack) else []
    if found.database is not None and not found.database.running:
        faults.append("PostgreSQL is gone: run `saasgen sandbox down`, then `saasgen sandbox up`")
    faults += [
        f"a process of the function {each.name} has ended: its next invocation starts another one"
        for each in found.functions
        if each.ended
    ]
    if faults:
        raise NotRunning(f"Not everything of {stack.name} runs: {'; '.join(faults)}.")
