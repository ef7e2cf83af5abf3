"""What of a sandbox should run and does not."""

from saasgen.commands.bring_up import is_unfinished
from saasgen.commands.target import called
from saasgen.errors import NotRunning
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.models import SandboxStatus
from saasgen.stack import Stack

_UNFINISHED = (
    "`sandbox up` is not finished: it still runs, or it was interrupted and can be run again"
)


def look(stack: Stack, sandbox: Sandbox) -> SandboxStatus:
    """What runs in a sandbox of a stack.

    Raises:
        NotRunning: the sandbox itself does not run.
    """
    if sandbox.running:
        return sandbox.status()
    unfinished = f" {_UNFINISHED}." if is_unfinished(stack, sandbox) else ""
    if sandbox.was_killed:
        raise NotRunning(
            f"{called(stack, sandbox)} was killed: `saasgen sandbox up{sandbox.option}` goes on "
            f"with its database and the last copy of its simulated AWS.{unfinished}"
        )
    raise NotRunning(
        f"{called(stack, sandbox)} is not running: start it with "
        f"`saasgen sandbox up{sandbox.option}`.{unfinished}"
    )


def require_all_running(stack: Stack, sandbox: Sandbox, found: SandboxStatus) -> None:
    """Name what does not run in a sandbox that does.

    Raises:
        NotRunning: names each part, and what brings it back.
    """
    faults = [_UNFINISHED] if is_unfinished(stack, sandbox) else []
    if found.database is not None and not found.database.running:
        faults.append(
            f"PostgreSQL is gone: run `saasgen sandbox up{sandbox.option}` to start it again on "
            "its data"
        )
    faults += [
        f"a process of the function {each.name} has ended: its next invocation starts another one"
        for each in found.functions
        if each.ended
    ]
    if faults:
        raise NotRunning(f"Not everything of {stack.name} runs: {'; '.join(faults)}.")
