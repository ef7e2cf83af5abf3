"""Usage that is priced anew, because a price was added after it came.

Only what is not invoiced yet: a closed period stays as it was charged. Doing it again changes
nothing, so that whoever was interrupted starts over.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from handlers.domain.metering.rollups import MERGE_CHANGES
from handlers.domain.terms import billing_lock
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

SETTLED: Final = timedelta(minutes=2)
"""After this long, no batch is under way any more that has not seen a new price."""

_DUE: Final = """
    SELECT model_id, currency, min(valid_from) AS since, max(created_at) AS newest
      FROM model_prices
     WHERE tenant_id = %(operator)s AND applied_at IS NULL AND created_at <= %(settled)s
     GROUP BY model_id, currency
     ORDER BY model_id, currency
"""
_APPLIED: Final = """
    UPDATE model_prices SET applied_at = %(now)s
     WHERE tenant_id = %(operator)s AND model_id = %(model_id)s AND currency = %(currency)s
       AND applied_at IS NULL AND created_at <= %(newest)s
"""
_TENANTS: Final = "SELECT tenant_id FROM usage_closings ORDER BY tenant_id"
_DAYS: Final = """
    SELECT DISTINCT day FROM usage_rollups
     WHERE tenant_id = %(tenant)s AND billed_on >= %(closed_until)s AND billed_on >= %(since)s
       AND day >= %(since)s AND model_id = %(model_id)s AND currency = %(currency)s
     ORDER BY day
"""
_REPRICE: Final = f"""
    WITH prices AS (
        SELECT input_per_million, output_per_million, valid_from,
               lead(valid_from, 1, 'infinity') OVER (ORDER BY valid_from) AS valid_until
          FROM model_prices
         WHERE tenant_id = %(operator)s AND model_id = %(model_id)s AND currency = %(currency)s
    ),
    priced AS (
        SELECT e.*, (e.occurred_at AT TIME ZONE 'UTC')::date AS day,
               (e.input_tokens * p.input_per_million + e.output_tokens * p.output_per_million)
                   * 0.000001 AS new_cost
          FROM usage_events AS e
          JOIN prices AS p ON e.occurred_at >= p.valid_from AND e.occurred_at < p.valid_until
         WHERE e.tenant_id = %(tenant)s AND e.model_id = %(model_id)s
           AND e.currency = %(currency)s AND e.billed_on >= %(closed_until)s
           AND e.occurred_at >= %(begin)s AND e.occurred_at < %(end)s
           AND e.corrected_by IS NULL
    ),
    wrong AS MATERIALIZED (SELECT * FROM priced WHERE estimated OR provider_cost <> new_cost),
    repriced AS (
        UPDATE usage_events AS e SET provider_cost = w.new_cost, estimated = false
          FROM wrong AS w
         WHERE e.tenant_id = %(tenant)s AND e.occurred_at = w.occurred_at
           AND e.event_id = w.event_id
    ),
    changes AS (
        SELECT billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated,
               input_tokens, output_tokens, is_cached, is_phi_detected, latency_ms, provider_cost,
               -1 AS sign
          FROM wrong
         UNION ALL
        SELECT billed_on, day, model_id, provider_id, user_id, request_type, currency, false,
               input_tokens, output_tokens, is_cached, is_phi_detected, latency_ms, new_cost, 1
          FROM wrong
    )
    {MERGE_CHANGES}
"""  # noqa: S608 - our own text


class Repricing(NamedTuple):
    """A model whose usage since some time has to be looked at.

    Args:
        newest: when the last of its new prices was added.
    """

    model_id: str
    currency: str
    since: datetime
    newest: datetime


def due(session: Session, operator: TenantId, now: datetime) -> Sequence[Repricing]:
    """List what new prices have not been applied yet, in the operator's context."""
    rows = session.all(_DUE, {"operator": operator, "settled": now - SETTLED})
    return [Repricing(**row) for row in rows]


def tenants(session: Session) -> Sequence[TenantId]:
    """List who has usage, in a service session."""
    return [row["tenant_id"] for row in session.all(_TENANTS)]


def days(session: Session, tenant_id: TenantId, repricing: Repricing) -> Sequence[date]:
    """List the days on which a tenant has open usage of the model."""
    values = {
        "tenant": tenant_id,
        "closed_until": billing_lock.lock_shared(session, tenant_id),
        **repricing._asdict(),
        "since": repricing.since.date(),
    }
    return [row["day"] for row in session.all(_DAYS, values)]


def reprice_day(
    session: Session, tenant_id: TenantId, operator: TenantId, day: date, repricing: Repricing
) -> None:
    """Price the tenant's open usage of a model anew, of one UTC day."""
    begin = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    values = {
        "tenant": tenant_id,
        "operator": operator,
        "closed_until": billing_lock.lock_exclusive(session, tenant_id),
        "begin": begin,
        "end": begin + timedelta(days=1),
        **repricing._asdict(),
    }
    session.execute(_REPRICE, values)


def applied(session: Session, operator: TenantId, now: datetime, repricing: Repricing) -> None:
    """Note that everybody's usage has been looked at, in the operator's context."""
    session.execute(_APPLIED, {"operator": operator, "now": now, **repricing._asdict()})
