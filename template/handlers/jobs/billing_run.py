"""Bills everybody whose period has ended; started every hour, and by `saasgen billing-run`.

Safe to run twice, and several at once; see `domain.billing.runs`. One invocation works as long as
it has time; the next one goes on with the same run until it is done. A run that was stopped stays
so until a person has finalized or voided the drafts it names, or starts it with other bounds.
Where nobody is due, there is no run.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.domain.base.origin import Origin
from handlers.domain.billing import books, circuit_breaker, due_tenants, runs
from handlers.domain.billing.circuit_breaker import Bounds, Fault
from handlers.domain.billing.invoices import finalize_drafts, period_invoice
from handlers.domain.billing.runs import BillingRun, Progress, RunState, Step, TenantClaim
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import Money
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions
from handlers.platform.database.sessions import Session, service_session, tenant_session
from handlers.platform.messaging.events import nudge_relay

_ACTOR: Final = "billing_run"
_BATCH: Final = 50
_RESERVE_MS: Final = 15_000
"""Time to leave for the tenants that are being worked on."""


class BillingRunOrder(BaseModel):
    """What is wanted.

    Attributes:
        dry_run: Say what would be billed, tenant by tenant, and write nothing.
        after: In a dry run, the tenant after which to go on.
        seconds: How long to work at most; as long as Lambda gives, if nothing is said.
        workers: How many tenants are worked on at once.
        bounds: What an invoice may be before the run stops; where it says nothing, the stack does.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    dry_run: bool = False
    after: UUID | None = None
    seconds: float | None = Field(default=None, gt=0)
    workers: int = Field(default=2, ge=1, le=16)
    bounds: Bounds = Bounds()


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, Any]:
    """Go on with the run as far as time allows; answers how far it is."""
    telemetry.begin(context)
    work = Work(BillingRunOrder.model_validate(event), system_clock, context)
    return work.preview() if work.order.dry_run else work.run()


