"""The X-Ray trace that what happens now belongs to, as the header that carries it along.

Lambda puts the header of an invocation into the environment:
`Root=1-...;Parent=...;Sampled=1;Lineage=...`. The root is the trace's id. The lineage is how Lambda
notices functions that start each other for ever.

The outbox breaks the chain: a relay that publishes for many requests runs under a trace of its
own. So an event keeps the header it was written under, and travels with it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Amzn-Trace-Id"

_VARIABLE: Final = "_X_AMZN_TRACE_ID"
# As the database checks it (0009_outbox_trace.sql): it goes out again as a header of a request.
_FORM: Final = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[A-Za-z]+=[A-Za-z0-9:|?._-]+)*")
_MAX_LENGTH: Final = 1024

_followed: ContextVar[str | None] = ContextVar("followed", default=None)


def current() -> str | None:
    """Return the header of the trace that events written now belong to; None without one.

    While an event is handled that is the event's trace, with the lineage of this invocation: what
    follows from the event has gone through this function, too.
    """
    own = well_formed(os.environ.get(_VARIABLE))
    followed = _followed.get()
    if own is None or followed is None:
        return followed or own
    lineage = {name: value for name, value in _fields(own).items() if name == "Lineage"}
    return ";".join(f"{name}={value}" for name, value in (_fields(followed) | lineage).items())


@contextmanager
def following(header: str | None) -> Iterator[None]:
    """Let what is written inside belong to the trace of an event; None changes nothing."""
    token = _followed.set(header)
    try:
        yield
    finally:
        _followed.reset(token)


def well_formed(header: str | None) -> str | None:
    """Return a header as it is, or None if it is none: a trace is never worth a request."""
    if header is None or len(header) > _MAX_LENGTH or not _FORM.fullmatch(header):
        return None
    return header


def trace_id(header: str) -> str:
    """Return the id by which X-Ray and the log lines know the trace."""
    return _fields(header)["Root"]


def is_sampled(header: str) -> bool:
    """Tell whether X-Ray records the trace."""
    return _fields(header).get("Sampled") == "1"


def _fields(header: str) -> dict[str, str]:
    return dict(field.split("=", 1) for field in header.split(";"))
