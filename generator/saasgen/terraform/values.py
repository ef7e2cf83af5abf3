"""The files a plan takes its values from: a name in them that nobody reads is a mistake."""

import json
from pathlib import Path
from typing import Any

from saasgen.errors import UnknownKey, UserError
from saasgen.stack import Stack
from saasgen.terraform.variables import Collection, Object, Type, declared_in


def require_known_names(stack: Stack, tier: str) -> None:
    """Refuse values that Terraform would pass over.

    Args:
        stack: the stack.
        tier: the deployment tier of the run.

    Raises:
        UserError: a file is no JSON object, or names what is not declared.
    """
    folder = stack.terraform_dir
    declared = declared_in(folder)
    # What Terraform reads by itself, in its order, and what we name.
    own = [folder / "terraform.tfvars.json", *sorted(folder.glob("*.auto.tfvars.json"))]
    for path in [*own, *(folder / name for name in stack.var_files(tier))]:
        if path.is_file():
            _require(declared, _read(path), path, ())


def _require(declared: Type, given: Any, path: Path, where: tuple[str, ...]) -> None:
    match declared, given:
        case Object(attributes), dict():
            for name, value in given.items():
                if name not in attributes:
                    raise UnknownKey(path, (*where, name), attributes)
                _require(attributes[name], value, path, (*where, name))
        case Collection(element), dict():
            for name, value in given.items():
                _require(element, value, path, (*where, name))
        case Collection(element), list():
            for number, value in enumerate(given):
                _require(element, value, path, (*where, str(number)))


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} must hold an object: values by name of variable.")
    return values
