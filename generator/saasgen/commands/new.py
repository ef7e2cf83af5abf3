"""`saasgen new`: render a stack."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from saasgen import template
from saasgen.commands.options import Json
from saasgen.commands.program import command
from saasgen.console import emit_json, err, say
from saasgen.errors import UserError
from saasgen.stack import Stack


def new(
    path: Annotated[Path, typer.Argument(envvar="SAASGEN_STACK", help="Folder to make.")],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", envvar="SAASGEN_DATA", help="An answer, as QUESTION=VALUE."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(envvar="SAASGEN_ANSWERS", help="YAML or JSON file of answers."),
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", envvar="SAASGEN_DEFAULTS", help="Ask nothing.")
    ] = False,
    template_source: Annotated[
        str | None,
        typer.Option(
            "--template",
            envvar="SAASGEN_TEMPLATE",
            help="Git URL or local git repository of the template; the bundled one by default.",
        ),
    ] = None,
    ref: Annotated[
        str | None,
        typer.Option(envvar="SAASGEN_REF", help="Tag, branch or commit of the template."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Render a new stack into PATH and make it a git repository.

    Questions without an answer are asked; --defaults asks nothing. The stack's name comes from the
    folder's name unless it is given.
    """
    destination = path.expanduser().absolute()
    _refuse_existing(destination)
    given = {**_from_file(answers), **_from_options(data or [])}
    given.setdefault("stack_name", destination.name)
    if template_source is None:
        template.check_answers(given, set(template.questions()))
    interactive = not defaults and sys.stdin.isatty()
    source = template.source(template_source, ref)
    template.render(source, destination, given, interactive=interactive)
    _report(Stack.open(destination), as_json)


def _refuse_existing(destination: Path) -> None:
    if destination.is_dir() and any(destination.iterdir()):
        raise UserError(
            f"{destination} is not empty: name a new folder. "
            "To upgrade the stack that is there, use `copier update` in it."
        )
    if destination.exists() and not destination.is_dir():
        raise UserError(f"{destination} is a file: name a new folder.")


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"The answers file {path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise UserError(f"The answers file {path} is neither YAML nor JSON: {error}") from error
    if not isinstance(loaded, dict):
        raise UserError(f"The answers file {path} must hold `question: answer` pairs.")
    return {name: value for name, value in loaded.items() if not str(name).startswith("_")}


def _from_options(options: list[str]) -> dict[str, Any]:
    answers = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise UserError(f"--data {option!r} is not QUESTION=VALUE.")
        answers[name.strip()] = value
    return answers


def _report(stack: Stack, as_json: bool) -> None:
    answers = {name: v for name, v in stack.answers.items() if not name.startswith("_")}
    version = stack.answers.get("_commit")
    if as_json:
        emit_json({"path": str(stack.root), "version": version, "answers": answers})
        return
    size = f"{answers['environment']}, {answers['deployment_tier']}, {answers['tenancy']}"
    say(f"[green]Stamped[/green] {stack.name} ({size}) from template {version} into {stack.root}")
    err.print(f"Next: {command('sandbox', 'up', stack.root)}", markup=False)
