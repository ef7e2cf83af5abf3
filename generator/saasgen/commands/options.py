"""Options that several commands share; each can also be given by an environment variable."""

from pathlib import Path
from typing import Annotated

import typer

from saasgen.tiers import TIERS

StackPath = Annotated[
    Path,
    typer.Argument(envvar="SAASGEN_STACK", help="Folder of the stack.", show_default="."),
]
Json = Annotated[
    bool, typer.Option("--json", envvar="SAASGEN_JSON", help="Print the result as JSON on stdout.")
]
OnSandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox", envvar="SAASGEN_ON_SANDBOX", help="Use the stack's sandbox instead of AWS."
    ),
]
SandboxName = Annotated[
    str | None,
    typer.Option(
        "--name",
        envvar="SAASGEN_SANDBOX",
        help="Which of the stack's sandboxes.",
        show_default="default",
    ),
]
StackFolder = Annotated[
    Path, typer.Option("--stack", envvar="SAASGEN_STACK", help="Folder of the stack.")
]
TierName = Annotated[
    str | None,
    typer.Option(
        "--tier",
        envvar="SAASGEN_TIER",
        help=f"Deployment tier instead of the stack's own: {', '.join(TIERS)}.",
    ),
]
AllowDestroy = Annotated[
    list[str] | None,
    typer.Option(
        envvar="SAASGEN_ALLOW_DESTROY",
        help="Address of a stateful resource this plan may delete or replace (repeatable).",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(envvar="SAASGEN_PORT", help="Port of the API; a free one by default."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", envvar="SAASGEN_YES", help="Do not ask for confirmation.")
]

HERE = Path()
