"""Who caused a change, and in which request."""

from typing import NamedTuple
from uuid import UUID


class Origin(NamedTuple):
    """The person or job behind a change.

    Args:
        actor: ``user:<id>`` of a signed-in person, or the name of a job.
        correlation_id: what ties together the log lines and events of one request.
    """

    actor: str
    correlation_id: UUID