@dataclass
class Work:
    """One invocation."""

    order: BillingRunOrder
    clock: Clock
    context: telemetry.LambdaContext
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.clock()

    def run(self) -> dict[str, Any]:
        """Draft, check, finalize: whatever is next, until the run or the time is over."""
        with service_session() as session:
            run = runs.begin(session, self.began_at, settings().operator)
        if run is None:
            return self._nobody_is_due()
        if run.state == "drafting":
            self._each(run, "waiting", self._draft)
        faults: list[Fault] = []
        if run.state in ("drafting", "stopped"):
            run, faults = self._check(run)
        if run.state == "finalizing":
            self._each(run, "drafted", self._finalize)
        nudge_relay()
        return self._report(run, faults)

    def preview(self) -> dict[str, Any]:
        """Compute what a run would bill, one tenant after the other."""
        after, finished = self.order.after, False
        invoices, failures = list[dict[str, Any]](), dict[str, str]()
        while self._has_time() and not finished:
            with service_session() as session:
                tenants = due_tenants.find(session, self.began_at, after, _BATCH)
            for tenant_id in tenants:
                try:
                    invoices += self._previews(tenant_id)
                except ServiceUnavailable:
                    raise
                except Exception as error:  # the others are told all the same
                    failures[str(tenant_id)] = runs.reason_of(error)
                after = tenant_id
            finished = len(tenants) < _BATCH
        return {
            "finished": finished,
            "after": after and str(after),
            "invoices": invoices,
            "failures": failures,
        }

    def _each(
        self, run: BillingRun, step: Step, do: Callable[[BillingRun, TenantClaim], None]
    ) -> None:
        """Work on all tenants that wait for a step, in as many threads as are wanted."""
        with ThreadPoolExecutor(self.order.workers) as pool:
            workers = [
                pool.submit(self._claim_and_work, run, step, do) for _ in range(self.order.workers)
            ]
        for worker in workers:
            worker.result()

    def _claim_and_work(
        self, run: BillingRun, step: Step, do: Callable[[BillingRun, TenantClaim], None]
    ) -> None:
        try:
            while self._has_time():
                with service_session() as session:
                    claims = runs.claim(session, self.clock(), run, step, _BATCH)
                for claim in claims:
                    self._guarded(run, claim, do)
                if not claims:
                    return
        finally:
            sessions.close()  # a thread's connections end with it

    def _guarded(
        self, run: BillingRun, claim: TenantClaim, do: Callable[[BillingRun, TenantClaim], None]
    ) -> None:
        """Keep one tenant that cannot be billed from keeping the others waiting."""
        try:
            do(run, claim)
        except ServiceUnavailable:  # it is claimed again when the lease is over
            telemetry.log.warning("tenant not billed yet", tenantId=claim.tenant_id)
        except Exception as error:
            telemetry.log.exception("tenant not billed", tenantId=claim.tenant_id)
            with tenant_session(claim.tenant_id) as session:
                runs.failed(session, run.run_id, claim.tenant_id, error)

    def _draft(self, run: BillingRun, claim: TenantClaim) -> None:
        """Bill every period of a tenant that ended before the run began."""
        tenant_id, origin = claim.tenant_id, Origin(_ACTOR, uuid4())
        with tenant_session(tenant_id) as session:
            period_invoice.generate_until(
                session, self.clock(), tenant_id, settings().currency, origin, run.as_of
            )
            runs.drafted(session, run, tenant_id)

    def _finalize(self, run: BillingRun, claim: TenantClaim) -> None:
        """Issue the drafts of a tenant, the oldest first."""
        tenant_id, origin = claim.tenant_id, Origin(_ACTOR, uuid4())
        seller = Sender.of(settings())
        with tenant_session(tenant_id) as session:
            if runs.finalized(session, run.run_id, tenant_id):
                now, drafts = self.clock(), claim.invoice_ids
                finalize_drafts(session, now, tenant_id, drafts, seller, origin)

    def _check(self, run: BillingRun) -> tuple[BillingRun, list[Fault]]:
        """Once all is drafted, let nothing be issued while a draft leaves the bounds."""
        with service_session() as session:
            if runs.progress(session, run).waiting:
                return run, []
            faults = circuit_breaker.find_faults(session, run, self._bounds())
            advanced = self._advance(session, run, "stopped" if faults else "finalizing")
        if faults:
            telemetry.count("billing_run_stopped")
            reports = [fault.to_json() for fault in faults]
            telemetry.log.error("billing run stopped", runId=run.run_id, extra={"faults": reports})
        return advanced, faults

    def _bounds(self) -> Bounds:
        of_stack = Bounds.model_validate_json(settings().billing_bounds or "{}")
        return of_stack.model_copy(update=self.order.bounds.model_dump(exclude_unset=True))

    def _nobody_is_due(self) -> dict[str, Any]:
        telemetry.log.info("nobody is due")
        return {
            "runId": None,
            "asOf": self.began_at.isoformat(),
            "state": "nobody_due",
            "finished": True,
            **Progress()._asdict(),
            "faults": [],
            "failures": {},
        }

    def _report(self, run: BillingRun, faults: list[Fault]) -> dict[str, Any]:
        with service_session() as session:
            progress = runs.progress(session, run)
            if run.state == "finalizing" and not progress.drafted:
                run = self._advance(session, run, "done")
            failures = runs.failures(session, run)
        if progress.failed:
            telemetry.record("tenants_not_billed", progress.failed)
        telemetry.log.info("billing run", runId=run.run_id, state=run.state, **progress._asdict())
        return {
            "runId": str(run.run_id),
            "asOf": run.as_of.isoformat(),
            "state": run.state,
            "finished": run.state in ("done", "stopped"),
            **progress._asdict(),
            "faults": [fault.to_json() for fault in faults],
            "failures": failures,
        }

    def _advance(self, session: Session, run: BillingRun, state: RunState) -> BillingRun:
        return runs.advance(session, self.clock(), settings().operator, run, state)

    def _previews(self, tenant_id: TenantId) -> list[dict[str, Any]]:
        currency = settings().currency
        with tenant_session(tenant_id) as session:
            tenant_books = books.read(session, tenant_id, currency)
            if tenant_books.next_period.ends_at > self.began_at:
                return []
            computed = period_invoice.compute(session, tenant_books, tenant_books.next_period)
        return [
            {
                "tenantId": str(tenant_id),
                "periodStart": str(computed.period.start),
                "periodEnd": str(computed.period.end),
                "total": str(Money(draft.total_minor, draft.currency)),
                "lines": len(draft.lines),
            }
            for draft in computed.drafts
        ]

    def _has_time(self) -> bool:
        if self.context.get_remaining_time_in_millis() < _RESERVE_MS:
            return False
        seconds = self.order.seconds
        return seconds is None or self.clock() - self.began_at < timedelta(seconds=seconds)
