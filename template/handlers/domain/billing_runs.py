"""A billing run: all tenants billed whose period has ended, and nothing issued that looks wrong.

    drafting ──every tenant drafted──▶ breaker ──all within bounds──▶ finalizing ──▶ done
                                          │ ▲
                                          ▼ │ the drafts it named were dealt with, or other bounds
                                        stopped

The run and how far it is with each tenant are rows; a tenant's row changes in the transaction that
bills the tenant. So a run that breaks off anywhere goes on where it was, and several may work on it
at once: each claims tenants by a lease, and the lock on a tenant's books decides if a lease ran out
under somebody who was only slow.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from handlers.platform.db import Session
from handlers.platform.ids import InvoiceId, TenantId, new_id

RunState = Literal["drafting", "stopped", "finalizing", "done"]
Step = Literal["waiting", "drafted"]
"""What a tenant waits for: to be drafted, or to be finalized."""

LEASE: Final = timedelta(minutes=2)
"""Longer than a worker needs for the tenants it claims at once."""
_ERROR_LENGTH: Final = 500

_OPEN_RUN: Final = """
    SELECT run_id, as_of, state FROM billing_runs
     WHERE tenant_id = %(operator)s AND state <> 'done'
"""
_START: Final = """
    INSERT INTO billing_runs (tenant_id, run_id, as_of, state, created_at, updated_at)
    VALUES (%(operator)s, %(run)s, %(now)s, 'drafting', %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
    RETURNING run_id, as_of, state
"""
_LIST_TENANTS: Final = """
    INSERT INTO billing_run_items (tenant_id, run_id) SELECT tenant_id, %(run)s FROM tenants
"""
_CLAIM: Final = """
    UPDATE billing_run_items SET lease_expires_at = %(until)s
     WHERE run_id = %(run)s AND tenant_id IN (
           SELECT tenant_id FROM billing_run_items
            WHERE run_id = %(run)s AND state = %(step)s
              AND (lease_expires_at IS NULL OR lease_expires_at <= %(now)s)
            ORDER BY tenant_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING tenant_id, invoice_ids
"""
_DRAFTED: Final = """
    UPDATE billing_run_items
       SET state = CASE cardinality(%(invoices)s::uuid[])
                   WHEN 0 THEN 'finalized' ELSE 'drafted' END,
           invoice_ids = %(invoices)s, lease_expires_at = NULL
     WHERE tenant_id = %(tenant)s AND run_id = %(run)s AND state = 'waiting'
"""
_FINALIZED: Final = """
    UPDATE billing_run_items SET state = 'finalized', lease_expires_at = NULL
     WHERE tenant_id = %(tenant)s AND run_id = %(run)s AND state = 'drafted'
"""
_FAILED: Final = """
    UPDATE billing_run_items SET state = 'failed', error = %(error)s, lease_expires_at = NULL
     WHERE tenant_id = %(tenant)s AND run_id = %(run)s AND state IN ('waiting', 'drafted')
"""
_COUNT: Final = """
    SELECT count(*) AS tenants, count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'drafted') AS drafted,
           count(*) FILTER (WHERE state = 'finalized') AS finalized,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           coalesce(sum(cardinality(invoice_ids)), 0)::bigint AS invoices
      FROM billing_run_items WHERE run_id = %s
"""
_ADVANCE: Final = """
    UPDATE billing_runs SET state = %(state)s, updated_at = %(now)s
     WHERE tenant_id = %(operator)s AND run_id = %(run)s AND state = ANY(%(before)s)
"""
_BEFORE: Final[Mapping[RunState, list[RunState]]] = {
    "stopped": ["drafting", "stopped"],
    "finalizing": ["drafting", "stopped"],
    "done": ["finalizing"],
}
_READ: Final = """
    SELECT run_id, as_of, state FROM billing_runs
     WHERE tenant_id = %(operator)s AND run_id = %(run)s
"""
_FAILURES: Final = """
    SELECT tenant_id, error FROM billing_run_items
     WHERE run_id = %s AND state = 'failed' ORDER BY tenant_id LIMIT 100
"""
_AFTER: Final = """
    SELECT tenant_id FROM tenants WHERE tenant_id > %(after)s ORDER BY tenant_id LIMIT %(limit)s
"""


class Run(NamedTuple):
    """A run; every period that ended by ``as_of`` is billed by it, whenever it is continued."""

    run_id: UUID
    as_of: datetime
    state: RunState


class Claim(NamedTuple):
    """A tenant to work on, and the drafts to be finalized."""

    tenant_id: TenantId
    invoice_ids: Sequence[InvoiceId]


class Progress(NamedTuple):
    """How many tenants are how far; ``invoices`` counts what was drafted."""

    tenants: int
    waiting: int
    drafted: int
    finalized: int
    failed: int
    invoices: int


def begin(session: Session, now: datetime, operator: TenantId) -> Run:
    """Continue the run that is not done, or start one for all tenants there are.

    Of two that start at once, one waits for the other and continues with it.
    """
    found = session.one(_OPEN_RUN, {"operator": operator})
    if found is None:
        values = {"operator": operator, "run": new_id(now), "now": now}
        found = session.one(_START, values)
        if found is not None:
            session.execute(_LIST_TENANTS, {"run": found["run_id"]})
        else:
            found = session.one(_OPEN_RUN, {"operator": operator})
    if found is None:
        raise LookupError("a billing run began and ended in the same moment: start it again")
    return Run(**found)


def claim(session: Session, now: datetime, run: Run, step: Step, limit: int) -> list[Claim]:
    """Take tenants that wait for a step, none of which anybody else works on."""
    values = {"run": run.run_id, "step": step, "now": now, "until": now + LEASE, "limit": limit}
    rows = session.all(_CLAIM, values)
    return [Claim(TenantId(row["tenant_id"]), row["invoice_ids"]) for row in rows]


def drafted(
    session: Session, run_id: UUID, tenant_id: TenantId, invoices: Collection[InvoiceId]
) -> None:
    """Note the drafts that a tenant was billed with, in the transaction that did it."""
    values = {"tenant": tenant_id, "run": run_id, "invoices": list(invoices)}
    session.execute(_DRAFTED, values)


def finalized(session: Session, run_id: UUID, tenant_id: TenantId) -> bool:
    """Note that a tenant's invoices are issued; False if somebody else has noted it."""
    return session.execute(_FINALIZED, {"tenant": tenant_id, "run": run_id}) == 1


def failed(session: Session, run_id: UUID, tenant_id: TenantId, error: Exception) -> None:
    """Note why a tenant could not be billed; the next run tries again."""
    told = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    session.execute(_FAILED, {"tenant": tenant_id, "run": run_id, "error": told})


def progress(session: Session, run: Run) -> Progress:
    """Count how far a run is."""
    return Progress(**(session.one(_COUNT, [run.run_id]) or {}))


def failures(session: Session, run: Run) -> dict[str, str]:
    """Read why tenants could not be billed, a hundred at most."""
    return {str(row["tenant_id"]): row["error"] for row in session.all(_FAILURES, [run.run_id])}


def advance(session: Session, now: datetime, operator: TenantId, run: Run, state: RunState) -> Run:
    """Bring a run into its next state, and read it: somebody else may have been faster."""
    key = {"operator": operator, "run": run.run_id}
    values = {"state": state, "before": _BEFORE[state], "now": now}
    session.execute(_ADVANCE, key | values)
    return Run(**(session.one(_READ, key) or run._asdict()))


def tenants_after(session: Session, after: UUID | None, limit: int) -> list[TenantId]:
    """List tenants in the order of their ids, those after one."""
    rows = session.all(_AFTER, {"after": after or UUID(int=0), "limit": limit})
    return [TenantId(row["tenant_id"]) for row in rows]
