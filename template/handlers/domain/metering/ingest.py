"""A batch of usage events becomes raw events, keys and roll-ups in one transaction.

A batch that corrects something keeps the tenant's other batches waiting, so that what it corrects
stands still; all others are written side by side.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from handlers.domain.metering import corrections, reading, retention
from handlers.domain.metering.usage_event import UsageEvent, UsageEventOutcome
from handlers.domain.metering.writing import Batch, UsagePricing, known, write
from handlers.domain.terms import billing_lock, billing_settings
from handlers.domain.terms.billing_settings import BillingSettings
from handlers.domain.terms.margins import increments
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database.sessions import Row, Session


def record(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    events: Sequence[UsageEvent],
    pricing: UsagePricing,
    reporter: str,
) -> list[UsageEventOutcome]:
    """Record a batch; repeating it changes nothing.

    Args:
        session: In the tenant's context.
        now: When the batch came.
        tenant_id: Whose usage it is.
        events: In any order, but a correction after what it corrects.
        pricing: What the stack says about prices.
        reporter: Who used a model where an event does not say so.

    Returns:
        What became of each event, in their order.
    """
    is_correcting = any(event.corrects is not None for event in events)
    # the first lock of all: it is never asked for by somebody who holds another one
    lock = billing_lock.lock_exclusive if is_correcting else billing_lock.lock_shared
    closed_until = lock(session, tenant_id)
    settings = billing_settings.read(session, tenant_id, pricing.currency)
    batch = Batch(session, now, tenant_id, pricing, settings.currency, closed_until)
    so_far = _so_far(batch, settings)
    rows = [_complete(event, reporter, now) for event in events]
    reasons = [retention.refusal(row["occurred_at"], now) for row in rows]
    wanted: dict[str, Row] = {}
    for row, reason in zip(rows, reasons, strict=True):
        if reason is None:
            wanted.setdefault(row["request_id"], row)
    written, refused = _write_all(batch, [*wanted.values()])
    before = known(batch, wanted.keys() - written.keys() - refused.keys())
    bills = _billed(settings, so_far, written, before)
    return _outcomes(rows, reasons, written, refused, {**before, **written}, bills)


def _complete(event: UsageEvent, reporter: str, now: datetime) -> Row:
    """Give an event as a row, with everything that was left to be understood."""
    row = event.model_dump()
    row["event_id"] = new_id(now)
    row["user_id"] = event.user_id or reporter
    row["occurred_at"] = event.occurred_at or now
    return row


def _so_far(batch: Batch, settings: BillingSettings) -> Decimal:
    """Sum up what the open period costs, if that makes a difference to what comes on top."""
    if settings.margin_type == "fixed":
        return Decimal(0)
    return reading.open_cost(batch.session, batch.tenant_id, batch.closed_until, batch.currency)


def _write_all(batch: Batch, rows: Sequence[Row]) -> tuple[Mapping[str, Row], Mapping[str, str]]:
    """Write what can be written; tell what was, and why the rest cannot be."""
    written: dict[str, Row] = {}
    refused: dict[str, str] = {}
    for wave in corrections.waves(rows):
        refused |= corrections.refusals(batch, wave)
        done = write(batch, [row for row in wave if row["request_id"] not in refused])
        corrections.take_back(batch, [row for row in wave if row["request_id"] in done])
        written |= done
    return written, refused


def _billed(
    settings: BillingSettings,
    so_far: Decimal,
    written: Mapping[str, Row],
    before: Mapping[str, Row],
) -> Mapping[str, Decimal]:
    """Put the margin on top of what was written now and, where it is fixed, of what was before."""
    rows = dict(written)
    if settings.margin_type == "fixed":
        rows |= {name: row for name, row in before.items() if row["provider_cost"] is not None}
    costs = [row["provider_cost"] for row in rows.values()]
    return dict(zip(rows, increments(settings, so_far, costs), strict=True))


def _outcomes(
    rows: Sequence[Row],
    reasons: Sequence[str | None],
    written: Mapping[str, Row],
    refused: Mapping[str, str],
    stored: Mapping[str, Row],
    bills: Mapping[str, Decimal],
) -> list[UsageEventOutcome]:
    outcomes = []
    for row, reason in zip(rows, reasons, strict=True):
        request_id = row["request_id"]
        why = reason or refused.get(request_id)
        if why is not None:
            outcomes.append(UsageEventOutcome(request_id, "rejected", why))
            continue
        event = stored[request_id]
        is_ours = request_id in written and event["event_id"] == row["event_id"]
        outcomes.append(
            UsageEventOutcome(
                request_id,
                "accepted" if is_ours else "duplicate",
                None,
                event["event_id"],
                event["provider_cost"],
                bills.get(request_id),
                event["currency"],
                event["estimated"],
            )
        )
    return outcomes
