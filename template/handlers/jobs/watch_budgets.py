"""Tells administrators when a period costs as much of its budget as they want to know."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

from handlers.domain.base.origin import Origin
from handlers.domain.billing import budgets
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import service_session, tenant_session
from handlers.platform.messaging.events import nudge_relay

_ACTOR: Final = "watch_budgets"
_BATCH: Final = 500
_RESERVE_MS: Final = 5_000


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, int]:  # noqa: ARG001
    """Watch the budgets as far as time allows; answers how many tenants were told."""
    telemetry.begin(context)
    alerted = watch_all(system_clock, context)
    nudge_relay()
    telemetry.log.info("budgets watched", alerted=alerted)
    return {"told": alerted}


def watch_all(clock: Clock, context: telemetry.LambdaContext, batch: int = _BATCH) -> int:
    """Watch one tenant after the other; one that fails does not keep the others waiting."""
    alerted = 0
    for tenant_id in _tenants(batch):
        if context.get_remaining_time_in_millis() < _RESERVE_MS:
            telemetry.log.warning("no time to watch all budgets", nextTenantId=tenant_id)
            break
        try:
            alerted += _watch(tenant_id, clock)
        except Exception:  # whatever it is, the next run tries again
            telemetry.log.exception("budget not watched", tenantId=tenant_id)
    return alerted


def _watch(tenant_id: TenantId, clock: Clock) -> bool:
    origin = Origin(_ACTOR, uuid4())
    with tenant_session(tenant_id) as session:
        threshold = budgets.watch(session, clock(), tenant_id, settings().currency, origin)
    return threshold is not None


def _tenants(batch: int) -> Iterator[TenantId]:
    tenant_ids: list[TenantId] = []
    while True:
        with service_session() as session:
            tenant_ids = budgets.find_tenants(
                session, batch, tenant_ids[-1] if tenant_ids else None
            )
        yield from tenant_ids
        if len(tenant_ids) < batch:
            return
