"""What a kind of object offers over HTTP."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from saasgen.sandbox.stripe.faults import Fault
from saasgen.sandbox.stripe.store import Params, Resource, Store

Operation = Callable[[Store, Params, Sequence[str]], Resource]


class Route(NamedTuple):
    """One operation.

    Args:
        path: with `{}` where an id stands.
        params: the type of its parameters in `stripe.params`.
        reads: the parameters that mean something here; `expand` always does. The others of the
            type are refused, because to ignore them would be to answer otherwise than Stripe.
    """

    method: str
    path: str
    params: str
    operation: Operation
    reads: frozenset[str] = frozenset()

    def ids(self, method: str, path: str) -> Sequence[str] | None:
        """The ids in a path, if it is this route's."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        match = re.fullmatch(pattern, path) if method == self.method else None
        return None if match is None else match.groups()

    def refuse_unread(self, params: Params) -> None:
        """Refuse what Stripe knows and the stand-in does not.

        Raises:
            Fault: there is such a parameter.
        """
        for name in params:
            if name != "expand" and name not in self.reads:
                raise Fault(
                    f"The stand-in does not know what {name} does in {self.method} {self.path}.",
                    status=501,
                    kind="api_error",
                    param=name,
                )


def reading(*names: str) -> frozenset[str]:
    """Name the parameters that a route reads."""
    return frozenset(names)
