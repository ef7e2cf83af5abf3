"""Billing a tenant's period: what it owes is drafted, its usage closed, its subscriptions renewed.

All of that is one transaction under the lock on the tenant's books. Periods follow on one another:
each begins on the day the one before ended, and is billed once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from handlers.domain.base.origin import Origin
from handlers.domain.billing import books
from handlers.domain.billing.books import Books
from handlers.domain.billing.invoices import charges, draft, publishing, reading
from handlers.domain.billing.invoices import usage as usages
from handlers.domain.billing.invoices.draft import Draft
from handlers.domain.billing.invoices.invoice import Invoice
from handlers.domain.billing.invoices.usage import BilledUsage
from handlers.domain.subscriptions import renewals, subscriptions
from handlers.domain.subscriptions.renewals import Renewal
from handlers.domain.terms import billing_lock
from handlers.domain.terms.billing_periods import Period, day_of
from handlers.platform.base.errors import Conflict
from handlers.platform.base.ids import TenantId
from handlers.platform.base.money import Money
from handlers.platform.database.sessions import Session


class Billed(NamedTuple):
    """A period's invoices, and whether they are new."""

    period: Period
    invoices: Sequence[Invoice]
    is_new: bool


class Preview(NamedTuple):
    """What billing a period would store."""

    period: Period
    usage: Sequence[BilledUsage]
    renewals: Sequence[Renewal]
    drafts: Sequence[Draft]


def generate(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    currency: str,
    origin: Origin,
    wanted: Period | None = None,
) -> Billed:
    """Bill the oldest period that has ended and is not billed, or find what was billed already.

    Args:
        session: In the tenant's context.
        now: The present moment.
        tenant_id: Whom to bill.
        currency: The stack's, for who has not said anything yet.
        origin: Who asks for it.
        wanted: The period to bill; None for the oldest one that waits, or else the last one.

    Raises:
        NotFound: There is no such tenant.
        Conflict: The period has not ended, is none of the tenant's, or an older one comes first.
    """
    tenant_books = books.lock(session, tenant_id, currency)
    period = tenant_books.next_period
    ended = period.end <= day_of(now)
    if wanted is None and not ended:
        return _last(session, tenant_books)
    if wanted is not None and wanted.end <= tenant_books.start:
        return _billed(session, tenant_id, wanted)
    _require_next(tenant_books, wanted or period)
    if not ended:
        raise Conflict(f"The period ends on {period.end}; it can be billed from then on.")
    return _store(
        session, now, tenant_id, compute(session, tenant_books, period, locked=True), origin
    )


def generate_until(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    currency: str,
    origin: Origin,
    until: datetime,
) -> list[Invoice]:
    """Bill every period that has ended by a moment and is not billed, the oldest first."""
    tenant_books = books.lock(session, tenant_id, currency)
    invoices: list[Invoice] = []
    while tenant_books.next_period.ends_at <= until:
        computed = compute(session, tenant_books, tenant_books.next_period, locked=True)
        invoices += _store(session, now, tenant_id, computed, origin).invoices
        tenant_books = tenant_books._replace(closed_until=computed.period.end)
    return invoices


def preview(
    session: Session, now: datetime, tenant_id: TenantId, currency: str, wanted: Period | None
) -> Preview:
    """Compute what :func:`generate` would store, by the same code, and store nothing.

    A period that has not ended is computed as if it ended now.

    Raises:
        NotFound: There is no such tenant.
        Conflict: The period is billed, is none of the tenant's, or an older one comes first.
    """
    tenant_books = books.read(session, tenant_id, currency)
    period = tenant_books.next_period
    if wanted is not None and wanted.end <= tenant_books.start:
        raise Conflict(f"The period from {wanted.start} to {wanted.end} is billed already.")
    _require_next(tenant_books, wanted or period)
    return compute(session, tenant_books, period, until=now)


def compute(
    session: Session,
    tenant_books: Books,
    period: Period,
    *,
    locked: bool = False,
    until: datetime | None = None,
) -> Preview:
    """Compute a period.

    Args:
        session: In the tenant's context.
        tenant_books: The tenant's books.
        period: The next one, or the one that is running.
        locked: Whether subscriptions must stay as they are until the transaction ends.
        until: Up to when terms fall due, if the period has not ended by then.
    """
    since = tenant_books.closed_until if period.start == tenant_books.start else period.start
    usage = usages.find(session, tenant_books.tenant_id, since, period.start, period.end)
    end = period.ends_at if until is None else min(until, period.ends_at)
    due = subscriptions.find_due(session, tenant_books.tenant_id, end, locked=locked)
    renewed = [renewals.renew(subscription, end) for subscription in due]
    drafts = charges.drafts(period, tenant_books.settings, usage, renewed)
    return Preview(period, usage, renewed, drafts)


def _store(
    session: Session, now: datetime, tenant_id: TenantId, computed: Preview, origin: Origin
) -> Billed:
    invoices = []
    for wanted in computed.drafts:
        stored = draft.store(session, now, tenant_id, wanted)
        if stored is None:
            total = Money(wanted.total_minor, wanted.currency)
            raise Conflict(f"There is an invoice in place of this one of {total} already.")
        publishing.publish(session, now, "invoice.generated", stored, origin)
        invoices.append(stored)
    for renewal in computed.renewals:
        renewals.store(session, now, renewal, origin.correlation_id)
    billing_lock.close(session, tenant_id, computed.period.end)
    return Billed(computed.period, invoices, is_new=True)


def _require_next(tenant_books: Books, wanted: Period) -> None:
    period = tenant_books.next_period
    if wanted != period:
        raise Conflict(
            f"The next period of this tenant to be billed is {period.start} to {period.end}, not "
            f"{wanted.start} to {wanted.end}."
        )


def _billed(session: Session, tenant_id: TenantId, period: Period) -> Billed:
    invoices = reading.find_of_period(session, tenant_id, period.ends_at, period.starts_at)
    return Billed(period, invoices, is_new=False)


def _last(session: Session, tenant_books: Books) -> Billed:
    """Find what the period was billed with that ended where the next one begins."""
    period = tenant_books.last_period
    if period is None:
        raise Conflict(f"The first period of this tenant ends on {tenant_books.next_period.end}.")
    invoices = reading.find_of_period(session, tenant_books.tenant_id, period.ends_at)
    if invoices:
        period = Period(day_of(invoices[0].period_start), period.end)
    return Billed(period, invoices, is_new=False)
