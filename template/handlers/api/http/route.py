"""What is known of a route: enforced at run time, and written into the API document."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from handlers.api.http.models import Answer, Body, Query
from handlers.catalog.permissions import is_cross_tenant

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
View = Callable[..., Answer]

PathId = Callable[[str], object]

ACCEPTED: Final = 202
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
        path_id: reads an id of the path; raises ValueError for what cannot be one.
        deferred: the answer, with 202, of a call whose work is left for later; None where it never
            is.
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
    path_id: PathId
    deferred: type[Answer] | None

    def status_of(self, answer: Answer) -> int:
        """Tell the status of a view's answer."""
        is_deferred = self.deferred is not None and isinstance(answer, self.deferred)
        return ACCEPTED if is_deferred else self.status

    @property
    def is_mutating(self) -> bool:
        """Whether a call may change something."""
        return self.method not in SAFE_METHODS

    @property
    def is_cross_tenant(self) -> bool:
        """Whether every call reaches beyond the caller's tenant."""
        return self.permission is not None and is_cross_tenant(self.permission)
