"""Makes the months of raw usage that are to come, and drops those of which nothing is kept."""

from typing import Any

from handlers.domain.metering import partitions
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.database.sessions import service_session


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, list[str]]:  # noqa: ARG001
    """Maintain the partitions; answers which were made and dropped."""
    telemetry.begin(context)
    changed = maintain(system_clock)
    telemetry.log.info("partitions maintained", extra=changed)
    return changed


def maintain(clock: Clock) -> dict[str, list[str]]:
    """Make and drop, each in a transaction of its own: dropping may have to wait for a lock."""
    with service_session() as session:
        made = partitions.make(session, clock())
    with service_session() as session:
        dropped = partitions.drop(session, clock())
    return {"made": [*made], "dropped": [*dropped]}
