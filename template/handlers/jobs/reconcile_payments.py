"""Compares our invoices with Stripe's every day, and tells the operator where they differ."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.domain.payments import reconciliation_rounds
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import service_session
from handlers.platform.messaging.events import nudge_relay
from handlers.platform.payments.invoices import made_since
from handlers.platform.payments.secret import is_connected
from handlers.services.payments import reconciliation
from handlers.services.payments.reconciliation import Difference, Theirs

JOB: Final = "reconcile_payments"
REACH: Final = timedelta(days=35)
"""How far back: longer than a month, so that no invoice of a billing run is left out."""
EXAMPLES: Final = 20
"""How many differences an event names; the log has all."""

_BATCH: Final = 200
_RESERVE_MS: Final = 30_000
"""Enough for one tenant and for the report."""


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Compare as far as time allows; answers what was found."""
    telemetry.begin(context)
    if not is_connected():
        telemetry.log.info("there is no payment provider")
        return {"compared": 0, "isComplete": True, "counts": {}}
    report = ReconciliationRun(system_clock, context).reconcile()
    nudge_relay()
    return report


class ReconciliationRun:
    """One comparison of both sides, once round the tenants if there is the time.

    Args:
        clock: the time.
        context: says how long there is.
    """

    def __init__(self, clock: Clock, context: telemetry.LambdaContext) -> None:
        self._clock = clock
        self._context = context
        self._id = uuid4()
        self._since = clock() - REACH
        self._compared = 0
        self._is_complete = True

    def reconcile(self) -> dict[str, Any]:
        """Compare, catch up on what webhooks lost, report the rest."""
        theirs = {invoice.stripe_id: invoice for invoice in made_since(self._since)}
        differences = [*self._compare_all(theirs), *reconciliation.strangers(theirs)]
        counts = Counter(difference.kind for difference in differences)
        for difference in differences:
            telemetry.log.warning("payments differ", extra=difference.to_json())
        for kind, number in counts.items():
            telemetry.record("payment_differences", number, Kind=kind)
        if not self._is_complete:
            telemetry.count("reconciliation_incomplete")
            telemetry.log.error("out of time: the next run goes on with the other tenants")
        self._tell([one for one in differences if one.kind != "caught_up"])
        return {
            "compared": self._compared,
            "isComplete": self._is_complete,
            "counts": dict(counts),
        }

    def _compare_all(self, theirs: Theirs) -> Iterator[Difference]:
        operator = settings().operator
        for tenant_id in reconciliation_rounds.tenants(operator, _BATCH):
            if self._context.get_remaining_time_in_millis() < _RESERVE_MS:
                self._is_complete = False
                return
            reconciliation_rounds.note(operator, tenant_id, self._clock())
            for ours in reconciliation.invoices_of(tenant_id, self._since):
                self._compared += 1
                yield from reconciliation.compare(ours, theirs, self._id, self._clock)

    def _tell(self, differences: list[Difference]) -> None:
        """Let the operator know of what a person has to decide."""
        if not differences:
            return
        data = {
            "reconciliationId": str(self._id),
            "compared": self._compared,
            "counts": dict(Counter(difference.kind for difference in differences)),
            "examples": [difference.to_json() for difference in differences[:EXAMPLES]],
        }
        with service_session() as session:
            publish_change(
                session,
                self._clock(),
                "reconciliation.differed",
                data,
                Origin(JOB, self._id),
                tenant_id=settings().operator,
            )
