"""Usage as it is read: from the roll-ups, never from raw events."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from handlers.domain.base.reading import Page, page
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

Dimension = Literal["day", "model", "provider", "user"]

MAX_DAYS: Final = 366
"""How long a range may be."""

_SUMS: Final = """
           currency, sum(request_count)::bigint AS request_count,
           sum(input_tokens)::bigint AS input_tokens,
           sum(output_tokens)::bigint AS output_tokens,
           sum(cached_count)::bigint AS cached_count, sum(phi_count)::bigint AS phi_count,
           coalesce(sum(request_count) FILTER (WHERE estimated), 0)::bigint AS estimated_count,
           round(sum(latency_ms_total) / nullif(sum(request_count), 0))::bigint
               AS average_latency_ms,
           sum(provider_cost) AS provider_cost
"""
# Nothing is billed before its day: the key begins with the condition on `billed_on`.
# What was taken back altogether, or moved when it was priced anew, leaves rows of nothing behind.
_SUMMARY: Final = f"""
    SELECT {_SUMS}
      FROM usage_rollups
     WHERE tenant_id = %(tenant)s AND billed_on >= %(first)s AND day BETWEEN %(first)s AND %(last)s
     GROUP BY currency HAVING sum(request_count) <> 0 OR sum(provider_cost) <> 0
     ORDER BY currency
"""  # noqa: S608 - our own columns
_GROUPS: Final = f"""
    WITH grouped AS (
        SELECT CASE WHEN 'day' = ANY(%(by)s) THEN day::text ELSE '' END AS day,
               CASE WHEN 'model' = ANY(%(by)s) THEN model_id ELSE '' END AS model_id,
               CASE WHEN 'provider' = ANY(%(by)s) THEN provider_id ELSE '' END AS provider_id,
               CASE WHEN 'user' = ANY(%(by)s) THEN user_id ELSE '' END AS user_id,
               {_SUMS}
          FROM usage_rollups
         WHERE tenant_id = %(tenant)s AND billed_on >= %(first)s
           AND day BETWEEN %(first)s AND %(last)s
         GROUP BY 1, 2, 3, 4, currency HAVING sum(request_count) <> 0 OR sum(provider_cost) <> 0
    )
    SELECT * FROM grouped
     WHERE %(after)s::text[] IS NULL
        OR ARRAY[day, model_id, provider_id, user_id, currency] > %(after)s
     ORDER BY ARRAY[day, model_id, provider_id, user_id, currency]
     LIMIT %(limit)s + 1
"""  # noqa: S608 - our own columns
_OPEN_COST: Final = """
    SELECT coalesce(sum(provider_cost), 0) AS cost FROM usage_rollups
     WHERE tenant_id = %(tenant)s AND billed_on >= %(closed_until)s AND currency = %(currency)s
"""


class UsageSums(NamedTuple):
    """Sums of usage in one currency.

    Args:
        phi_count: requests in which protected health information was found.
        estimated_count: requests that cost the default, for want of a price.
        average_latency_ms: None where corrections have taken everything back.
        provider_cost: in major units of the currency.
    """

    currency: str
    request_count: int
    input_tokens: int
    output_tokens: int
    cached_count: int
    phi_count: int
    estimated_count: int
    average_latency_ms: int | None
    provider_cost: Decimal


class Group(NamedTuple):
    """Usage of one day, model, provider or user; what was not grouped by is empty."""

    day: str
    model_id: str
    provider_id: str
    user_id: str
    usage: UsageSums

    @property
    def key(self) -> list[str]:
        """Its place in the list."""
        return [self.day, self.model_id, self.provider_id, self.user_id, self.usage.currency]


def summary(session: Session, tenant_id: TenantId, first: date, last: date) -> list[UsageSums]:
    """Sum up the usage of some days, by currency.

    Args:
        session: In the tenant's context.
        tenant_id: Whose usage.
        first: The first day, UTC.
        last: The last day, itself included.
    """
    values = {"tenant": tenant_id, "first": first, "last": last}
    return [UsageSums(**row) for row in session.all(_SUMMARY, values)]


def groups(
    session: Session,
    tenant_id: TenantId,
    first: date,
    last: date,
    by: Sequence[Dimension],
    *,
    limit: int,
    after: Sequence[str] | None = None,
) -> Page[Group]:
    """Sum up the usage of some days by something, in its order.

    Args:
        session: In the tenant's context.
        tenant_id: Whose usage.
        first: The first day, UTC.
        last: The last day, itself included.
        by: What to group by.
        limit: Groups at most.
        after: The key after which to begin.
    """
    values = {
        "tenant": tenant_id,
        "first": first,
        "last": last,
        "by": list(by),
        "after": None if after is None else list(after),
        "limit": limit,
    }
    rows = session.all(_GROUPS, values)
    return page([_group(row) for row in rows], limit, lambda group: json.dumps(group.key))


def open_cost(session: Session, tenant_id: TenantId, closed_until: date, currency: str) -> Decimal:
    """Sum up what usage costs that is not invoiced yet."""
    values = {"tenant": tenant_id, "closed_until": closed_until, "currency": currency}
    row = session.one(_OPEN_COST, values)
    return row["cost"] if row else Decimal(0)


def _group(row: dict[str, Any]) -> Group:
    place = {name: row.pop(name) for name in ("day", "model_id", "provider_id", "user_id")}
    return Group(**place, usage=UsageSums(**row))
