"""How a moto class is changed: visibly, and with the original at hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any

Function = Callable[..., Any]


def around(owner: Any, name: str) -> Callable[[Function], Function]:
    """Replace `owner.name` by a function that gets the original as its first argument."""

    def install(replacement: Function) -> Function:
        original = getattr(owner, name)

        @wraps(original)
        def replaced(*args: Any, **kwargs: Any) -> Any:
            return replacement(original, *args, **kwargs)

        setattr(owner, name, replaced)
        return replacement

    return install


def around_property(owner: Any, name: str) -> Callable[[Function], Function]:
    """Replace the getter of a property; the new one gets the original getter first."""

    def install(replacement: Function) -> Function:
        original: property = getattr(owner, name)
        getter = original.fget
        changed = property(lambda self: replacement(getter, self), original.fset)
        setattr(owner, name, changed)
        return replacement

    return install


def action(responses: Any) -> Callable[[Function], Function]:
    """Add an API action that moto lacks, under the function's own name."""

    def install(function: Function) -> Function:
        setattr(responses, function.__name__, function)
        return function

    return install


def attribute(owner: Any, name: str, value: Any) -> None:
    """Set a class attribute that moto lacks or has wrong."""
    setattr(owner, name, value)
