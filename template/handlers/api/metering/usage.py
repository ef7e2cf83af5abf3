"""Reading usage: summed up, or by day, model, provider and user."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self, get_args

from pydantic import Field

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, ExactAmount, PageQuery, Query
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.metering import reading
from handlers.domain.metering.reading import MAX_DAYS, Dimension
from handlers.domain.terms import billing_settings
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.domain.terms.margins import billed
from handlers.platform.base.errors import BadRequest, FieldError
from handlers.platform.base.settings import settings

_DEFAULT_RANGE: Final = timedelta(days=30)
_DIMENSIONS: Final = get_args(Dimension)
_KEY_PARTS: Final = 5


class UsageQuery(Query):
    """Which days to look at."""

    start_date: date | None = Field(
        default=None, description="The first day, UTC; 30 days before the last one by default."
    )
    end_date: date | None = Field(
        default=None, description="The last day, itself included; today by default."
    )


class RollupQuery(UsageQuery, PageQuery):
    """Which days to look at, and by what."""

    group_by: str = Field(
        default="day,model",
        pattern=rf"^({'|'.join(_DIMENSIONS)})(,({'|'.join(_DIMENSIONS)})){{0,3}}$",
        description=f"Some of {', '.join(_DIMENSIONS)}, with commas between them.",
    )
    cursor: str | None = Field(
        default=None, max_length=1000, description="`nextCursor` of the page before."
    )


class UsageSums(Answer):
    """Sums of usage in one currency; costs are exact, in major units."""

    currency: str
    request_count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cached_count: int
    phi_count: int
    estimated_count: int
    average_latency_ms: int | None = None
    provider_cost: ExactAmount
    billed_cost: ExactAmount | None = Field(
        default=None, description="With the margin of now; see the list it stands in."
    )


class UsageTotals(UsageSums):
    """All usage of some days in one currency.

    A tiered margin is put on top as if the days were one billing period.
    """

    @classmethod
    def of(cls, usage: reading.UsageSums, margin: BillingSettings) -> Self:
        """Show sums."""
        return cls(**_sums(usage), billed_cost=billed(margin, usage.provider_cost))


class UsageSummary(Answer):
    """Usage of some days, by currency."""

    start_date: date
    end_date: date
    totals: list[UsageTotals]


class UsageGroup(UsageSums):
    """Usage of one day, model, provider or user, or of one combination of them.

    A tiered margin is one of the whole period: a part of it has no billed cost of its own.
    """

    day: date | None = None
    model_id: str | None = None
    provider_id: str | None = None
    user_id: str | None = None

    @classmethod
    def of(cls, group: reading.Group, margin: BillingSettings) -> Self:
        """Show a group."""
        cost = group.usage.provider_cost
        return cls(
            **_sums(group.usage),
            billed_cost=billed(margin, cost) if margin.margin_type == "fixed" else None,
            day=date.fromisoformat(group.day) if group.day else None,
            model_id=group.model_id or None,
            provider_id=group.provider_id or None,
            user_id=group.user_id or None,
        )


class UsageGroupList(Answer):
    """A page of usage, in the order of what it is grouped by."""

    start_date: date
    end_date: date
    items: list[UsageGroup]
    next_cursor: str | None = None


@route(
    "GET",
    "/v1/metering/summary",
    permission="billing:read",
    query=UsageQuery,
    answer=UsageSummary,
)
def summarize_usage(call: Call, query: UsageQuery) -> UsageSummary:
    """Sum up the usage of some days."""
    first, last = _range(query, call.now)
    margin = _margin(call)
    usage = reading.summary(call.session, call.tenant_id, first, last)
    totals = [UsageTotals.of(one, margin) for one in usage]
    return UsageSummary(start_date=first, end_date=last, totals=totals)


@route(
    "GET",
    "/v1/metering/rollups",
    permission="billing:read",
    query=RollupQuery,
    answer=UsageGroupList,
)
def list_usage(call: Call, query: RollupQuery) -> UsageGroupList:
    """List usage by day, model, provider and user."""
    first, last = _range(query, call.now)
    margin = _margin(call)
    page = reading.groups(
        call.session,
        call.tenant_id,
        first,
        last,
        [dimension for dimension in _DIMENSIONS if dimension in query.group_by.split(",")],
        limit=query.limit,
        after=from_cursor(query.cursor, _key),
    )
    return UsageGroupList(
        start_date=first,
        end_date=last,
        items=[UsageGroup.of(group, margin) for group in page.items],
        next_cursor=to_cursor(page.next_key),
    )


def _range(query: UsageQuery, now: datetime) -> tuple[date, date]:
    last = query.end_date or now.astimezone(UTC).date()
    first = query.start_date or last - _DEFAULT_RANGE
    if first > last:
        raise BadRequest(
            "The query is not valid.", [FieldError("startDate", "must not be after endDate")]
        )
    if (last - first).days >= MAX_DAYS:
        raise BadRequest(
            "The query is not valid.",
            [FieldError("startDate", f"must be less than {MAX_DAYS} days before endDate")],
        )
    return first, last


def _margin(call: Call) -> BillingSettings:
    return billing_settings.read(call.session, call.tenant_id, settings().currency)


def _sums(usage: reading.UsageSums) -> dict[str, Any]:
    return {**usage._asdict(), "total_tokens": usage.input_tokens + usage.output_tokens}


def _key(text: str) -> Sequence[str]:
    key = json.loads(text)
    if not isinstance(key, list) or [type(part) for part in key] != [str] * _KEY_PARTS:
        raise ValueError("no group has such a key")
    return key
