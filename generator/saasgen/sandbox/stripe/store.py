"""The objects of an account, and the events that tell of their changes."""

import copy
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any

from saasgen.sandbox.stripe.faults import Fault, missing

Resource = dict[str, Any]
Params = Mapping[str, Any]

_PAGE = 10
_LONGEST_PAGE = 100


class Store:
    """Everything there is in one account.

    Args:
        clock: the time.
        api_version: what events say they are written in.
    """

    def __init__(self, clock: Callable[[], datetime], api_version: str) -> None:
        self.lock = RLock()
        """Held while a request runs."""
        self.on_event: Callable[[Resource], None] = lambda _: None
        """Hears of each event, with the lock held."""
        self.cause: Resource = {"id": None, "idempotency_key": None}
        """The request that runs."""
        self._clock = clock
        self._api_version = api_version
        self._objects: dict[str, Resource] = {}
        self._numbers = count(1)

    def dump(self) -> dict[str, Any]:
        """What there is, with the lock held."""
        return {"objects": self._objects, "number": next(self._numbers)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Hold what another one held."""
        self._objects = kept["objects"]
        self._numbers = count(kept["number"])

    def now(self) -> int:
        """The time in seconds since 1970."""
        return int(self._clock().timestamp())

    def add(self, kind: str, prefix: str, **fields: Any) -> Resource:
        """Make an object of a kind."""
        # the number keeps objects of the same second in the order they were made
        object_id = f"{prefix}_{next(self._numbers):06d}{secrets.token_hex(9)}"
        made = {
            "id": object_id,
            "object": kind,
            "created": self.now(),
            "livemode": False,
            "metadata": {},
            **fields,
        }
        self._objects[object_id] = made
        return made

    def get(self, kind: str, object_id: Any, param: str = "id") -> Resource:
        """Return the object itself, to be changed in place.

        Raises:
            Fault: there is none of this kind.
        """
        found = self._objects.get(str(object_id))
        if found is None or found["object"] != kind:
            raise missing(kind, str(object_id), param)
        return found

    def find(self, object_id: Any) -> Resource | None:
        """Return an object of any kind."""
        return self._objects.get(object_id) if isinstance(object_id, str) else None

    def remove(self, found: Resource) -> Resource:
        """Delete an object; what is left of it is what Stripe answers."""
        del self._objects[found["id"]]
        return {"id": found["id"], "object": found["object"], "deleted": True}

    def every(self, kind: str, **fields: Any) -> Iterator[Resource]:
        """The objects of a kind that have these values, the newest first."""
        for found in reversed(list(self._objects.values())):
            if found["object"] == kind and all(found.get(k) == v for k, v in fields.items()):
                yield found

    def emit(self, event_type: str, subject: Resource) -> None:
        """Tell that something happened to an object, as it is at this moment."""
        event = self.add(
            "event",
            "evt",
            type=event_type,
            api_version=self._api_version,
            data={"object": copy.deepcopy(subject)},
            request=dict(self.cause),
            pending_webhooks=0,
        )
        del event["metadata"]
        self.on_event(event)


def page(found: Iterator[Resource], params: Params, url: str) -> Resource:
    """Cut a list to the page that was asked for (https://docs.stripe.com/api/pagination)."""
    limit = params.get("limit", _PAGE)
    if not 1 <= limit <= _LONGEST_PAGE:
        raise Fault("This value must be between 1 and 100.", param="limit")
    rest = [*found]
    if "starting_after" in params:
        ids = [one["id"] for one in rest]
        if params["starting_after"] not in ids:
            raise missing("object", params["starting_after"], "starting_after")
        rest = rest[ids.index(params["starting_after"]) + 1 :]
    return {"object": "list", "url": url, "data": rest[:limit], "has_more": len(rest) > limit}


def is_created(found: Resource, bounds: Any) -> bool:
    """Tell whether an object was made within what the filter `created` says."""
    if not isinstance(bounds, Mapping):
        return bool(found["created"] == bounds)
    compare: dict[str, Callable[[int, int], bool]] = {
        "gt": lambda value, bound: value > bound,
        "gte": lambda value, bound: value >= bound,
        "lt": lambda value, bound: value < bound,
        "lte": lambda value, bound: value <= bound,
    }
    return all(compare[name](found["created"], bound) for name, bound in bounds.items())


def merge_metadata(found: Resource, params: Params) -> None:
    """Add to the metadata of an object; an empty value takes a key away, '' all of them."""
    if "metadata" not in params:
        return
    given = params["metadata"]
    merged = {} if given == "" else {**found["metadata"], **given}
    found["metadata"] = {key: value for key, value in merged.items() if value != ""}
