"""What a period's usage cost us, summed from the daily roll-ups."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import plain
from handlers.platform.database.sessions import Session

# What was used before the period and told after the one before was closed: it is billed now.
_SUMS: Final = """
    SELECT currency, model_id, provider_id, day < %(start)s AS is_adjustment,
           bool_or(estimated) AS is_estimated, sum(request_count)::bigint AS requests,
           sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
           sum(provider_cost) AS provider_cost
      FROM usage_rollups
     WHERE tenant_id = %(tenant)s AND billed_on >= %(since)s AND billed_on < %(end)s
     GROUP BY 1, 2, 3, 4
     ORDER BY 1, 4, 2, 3
"""
_BY_DAY: Final = """
    SELECT billed_on, sum(provider_cost) AS provider_cost FROM usage_rollups
     WHERE tenant_id = %(tenant)s AND currency = %(currency)s
       AND billed_on >= %(since)s AND billed_on < %(end)s
     GROUP BY billed_on
"""


class BilledUsage(NamedTuple):
    """The usage of one model of one provider; the cost is in major units, without margin.

    Args:
        is_adjustment: whether it is of days that were billed before.
        is_estimated: whether some of it had no price of its own.
    """

    currency: str
    model_id: str
    provider_id: str
    is_adjustment: bool
    is_estimated: bool
    requests: int
    input_tokens: int
    output_tokens: int
    provider_cost: Decimal

    def to_json(self) -> Mapping[str, Any]:
        """Write what an invoice keeps of it."""
        return {
            "modelId": self.model_id,
            "providerId": self.provider_id,
            "requests": self.requests,
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "providerCost": plain(self.provider_cost),
            "estimated": self.is_estimated,
        }


def find(
    session: Session, tenant_id: TenantId, since: date, start: date, end: date
) -> list[BilledUsage]:
    """Sum the usage that is billed on days from `since` up to, and without, `end`.

    Args:
        session: In the tenant's context.
        tenant_id: Whose usage.
        since: The first day that is not billed yet.
        start: The period's first day: usage of days before it is an adjustment.
        end: The day after the last one.
    """
    values = {"tenant": tenant_id, "since": since, "start": start, "end": end}
    return [BilledUsage(**row) for row in session.all(_SUMS, values)]


def costs_by_day(
    session: Session, tenant_id: TenantId, currency: str, since: date, end: date
) -> dict[date, Decimal]:
    """Tell what the usage of each day cost us, on the days that had some."""
    values = {"tenant": tenant_id, "currency": currency, "since": since, "end": end}
    rows = session.all(_BY_DAY, values)
    return {row["billed_on"]: row["provider_cost"] for row in rows}
