"""Commands that are imported when they are called: `saasgen --help` waits for none of them.

A group holds a line for each of its commands: a name, the function or Typer app behind it, and the
sentence that help shows. The line is enough for the group's help and for completing a name. Calling
a command, or asking for its own help, imports its module.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context


class Line(NamedTuple):
    """A command of a group.

    Attributes:
        target: the function or Typer app behind it, as "module:attribute".
        help: the first paragraph of its help.
    """

    target: str
    help: str


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are called; a subclass lists them.

    Attributes:
        lines: the commands by name, in the order in which help shows them.
    """

    lines: Mapping[str, Line] = {}

    def __init__(self, **attributes: Any) -> None:
        listed = {name: TyperCommand(name, help=line.help) for name, line in self.lines.items()}
        super().__init__(**{**attributes, "commands": listed})

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> tuple[str | None, "Command | None", list[str]]:
        """Find the command that `args` call, and import it."""
        name, found, rest = super().resolve_command(ctx, args)
        if name is None or found is None:
            return name, found, rest
        return name, _load(name, self.lines[name].target), rest

    def import_all(self) -> None:
        """Import every command, for a reader of the whole group such as the reference."""
        self.commands = {name: _load(name, line.target) for name, line in self.lines.items()}


def _load(name: str, target: str) -> "Command":
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
