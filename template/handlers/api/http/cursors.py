"""Cursors: where the next page of a list begins, opaque to the caller."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TypeVar

from handlers.platform.base.errors import BadRequest, FieldError

CursorKey = TypeVar("CursorKey")


def to_cursor(key: str | None) -> str | None:
    """Wrap the key of a page's last item."""
    return None if key is None else urlsafe_b64encode(key.encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, parse: Callable[[str], CursorKey]) -> CursorKey | None:
    """Unwrap a key that :func:`to_cursor` wrapped.

    Raises:
        BadRequest: This was never a cursor of the list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return parse(urlsafe_b64decode(padded.encode("ascii")).decode("ascii"))
    except ValueError as error:
        raise BadRequest(
            "The cursor is not one of this list: send `nextCursor` as it came.",
            [FieldError("cursor", "is not a cursor of this list")],
        ) from error
