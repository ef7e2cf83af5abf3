"""Reading rows as what they are: one by its key, or a page of a list.

Pages are cut by keyset pagination, so that page n costs the same as page 1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar

from handlers.platform.base.errors import NotFound
from handlers.platform.database.sessions import Row, Session

Item = TypeVar("Item")


class Page(NamedTuple, Generic[Item]):
    """One page and the key after which the next one begins; None on the last page."""

    items: tuple[Item, ...]
    next_key: str | None


def item_of(row: Row | None, make: Callable[..., Item], name: str) -> Item:
    """Make an item of a row.

    Args:
        row: What was read; None for nothing.
        make: Takes the columns by their names.
        name: What the item is called, such as `invoice`.

    Raises:
        NotFound: There is no row.
    """
    if row is None:
        raise NotFound.of(name)
    return make(**row)


def read_page(
    session: Session,
    query: LiteralString,
    values: Mapping[str, Any],
    limit: int,
    make: Callable[..., Item],
    key: str,
) -> Page[Item]:
    """Read a page of a list.

    Args:
        session: In a context that sees the rows.
        query: Reads `%(limit)s + 1` rows in the order of the key.
        values: The query's other parameters.
        limit: How many items at most.
        make: Makes an item; takes the columns by their names.
        key: The column by which the next page is found.
    """
    rows = session.all(query, {**values, "limit": limit})
    last = page(rows, limit, lambda row: str(row[key]))
    return Page(tuple(make(**row) for row in last.items), last.next_key)


def page(items: Sequence[Item], limit: int, key: Callable[[Item], str]) -> Page[Item]:
    """Cut a page from one item more than it holds, which tells whether there is another."""
    held = tuple(items[:limit])
    return Page(held, key(held[-1]) if len(items) > limit else None)
