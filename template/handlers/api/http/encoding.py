"""JSON as the API writes it; Chalice's own encoder turns decimals into floats."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def encode(body: Any) -> str:
    """Write compact JSON: times in UTC with a Z, ids and decimals as strings.

    Raises:
        TypeError: A value has no agreed form.
    """
    return json.dumps(
        body, default=_plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a time without a zone cannot be sent")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
