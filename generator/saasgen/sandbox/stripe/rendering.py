"""Objects as an answer shows them, with what was asked to be expanded."""

import copy
from collections.abc import Iterable
from typing import Any, Final

from saasgen.sandbox.stripe.charging import payments_of
from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.store import Resource, Store

_HIDDEN: Final = frozenset({"becomes", "secrets", "was_attached"})
_DEEPEST: Final = 4


def render(store: Store, found: Resource, expand: Iterable[str]) -> Resource:
    """Show an object, or a list of them.

    Raises:
        Fault: what is to be expanded is no reference.
    """
    shown: Resource = _shown(found)
    for path in expand:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise Fault(f"You cannot expand more than {_DEEPEST} levels of a property: {path}")
        _expand(store, shown, parts, path)
    return shown


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items() if name not in _HIDDEN}
    return [_shown(one) for one in value] if isinstance(value, list) else copy.copy(value)


def _expand(store: Store, place: Any, parts: list[str], path: str) -> None:
    if isinstance(place, list):
        for one in place:
            _expand(store, one, parts, path)
        return
    first, *rest = parts
    if first == "payments" and place.get("object") == "invoice":
        # not part of an invoice unless asked for
        payments = [_shown(one) for one in payments_of(store, place)]
        place.setdefault("payments", {"object": "list", "data": payments, "has_more": False})
    if first not in place:
        raise Fault(f"This property cannot be expanded ({path}).", param="expand")
    referred = store.find(place[first])
    if referred is not None:
        place[first] = _shown(referred)
    if rest and place[first] is not None:
        _expand(store, place[first], rest, path)
