"""`saasgen bootstrap`: the bucket that Terraform keeps a stack's state in."""

from saasgen.commands.options import HERE, Json, OnSandbox, StackPath
from saasgen.commands.target import reporting, require_credentials, sandbox_of, sandbox_target
from saasgen.console import emit_json, progress, say
from saasgen.stack import Stack
from saasgen.terraform.bootstrap import Bootstrap
from saasgen.terraform.events import ChangeSummary, Event
from saasgen.terraform.state_bucket import StateBucket
from saasgen.terraform.workspace import Target


def bootstrap(
    stack: StackPath = HERE, on_sandbox: OnSandbox = False, as_json: Json = False
) -> None:
    """Create the state bucket of STACK, or confirm that it is as it must be.

    Once per stack, before its first plan. Run it again whenever you like: what is there stays, and
    what an interrupted run left out is made.
    """
    opened = Stack.open(stack)
    bucket = StateBucket.of(opened)
    target = _target(opened, on_sandbox=on_sandbox)
    created = bucket.ensure(target.environment)
    changed, outputs = _set_up(opened, target, bucket)
    if as_json:
        emit_json({"stack": opened.name, "created": created, "changed": changed, **outputs})
        return
    done = "Created" if created else "Changed" if changed else "Confirmed"
    say(f"[green]{done}[/green] the state bucket {bucket.name} in {bucket.region}.")
    say("Next: saasgen plan" + (" --sandbox" if on_sandbox else ""))


def _set_up(stack: Stack, target: Target, bucket: StateBucket) -> tuple[int, dict[str, object]]:
    """Bring the bucket up to date; return how many resources that changed, and the outputs."""
    changed = 0
    with progress("Bootstrapping") as bar:
        bar.now("initialising")
        work = Bootstrap(stack, target, bucket)
        work.init()
        show = reporting(bar)

        def report(event: Event) -> None:
            nonlocal changed
            if isinstance(event, ChangeSummary) and event.operation == "apply":
                changed = event.add + event.change + event.remove
            show(event)

        work.bring_up_to_date(report)
        outputs = {name: output["value"] for name, output in work.outputs().items()}
    return changed, outputs


def _target(stack: Stack, *, on_sandbox: bool) -> Target:
    """AWS, or the stack's sandbox, which is started if it does not run and goes on running."""
    if not on_sandbox:
        require_credentials()
        return Target("aws", {})
    sandbox = sandbox_of(stack)
    if not sandbox.running:
        sandbox.start()
        say("Started an empty sandbox (stop it with `saasgen sandbox down`).")
    return sandbox_target(sandbox)
