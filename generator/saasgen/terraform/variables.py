"""What a root's variables are declared as, read from its HCL: names, and the shape of their types.

Terraform drops an object's unknown attribute without a word and only warns of an unknown variable,
so that whoever wants to tell a person must know the types. This reads no more of HCL than that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r]+ | (?:\#|//)[^\n]* | /\*.*?\*/)
      | <<-?(?P<tag>\w+)\n.*?\n[ \t]*(?P=tag)\b
      | (?P<quote>")
      | [A-Za-z_][\w-]*
      | .""",
    re.S | re.X,
)
_OPENING, _CLOSING = "({[", ")}]"


def declared_in(folder: Path) -> Object:
    """The variables that the *.tf files of a folder declare."""
    found: dict[str, Type] = {}
    for path in sorted(folder.glob("*.tf")):
        found |= _Reader(path.read_text("utf-8")).variables()
    return Object(found)


class _Reader:
    """Goes through the tokens of a file; Terraform itself tells when they make no sense."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def variables(self) -> dict[str, Type]:
        """Types by name of variable."""
        found = {}
        while self._at < len(self._tokens):
            if self._next() == "variable" and self._peek().startswith('"'):
                name = self._next().strip('"')
                found[name] = self._declared_type()
        return found

    def _declared_type(self) -> Type:
        """The `type` in the body that follows; None where there is none."""
        found: Type = None
        depth = 0
        while self._at < len(self._tokens):
            word = self._next()
            depth += (word in _OPENING) - (word in _CLOSING)
            if depth == 1 and word == "type" and self._peek() == "=":
                self._next()
                found = self._type()
            if depth == 0:
                break
        return found

    def _type(self) -> Type:
        name = self._next()
        if self._peek() != "(":
            return None
        self._next()
        found: Type = None
        if name == "object":
            found = Object(dict(self._attributes()))
        elif name in ("list", "set", "map"):
            found = Collection(self._type())
        elif name == "optional":
            found = self._type()
        self._close()
        return found

    def _attributes(self) -> Iterator[tuple[str, Type]]:
        self._next()  # {
        while self._peek() != "}":
            name = self._next().strip('"')
            self._next()  # = or :
            yield name, self._type()
            if self._peek() == ",":
                self._next()
        self._next()

    def _close(self) -> None:
        """Go past the end of what is open, whatever else it holds (a default, a tuple)."""
        depth = 1
        while depth and self._at < len(self._tokens):
            word = self._next()
            depth += (word in _OPENING) - (word in _CLOSING)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while found := _TOKEN.match(text, at):
        at = _end_of_string(text, at) if found["quote"] else found.end()
        if not found["blank"] and found[0] != "\n":
            yield text[found.start() : at]


def _end_of_string(text: str, at: int) -> int:
    """Where the string that begins at `at` is over: `"a ${join("b", c)}"` holds another."""
    at += 1
    depth = 0
    while at < len(text):
        if depth == 0 and text[at] == '"':
            return at + 1
        if text[at] == "\\":
            at += 1
        elif depth and text[at] == '"':
            at = _end_of_string(text, at) - 1
        elif text[at] == "{" and (depth or text[at - 1] in "$%"):
            depth += 1
        elif text[at] == "}" and depth:
            depth -= 1
        at += 1
    return at
