"""What a request says, decoded from its form and checked against the SDK's own types.

The types of `stripe.params` come from Stripe's description of its API: what they do not name, or
type otherwise, Stripe refuses.
"""

import importlib
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

from saasgen.sandbox.stripe.faults import Fault, required

Form = Mapping[str, Any]
_PART = re.compile(r"[^\[\]]+")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Build the objects and arrays that `a[b][0]=c` spells."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *way, last = _PART.findall(name)
        place = tree
        for part in way:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise Fault(f"Invalid object: {name}", param=name)
        place[last] = value
    return tree


def check(type_name: str, form: Form) -> dict[str, Any]:
    """Return the parameters of a request in their types.

    Args:
        type_name: of `stripe.params`, such as `CustomerCreateParams`.
        form: as `decode` made it.

    Raises:
        Fault: a parameter is unknown, missing, or of another type.
    """
    return _object(form, _params_type(type_name), "")


def _params_type(name: str) -> Any:
    return getattr(importlib.import_module("stripe.params"), name)


@cache
def _fields(declared: Any) -> dict[str, tuple[Any, bool]]:
    """The type of each field, and whether it must be there; options of the SDK are none."""
    from stripe import RequestOptions

    options = frozenset(RequestOptions.__annotations__)
    own = {name: hint for name, hint in declared.__annotations__.items() if name not in options}
    # the options name types that only a type checker imports: they are left out before resolving
    carrier = types.SimpleNamespace(__annotations__=own)
    resolved = get_type_hints(carrier, vars(sys.modules[declared.__module__]))
    return {name: (hint, name in declared.__required_keys__) for name, hint in resolved.items()}


def _object(form: Any, declared: Any, place: str) -> dict[str, Any]:
    if not isinstance(form, Mapping):
        raise Fault("Invalid object", param=place)
    fields = _fields(declared)
    for name in form:
        if name not in fields:
            param = _inside(place, name)
            raise Fault(
                f"Received unknown parameter: {param}", code="parameter_unknown", param=param
            )
    for name, (_, is_required) in fields.items():
        if is_required and name not in form:
            raise required(_inside(place, name))
    return {
        name: _value(text, fields[name][0], _inside(place, name)) for name, text in form.items()
    }


def _value(value: Any, hint: Any, place: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(value, get_args(hint), place)
    if origin is Literal:
        return _choice(value, get_args(hint), place)
    if origin is list:
        return _array(value, get_args(hint)[0], place)
    if is_typeddict(hint):
        return _object(value, hint, place)
    if hint in _SCALARS:
        return _scalar(value, hint, place)
    return _map(value, place)


def _one_of(value: Any, choices: tuple[Any, ...], place: str) -> Any:
    """Take the first alternative that fits; `Literal[...] | str` is a closed list to the API."""
    words = [
        word for choice in choices if get_origin(choice) is Literal for word in get_args(choice)
    ]
    if value == "" and "" in words:
        return value
    closed = [word for word in words if word != ""]
    if closed and str in choices and isinstance(value, str):
        return _choice(value, tuple(words), place)
    faults = []
    for choice in sorted(choices, key=lambda one: one is str):
        try:
            return _value(value, choice, place)
        except Fault as fault:
            faults.append(fault)
    raise faults[-1]


def _choice(value: Any, words: tuple[str, ...], place: str) -> str:
    if value not in words:
        allowed = ", ".join(word for word in words if word)
        raise Fault(f"Invalid {place}: must be one of {allowed}", param=place)
    return str(value)


def _array(value: Any, hint: Any, place: str) -> list[Any]:
    if not isinstance(value, Mapping) or not all(key.isdecimal() for key in value):
        raise Fault("Invalid array", param=place)
    ordered = sorted(value.items(), key=lambda item: int(item[0]))
    return [_value(item, hint, f"{place}[{key}]") for key, item in ordered]


def _map(value: Any, place: str) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
        raise Fault("Invalid object", param=place)
    return dict(value)


def _scalar(value: Any, hint: Any, place: str) -> Any:
    if not isinstance(value, str):
        raise Fault(f"Invalid {_SCALARS[hint][0]}: {value}", param=place)
    try:
        return _SCALARS[hint][1](value)
    except (ValueError, KeyError, InvalidOperation):
        kind = _SCALARS[hint][0]
        code = "parameter_invalid_integer" if hint is int else None
        raise Fault(f"Invalid {kind}: {value}", param=place, code=code) from None


def _inside(place: str, name: str) -> str:
    return f"{place}[{name}]" if place else name


_SCALARS: dict[Any, tuple[str, Callable[[str], Any]]] = {
    str: ("string", str),
    int: ("integer", int),
    bool: ("boolean", {"true": True, "false": False}.__getitem__),
    Decimal: ("decimal", Decimal),
}
