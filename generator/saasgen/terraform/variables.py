"""What a root's variables are declared as, read from its HCL: names, and the shape of their types.

Terraform drops an object's unknown attribute without a word and only warns of an unknown variable.
A message about them needs the types. `python-hcl2` parses; this reads the types off its tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lark import Token, Tree

    Node = Tree[Token]


@dataclass(frozen=True)
class Object:
    """A type with attributes; the variables of a root are one too."""

    attributes: dict[str, "Type"]


@dataclass(frozen=True)
class Collection:
    """A list, set or map: every element is of one type."""

    element: "Type"


# None: nothing of it has a name (a string, a number, `any`).
Type = Object | Collection | None


def declared_in(folder: Path) -> Object:
    """The variables that the *.tf files of a folder declare.

    A file that cannot be parsed declares none: Terraform itself tells what is wrong with it.
    """
    from hcl2 import parses_to_tree
    from lark.exceptions import LarkError

    found: dict[str, Type] = {}
    for path in sorted(folder.glob("*.tf")):
        text = path.read_text("utf-8")
        if "variable" not in text:
            continue
        try:
            tree = parses_to_tree(text if text.endswith("\n") else f"{text}\n")
        except LarkError:
            continue
        for block in tree.find_data("block"):
            words = [_text(label) for label in _trees(block, "identifier", "string")]
            if words[0] == "variable":
                found[words[1]] = _declared_type(block)
    return Object(found)


def _declared_type(block: "Node") -> Type:
    [body] = _trees(block, "body")
    for attribute in _trees(body, "attribute"):
        name, _, value = attribute.children
        if _text(name) == "type":
            return _type(value)
    return None


def _type(expression: "Node | Token") -> Type:
    """Read a type expression such as `map(object({ a = optional(string) }))`."""
    calls = _trees(expression, "function_call")
    if not calls:
        return None
    [constructor] = _trees(calls[0], "identifier")
    [arguments] = _trees(calls[0], "arguments")
    first = _trees(arguments, "expr_term")[0]
    match _text(constructor):
        case "object":
            [fields] = _trees(first, "object")
            return Object(dict(map(_attribute, _trees(fields, "object_elem"))))
        case "list" | "set" | "map":
            return Collection(_type(first))
        case "optional":
            return _type(first)
    return None


def _attribute(element: "Node") -> tuple[str, Type]:
    name, _, value = element.children
    return _text(name), _type(value)


def _trees(node: "Node | Token", *rules: str) -> list["Node"]:
    """List the children of a node that are of one of some rules."""
    found = (child for child in _children(node) if getattr(child, "data", None) in rules)
    return [cast("Node", child) for child in found]


def _text(node: "Node | Token") -> str:
    """Return the text of an identifier or a string, without its quotes."""
    return "".join(_tokens(node)).strip('"')


def _tokens(node: "Node | Token") -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for child in _children(node):
        yield from _tokens(child)


def _children(node: "Node | Token") -> list["Node | Token"]:
    return getattr(node, "children", [])
