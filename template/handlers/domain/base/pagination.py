"""Pages of a list: keyset pagination, so that page n costs the same as page 1."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Page(NamedTuple, Generic[Item]):
    """One page and the key after which the next one begins; None on the last page."""

    items: tuple[Item, ...]
    next_key: str | None


def page(found: Sequence[Item], limit: int, key: Callable[[Item], str]) -> Page[Item]:
    """Cut a page from one row more than it holds, which tells whether there is another."""
    items = tuple(found[:limit])
    return Page(items, key(items[-1]) if len(found) > limit else None)
