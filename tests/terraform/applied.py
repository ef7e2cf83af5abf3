"""Resources of a stack that was applied, and the statements of their policies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A managed resource.

    Attributes:
        key: what it has in a `for_each`; None where there is one.
    """

    address: str
    type: str
    key: str | None
    values: dict[str, Any]

    def __getitem__(self, attribute: str) -> Any:
        return self.values.get(attribute)


Resources = list[Resource]


def resources_of(state: dict[str, Any]) -> Resources:
    """The managed resources of a state as `terraform show -json` gives it."""
    return [
        Resource(r["address"], r["type"], r.get("index"), r["values"])
        for r in _walk(state["root_module"])
        if r["mode"] == "managed"
    ]


def of_type(resources: Resources, *types: str) -> Resources:
    """The resources of these types."""
    return [resource for resource in resources if resource.type in types]


def at(resources: Resources, address: str) -> Resource:
    """The resource with this address."""
    [found] = [resource for resource in resources if resource.address == address]
    return found


def statements(resources: Resources) -> Iterator[tuple[str, Statement]]:
    """Every statement of every policy, with its address: of roles, of trust, and of resources."""
    for resource in resources:
        for value in resource.values.values():
            if isinstance(value, str) and '"Statement"' in value:
                for statement in json.loads(value)["Statement"]:
                    yield resource.address, statement


def listed(value: str | list[str] | None) -> list[str]:
    """What a statement names, be it none, one or several."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _walk(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _walk(child)
