"""A billing run: everybody billed who is due, and nothing issued that looks wrong.

    drafting ──every tenant drafted──▶ breaker ──all within bounds──▶ finalizing ──▶ done
                                          │ ▲
                                          ▼ │ the drafts it named were dealt with, or other bounds
                                        stopped

The run and how far it is with each tenant are rows; a tenant's row changes in the transaction that
bills the tenant. So a run that breaks off anywhere goes on where it was, and several may work on it
at once: each claims tenants by a lease, and the lock on a tenant's books decides if a lease ran out
under somebody who was only slow.

Who could not be billed is due again, and listed by the next run. Of its failures the last one is
kept: a tenant that fails every hour has one row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from handlers.domain.billing.due_tenants import DUE
from handlers.platform.base.errors import Problem
from handlers.platform.base.ids import InvoiceId, TenantId, new_id
from handlers.platform.database.sessions import Session

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
_START: Final = f"""
    WITH due AS ({DUE}),
    started AS (
        INSERT INTO billing_runs (tenant_id, run_id, as_of, state, created_at, updated_at)
        SELECT %(operator)s, %(run)s, %(as_of)s, 'drafting', %(as_of)s, %(as_of)s
         WHERE EXISTS (SELECT FROM due)
        ON CONFLICT DO NOTHING
        RETURNING run_id, as_of, state),
    listed AS (
        INSERT INTO billing_run_items (tenant_id, run_id)
        SELECT due.tenant_id, started.run_id FROM due CROSS JOIN started),
    forgotten AS (
        DELETE FROM billing_run_items AS failed USING due, started
         WHERE failed.tenant_id = due.tenant_id AND failed.state = 'failed')
    SELECT run_id, as_of, state FROM started
"""  # noqa: S608 - our own text
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
       SET state = CASE cardinality(drafts.ids) WHEN 0 THEN 'finalized' ELSE 'drafted' END,
           invoice_ids = drafts.ids, lease_expires_at = NULL
      FROM (SELECT ARRAY(
           SELECT invoice_id FROM invoices
            WHERE tenant_id = %(tenant)s AND status = 'draft' AND reason = 'period'
              AND period_end <= %(as_of)s
            ORDER BY invoice_id)) AS drafts (ids)
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
# An item's tenant is the one that it bills; a run's tenant is the operator.
_DELETE_OLD_ITEMS: Final = """
    DELETE FROM billing_run_items WHERE (tenant_id, run_id) IN (
        SELECT item.tenant_id, run_id
          FROM billing_runs AS run JOIN billing_run_items AS item USING (run_id)
         WHERE run.state = 'done' AND run.updated_at <= %(before)s
         LIMIT %(limit)s FOR UPDATE OF item SKIP LOCKED)
"""
_DELETE_OLD: Final = """
    DELETE FROM billing_runs WHERE (tenant_id, run_id) IN (
        SELECT tenant_id, run_id FROM billing_runs AS run
         WHERE state = 'done' AND updated_at <= %(before)s
           AND NOT EXISTS (
               SELECT FROM billing_run_items AS item WHERE item.run_id = run.run_id)
         ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class BillingRun(NamedTuple):
    """A run; every period that ended by ``as_of`` is billed by it, whenever it is continued."""

    run_id: UUID
    as_of: datetime
    state: RunState


class TenantClaim(NamedTuple):
    """A tenant to work on, and the drafts to be finalized."""

    tenant_id: TenantId
    invoice_ids: Sequence[InvoiceId]


class Progress(NamedTuple):
    """How many tenants are how far; ``invoices`` counts what was drafted."""

    tenants: int = 0
    waiting: int = 0
    drafted: int = 0
    finalized: int = 0
    failed: int = 0
    invoices: int = 0


def begin(session: Session, now: datetime, operator: TenantId) -> BillingRun | None:
    """Continue the run that is not done, or start one for everybody who is due.

    Of two that start at once, one waits for the other and continues with it.

    Returns:
        The run; None if there is nobody to be billed.
    """
    values = {"operator": operator, "run": new_id(now), "as_of": now}
    row = (
        session.one(_OPEN_RUN, values)
        or session.one(_START, values)
        or session.one(_OPEN_RUN, values)  # started meanwhile by somebody else
    )
    return None if row is None else BillingRun(**row)


def claim(
    session: Session, now: datetime, run: BillingRun, step: Step, limit: int
) -> list[TenantClaim]:
    """Take tenants that wait for a step, none of which anybody else works on."""
    values = {"run": run.run_id, "step": step, "now": now, "until": now + LEASE, "limit": limit}
    rows = session.all(_CLAIM, values)
    return [TenantClaim(TenantId(row["tenant_id"]), row["invoice_ids"]) for row in rows]


def drafted(session: Session, run: BillingRun, tenant_id: TenantId) -> None:
    """Note a tenant's drafts, in the transaction that billed it.

    With them go drafts that were there already: one that an earlier run could not finalize, and
    one that the tenant asked for, or who drafts its own period would never have to pay.
    """
    values = {"tenant": tenant_id, "run": run.run_id, "as_of": run.as_of}
    session.execute(_DRAFTED, values)


def finalized(session: Session, run_id: UUID, tenant_id: TenantId) -> bool:
    """Note that a tenant's invoices are issued; False if somebody else has noted it."""
    return session.execute(_FINALIZED, {"tenant": tenant_id, "run": run_id}) == 1


def failed(session: Session, run_id: UUID, tenant_id: TenantId, error: Exception) -> None:
    """Note why a tenant could not be billed; the next run tries again."""
    values = {"tenant": tenant_id, "run": run_id, "error": reason_of(error)}
    session.execute(_FAILED, values)


def reason_of(error: Exception) -> str:
    """Tell why a tenant could not be billed, so that somebody can mend it."""
    fields = error.errors if isinstance(error, Problem) else ()
    details = "".join(f" {field.field}: {field.message}" for field in fields)
    return f"{type(error).__name__}: {error}{details}"[:_ERROR_LENGTH]


def progress(session: Session, run: BillingRun) -> Progress:
    """Count how far a run is."""
    return Progress(**(session.one(_COUNT, [run.run_id]) or {}))


def failures(session: Session, run: BillingRun) -> dict[str, str]:
    """Read why tenants could not be billed, a hundred at most."""
    return {str(row["tenant_id"]): row["error"] for row in session.all(_FAILURES, [run.run_id])}


def advance(
    session: Session, now: datetime, operator: TenantId, run: BillingRun, state: RunState
) -> BillingRun:
    """Bring a run into its next state, and read it: somebody else may have been faster."""
    key = {"operator": operator, "run": run.run_id}
    values = {"state": state, "before": _BEFORE[state], "now": now}
    session.execute(_ADVANCE, key | values)
    return BillingRun(**(session.one(_READ, key) or run._asdict()))


def delete_old_items(session: Session, before: datetime, limit: int) -> int:
    """Delete items of runs that were done by then, in a service session; returns how many."""
    return session.execute(_DELETE_OLD_ITEMS, {"before": before, "limit": limit})


def delete_old(session: Session, before: datetime, limit: int) -> int:
    """Delete runs that were done by then and have no items any more; returns how many."""
    return session.execute(_DELETE_OLD, {"before": before, "limit": limit})
