"""Search by fields and metadata (https://docs.stripe.com/search).

As with Stripe, an object is found only some time after it was made or changed: whoever searches
before creating needs an idempotency key all the same.
"""

import re
from collections.abc import Iterator
from typing import Any

from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.store import Params, Resource, Store

INDEXING_S = 60
"""How long an object may take until searches find it; Stripe says under a minute."""

_CLAUSE = re.compile(
    r"""(?:metadata\[(['"])(?P<key>.+?)\1\]|(?P<field>[a-z_]+)):(['"])(?P<value>.*?)\4"""
)


def search(store: Store, kind: str, params: Params, url: str) -> Resource:
    """Find objects of a kind.

    Raises:
        Fault: the query is none that is understood here.
    """
    clauses = [*_clauses(params["query"])]
    limit = params.get("limit", 10)
    found = [one for one in _indexed(store, kind) if all(_fits(one, *clause) for clause in clauses)]
    return {
        "object": "search_result",
        "url": url,
        "data": found[:limit],
        "has_more": len(found) > limit,
        "next_page": None,
    }


def _indexed(store: Store, kind: str) -> Iterator[Resource]:
    settled = store.now() - INDEXING_S
    return (one for one in store.every(kind) if one["created"] <= settled)


def _clauses(query: str) -> Iterator[tuple[str | None, str | None, str]]:
    for text in query.split(" AND "):
        match = _CLAUSE.fullmatch(text.strip())
        if match is None:
            raise Fault(f"We were unable to parse the query: {query}", param="query")
        yield match["key"], match["field"], match["value"]


def _fits(found: Resource, key: str | None, field: str | None, value: str) -> bool:
    actual: Any = found["metadata"].get(key) if key else found.get(str(field))
    return bool(actual == value)
