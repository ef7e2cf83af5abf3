"""`saasgen apply`: apply the saved plan, exactly once."""

from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.target import reporting, sandbox_of, workspace
from saasgen.console import emit_json, progress, say
from saasgen.stack import Stack
from saasgen.terraform import saved_plan
from saasgen.terraform.workspace import Workspace


def apply(stack: StackPath = HERE, on_sandbox: OnSandbox = False, as_json: Json = False) -> None:
    """Apply the plan that `saasgen plan` saved, if the state is still the one it was made from."""
    opened = Stack.open(stack)
    with workspace(opened, on_sandbox=on_sandbox) as work:
        tier = apply_saved(work)
        if on_sandbox:
            sandbox_of(opened).serve(work.show())
        outputs = {n: o["value"] for n, o in work.outputs().items() if not o.get("sensitive")}
    if as_json:
        emit_json({"stack": opened.name, "tier": tier, "outputs": outputs})
        return
    say(f"[green]Applied[/green] {opened.name} at tier {tier}.")
    say("Next: saasgen migrate" + (" --sandbox" if on_sandbox else ""))


def apply_saved(work: Workspace) -> str:
    """Apply the saved plan and return its tier; the plan cannot be used again."""
    note = saved_plan.load(work)
    file = saved_plan.use(work)
    try:
        with progress("Destroying" if note.destroy else "Applying") as bar:
            work.apply(file, reporting(bar))
    finally:
        file.unlink(missing_ok=True)
    return note.tier
