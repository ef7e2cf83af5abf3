"""Who caused a change, and in which request."""

from typing import NamedTuple
from uuid import UUID


class Origin(NamedTuple):
    """The person, machine or job behind a change.

    Args:
        actor: ``user:<id>`` of a signed-in person, ``client:<id>`` of a machine, or the name of a
            job.
        correlation_id: what ties together the log lines and events of one request.
        address: the caller's IP address; None for a job.
        agent: what the caller said it was (``User-Agent``); None for a job.
    """

    actor: str
    correlation_id: UUID
    address: str | None = None
    agent: str | None = None
