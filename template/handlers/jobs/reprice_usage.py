"""Prices usage anew for which a price was added later, tenant by tenant and day by day.

Each day is a transaction of its own. A price counts as applied when all tenants have been looked
at; until then the next run starts over, which is quick where there is nothing left to do.
"""

from typing import Any, Final

from handlers.domain.metering import repricing
from handlers.domain.metering.repricing import Repricing
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import service_session, tenant_session

_RESERVE_MS: Final = 10_000


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Apply new prices as far as time allows; answers for how many models all was done."""
    telemetry.begin(context)
    done = reprice(system_clock, context)
    telemetry.log.info("usage priced anew", extra={"models": done})
    return {"models": done}


def reprice(clock: Clock, context: telemetry.LambdaContext) -> int:
    """Apply the prices that are due, one model and currency after the other."""
    operator = settings().operator
    with tenant_session(operator) as session:
        waiting = repricing.due(session, operator, clock())
    done = 0
    for each in waiting:
        if not _reprice_tenants(each, operator, context):
            break
        with tenant_session(operator) as session:
            repricing.applied(session, operator, clock(), each)
        done += 1
    return done


def _reprice_tenants(
    wanted: Repricing, operator: TenantId, context: telemetry.LambdaContext
) -> bool:
    """Go through all tenants; False if time ran out."""
    with service_session() as session:
        tenants = repricing.tenants(session)
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            days = repricing.days(session, tenant_id, wanted)
        for day in days:
            if context.get_remaining_time_in_millis() <= _RESERVE_MS:
                return False
            with tenant_session(tenant_id) as session:
                repricing.reprice_day(session, tenant_id, operator, day, wanted)
    return True
