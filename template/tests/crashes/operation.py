"""Something that reaches outside, to be broken off and tried again."""

from collections.abc import Callable
from typing import NamedTuple

from .world import World

Attempt = Callable[[], None]
"""All of the operation, which may be done as often as one likes."""


class Once(NamedTuple):
    """A call that is not repeated by itself: whether it came through, nobody here can tell.

    Broken off around it, the operation waits for a person (docs/adr/0003-outbox.md), who asks the
    other side and settles the delivery. Then it, too, ends as if nothing had happened.
    """

    call: str
    leaves: str
    """What it leaves outside, by its name in `World.state`."""


class Operation(NamedTuple):
    """Something to do: made ready once, and then attempted.

    Args:
        once: the call that is not repeated, if there is one.
        breaks_commits: whether it is broken off at its commits as well.
    """

    prepare: Callable[[World], Attempt]
    once: Once | None = None
    breaks_commits: bool = False
