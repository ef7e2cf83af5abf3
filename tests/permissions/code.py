"""What can be reached from a function's handler, read from the code without running it.

Top-level definitions are the nodes; a name that one uses is an edge. A class counts as a whole.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Definition:
    """Something that a module defines at its top level: a function, a class, a constant."""

    module: str
    name: str
    node: ast.stmt

    @property
    def address(self) -> str:
        """Such as `handlers.platform.database.sessions.tenant_session`."""
        return f"{self.module}.{self.name}"


class Code:
    """The modules of a package.

    Args:
        root: the package's folder.
    """

    def __init__(self, root: Path) -> None:
        self._trees = {
            ".".join(path.relative_to(root.parent).with_suffix("").parts): ast.parse(
                path.read_text("utf-8"), str(path)
            )
            for path in sorted(root.rglob("*.py"))
        }

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Every definition by its address."""
        found = (
            Definition(module, name, node)
            for module, tree in self._trees.items()
            for node in tree.body
            for name in _names_defined(node)
        )
        return {definition.address: definition for definition in found}

    def reachable(
        self, entries: Collection[str], cut: Collection[tuple[str, str]] = ()
    ) -> list[Definition]:
        """What entries can lead to, without going from one definition to another as in `cut`.

        Raises:
            KeyError: an entry is not defined.
        """
        waiting = [self.definitions[entry] for entry in entries]
        seen: dict[str, Definition] = {}
        while waiting:
            definition = waiting.pop()
            if definition.address not in seen:
                seen[definition.address] = definition
                waiting += (
                    used
                    for used in self.used_by(definition)
                    if (definition.address, used.address) not in cut
                )
        return list(seen.values())

    def used_by(self, definition: Definition) -> Iterator[Definition]:
        """The definitions that one names."""
        for node in ast.walk(definition.node):
            if isinstance(node, ast.Name | ast.Attribute):
                used = self.resolve(definition.module, node)
                if used is not None:
                    yield used

    def resolve(self, module: str, expression: ast.expr) -> Definition | None:
        """The definition that a name, or a name of a module, stands for in `module`."""
        match expression:
            case ast.Name(id=name):
                address = self._imports[module].get(name, f"{module}.{name}")
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                address = f"{self._imports[module].get(name, name)}.{attribute}"
            case _:
                return None
        return self.definitions.get(address)

    @cached_property
    def _imports(self) -> dict[str, dict[str, str]]:
        """What imported names stand for, by module; imports inside functions are among them."""
        return {
            module: {
                alias.asname or alias.name: f"{node.module}.{alias.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            for module, tree in self._trees.items()
        }


def parameters(definition: Definition) -> list[str]:
    """Names of a function's positional parameters; a class has those of its `__init__`."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if isinstance(n, _Function) and n.name == "__init__"]
        return [a.arg for a in made[0].args.args[1:]] if made else []
    return [a.arg for a in node.args.args] if isinstance(node, _Function) else []


def _names_defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []
