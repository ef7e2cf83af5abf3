"""The statements that write a batch: priced by a join, once a batch and not once an event."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from handlers.domain.metering.rollups import MERGE_CHANGES
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import Settings
from handlers.platform.database.sessions import Row, Session

_WRITE: Final = f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(%(events)s) AS e (
               event_id uuid, request_id text, occurred_at timestamptz, user_id text,
               provider_id text, model_id text, model_name text, request_type text,
               input_tokens bigint, output_tokens bigint, latency_ms bigint, cached boolean,
               phi_detected boolean, phi_sanitized boolean, corrects text)
    ),
    keyed AS (
        INSERT INTO usage_event_keys (tenant_id, request_id, event_id, occurred_at)
        SELECT %(tenant)s, request_id, event_id, occurred_at FROM given ORDER BY request_id
        ON CONFLICT DO NOTHING
        RETURNING event_id
    ),
    prices AS (
        SELECT model_id, input_per_million, output_per_million, valid_from,
               lead(valid_from, 1, 'infinity') OVER (PARTITION BY model_id ORDER BY valid_from)
                   AS valid_until
          FROM model_prices
         WHERE tenant_id = %(operator)s AND currency = %(currency)s AND model_id = ANY(%(models)s)
    ),
    priced AS MATERIALIZED (
        SELECT g.*, g.cached AS is_cached, g.phi_detected AS is_phi_detected,
               (g.occurred_at AT TIME ZONE 'UTC')::date AS day,
               greatest((g.occurred_at AT TIME ZONE 'UTC')::date, %(closed_until)s) AS billed_on,
               %(currency)s::text AS currency,
               -- a product, for a quotient would be rounded
               (g.input_tokens * coalesce(p.input_per_million, %(default_input)s)
                + g.output_tokens * coalesce(p.output_per_million, %(default_output)s))
                   * 0.000001 AS provider_cost,
               p.model_id IS NULL AS estimated
          FROM given AS g
          JOIN keyed AS k USING (event_id)
          LEFT JOIN prices AS p ON p.model_id = g.model_id
               AND g.occurred_at >= p.valid_from AND g.occurred_at < p.valid_until
    ),
    stored AS (
        INSERT INTO usage_events (
               tenant_id, event_id, occurred_at, received_at, request_id, user_id, provider_id,
               model_id, model_name, request_type, input_tokens, output_tokens, latency_ms,
               is_cached, is_phi_detected, is_phi_sanitized, currency, provider_cost, estimated,
               billed_on, corrects)
        SELECT %(tenant)s, event_id, occurred_at, %(now)s, request_id, user_id, provider_id,
               model_id, model_name, request_type, input_tokens, output_tokens, latency_ms,
               cached, phi_detected, phi_sanitized, currency, provider_cost, estimated,
               billed_on, corrects
          FROM priced
    ),
    changes AS (SELECT priced.*, 1 AS sign FROM priced),
    rolled_up AS ({MERGE_CHANGES})
    SELECT request_id, event_id, currency, provider_cost, estimated FROM priced
"""  # noqa: S608 - our own text
_KNOWN: Final = """
    SELECT k.request_id, k.event_id, e.currency, e.provider_cost, e.estimated
      FROM usage_event_keys AS k
      LEFT JOIN usage_events AS e
             ON e.tenant_id = k.tenant_id AND e.occurred_at = k.occurred_at
            AND e.event_id = k.event_id
     WHERE k.tenant_id = %(tenant)s AND k.request_id = ANY(%(requests)s)
"""


class UsagePricing(NamedTuple):
    """What the stack says about prices.

    Args:
        operator: whose models and prices they are.
        currency: of a tenant that has not said anything.
        default_input: what a million input tokens cost where there is no price; with the next.
    """

    operator: TenantId
    currency: str
    default_input: Decimal
    default_output: Decimal

    @classmethod
    def of(cls, config: Settings) -> "UsagePricing":
        """Take the prices from a function's settings."""
        return cls(
            config.operator,
            config.currency,
            config.default_input_per_million,
            config.default_output_per_million,
        )


class Batch(NamedTuple):
    """What the statements of a batch share.

    Args:
        session: in the tenant's context.
        currency: the tenant's.
        closed_until: the first day that is not invoiced yet.
    """

    session: Session
    now: datetime
    tenant_id: TenantId
    pricing: UsagePricing
    currency: str
    closed_until: date


def write(batch: Batch, events: Sequence[Row]) -> Mapping[str, Row]:
    """Write the events that are new, and their share of the roll-ups.

    Args:
        batch: Of which they are.
        events: Complete, each of a request of its own.

    Returns:
        What was written and what it cost, by the id of the request.
    """
    if not events:
        return {}
    values = {
        "tenant": batch.tenant_id,
        "operator": batch.pricing.operator,
        "currency": batch.currency,
        "default_input": batch.pricing.default_input,
        "default_output": batch.pricing.default_output,
        "closed_until": batch.closed_until,
        "now": batch.now,
        "models": list({event["model_id"] for event in events}),
        "events": Jsonb(events, dumps=to_json),
    }
    return _by_request(batch.session.all(_WRITE, values))


def known(batch: Batch, requests: Collection[str]) -> Mapping[str, Row]:
    """Read the events that were there before the batch, by the id of the request."""
    if not requests:
        return {}
    values = {"tenant": batch.tenant_id, "requests": list(requests)}
    return _by_request(batch.session.all(_KNOWN, values))


def _by_request(rows: Sequence[Row]) -> Mapping[str, Row]:
    return {row["request_id"]: row for row in rows}
