"""What is known of a route: enforced at run time, and written into the API document."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from handlers.api.http.models import Answer, Body, Query
from handlers.catalog.permissions import is_cross_tenant

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
View = Callable[..., Answer]

SAFE_METHODS: Final = frozenset({"GET"})


class Throttle(NamedTuple):
    """What API Gateway lets through for a route, over all callers.

    Args:
        rate: requests per second in the long run.
        burst: requests at once.
    """

    rate: int
    burst: int


class Route(NamedTuple):
    """Everything that is to be known of a route.

    Args:
        permission: what the caller needs; None for a route that is open to everyone.
        location: where what a call creates is found, with fields of the answer in braces.
        operator_permission: with it, the operator's people may name another tenant in the path.
    """

    method: Method
    path: str
    operation: str
    summary: str
    view: View
    answer: type[Answer]
    status: int
    location: str | None
    permission: str | None
    operator_permission: str | None
    body: type[Body] | None
    query: type[Query] | None
    throttle: Throttle | None

    @property
    def is_mutating(self) -> bool:
        """Whether a call may change something."""
        return self.method not in SAFE_METHODS

    @property
    def is_cross_tenant(self) -> bool:
        """Whether every call reaches beyond the caller's tenant."""
        return self.permission is not None and is_cross_tenant(self.permission)
